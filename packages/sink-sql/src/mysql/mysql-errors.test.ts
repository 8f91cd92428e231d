import { describe, expect, test } from '@jest/globals';
import { failureOf } from '../failure.ts';
import { mysqlDialect } from './mysql-dialect.ts';

describe('an error of MySQL or MariaDB', () => {
  test.each([
    [1684, "Table 'shop'.'headrace_positions' was skipped since its definition is being modified by concurrent DDL statement"],
    [1412, 'Table definition has changed, please retry transaction'],
  ])('%i, because another task changes the table in the same moment, is tried again', (errno, message) => {
    const error = Object.assign(new Error(message), { errno, sqlState: 'HY000' });
    expect(failureOf(mysqlDialect, error, 'reading the columns of a table')).toMatchObject({ reaction: 'retry' });
  });
});
