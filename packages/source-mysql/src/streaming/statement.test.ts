import { expect, test } from '@jest/globals';
import { readStatement, type Statement } from './statement.ts';

test.each<[string, Statement['kind']]>([
  ['BEGIN', 'begin'],
  ['COMMIT', 'commit'],
  ['ROLLBACK', 'commit'],
  ['ROLLBACK TO SAVEPOINT a', 'inside'],
  ['ROLLBACK WORK TO a', 'inside'],
  ['SAVEPOINT `a`', 'inside'],
  ["XA START X'61',X'',1", 'begin'],
  ["XA END X'61',X'',1", 'inside'],
  ["XA COMMIT X'61',X'',1", 'commit'],
  ['/* app */ insert into t values (1)', 'rows'],
  ['-- why\nDELETE FROM t', 'rows'],
  ['CREATE TABLE t (a int)', 'other'],
  ['ALTER TABLE t ADD b int', 'other'],
  ['', 'other'],
])('%p is %p', (text, kind) => {
  expect(readStatement(text).kind).toBe(kind);
});

test.each<[string, string | undefined, string]>([
  ['TRUNCATE t', undefined, 't'],
  ['truncate table `d`.`a``b`', 'd', 'a`b'],
  ['TRUNCATE TABLE d . t', 'd', 't'],
  ['TRUNCATE TABLE /* generated */ `größe`', undefined, 'größe'],
])('%p empties a table', (text, database, table) => {
  expect(readStatement(text)).toEqual({ kind: 'truncate', database, table });
});
