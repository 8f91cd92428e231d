import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mysqlDialect } from './mysql/mysql-dialect.ts';
import { postgresDialect } from './postgres/postgres-dialect.ts';

const dialects = [
  [postgresDialect, '"'],
  [mysqlDialect, '`'],
] as const;

const names = fc.string({ minLength: 1, maxLength: 20, unit: fc.oneof(fc.constantFrom('"', '`', "'", '\\', '.', ';'), fc.string()) });

describe.each(dialects)('names in $name', (dialect, quote) => {
  test('a quoted name is one token that reads back as the name', () => {
    fc.assert(
      fc.property(names, (name) => {
        const quoted = dialect.quote(name);
        const inner = quoted.slice(1, -1);
        expect([quoted.charAt(0), quoted.at(-1)]).toEqual([quote, quote]);
        // Every quote inside is doubled, so none ends the token.
        expect(inner.replaceAll(quote + quote, '')).not.toContain(quote);
        expect(inner.replaceAll(quote + quote, quote)).toBe(name);
      }),
    );
  });

  test('empty names, NUL characters and names that the server would cut are refused', () => {
    expect(dialect.nameProblem('')).toContain('empty');
    expect(dialect.nameProblem('a\0b')).toContain('NUL');
    expect(dialect.nameProblem('x'.repeat(65))).toContain('65');
    expect(dialect.nameProblem('x'.repeat(63))).toBeUndefined();
  });
});

test('PostgreSQL counts the bytes of a name, MySQL its characters', () => {
  expect(postgresDialect.nameProblem('ü'.repeat(32))).toContain('64 bytes');
  expect(mysqlDialect.nameProblem('ü'.repeat(64))).toBeUndefined();
  expect(mysqlDialect.nameProblem('a😀')).toContain('U+FFFF');
  expect(mysqlDialect.nameProblem('a ')).toContain('space');
});
