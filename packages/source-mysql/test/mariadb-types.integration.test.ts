import { describe, test } from '@jest/globals';
import { testServer } from './capture-run.ts';
import { checkTypes } from './type-check.ts';
import { mariadbCases, numberCases, temporalCases, textCases } from './type-cases.ts';

describe('types of MariaDB are exact, the same in snapshot and log', () => {
  const server = testServer('MARIADB_URL');

  test('numbers, with their extremes', () => checkTypes(server, numberCases));
  test('texts in many character sets, and bytes', () => checkTypes(server, textCases));
  test('dates and times, with fractions and zero dates', () => checkTypes(server, temporalCases));
  test('JSON, UUID and addresses', () => checkTypes(server, mariadbCases));
});
