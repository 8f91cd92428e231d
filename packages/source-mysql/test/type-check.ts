import { expect } from '@jest/globals';
import { CaptureRun, changesOf, type TestServer } from './capture-run.ts';
import { createDatabase } from './test-database.ts';
import type { TypeCase } from './type-cases.ts';

const plain = (row: Record<string, unknown> | null): Record<string, unknown> =>
  Object.fromEntries(Object.entries(row ?? {}).map(([name, value]) => [name, value instanceof Uint8Array ? Buffer.from(value) : value]));

/**
 * One table with a column for each case. The row of the literals must come out exact from the snapshot, from an insert, and
 * from both images of an update; so must a row of NULLs.
 */
export const checkTypes = async (server: TestServer, cases: readonly TypeCase[]): Promise<void> => {
  await using db = await createDatabase(server);
  const columns = cases.map(({ type }, index) => `c${String(index)} ${type} NULL`);
  const literals = cases.map(({ literal }) => literal).join(', ');
  const nulls = cases.map(() => 'NULL').join(', ');
  const fields = (values: readonly unknown[]): Record<string, unknown> =>
    Object.fromEntries([['shape', null], ...values.map((value, index) => [`c${String(index)}`, value] as const)]);
  const expected = fields(cases.map(({ value }) => value));
  const empty = fields(cases.map(() => null));
  await db.sql(
    // The log counts a shape among the columns that have a character set.
    `CREATE TABLE t (id int PRIMARY KEY, shape geometry NULL, ${columns.join(', ')})`,
    `INSERT INTO t VALUES (1, NULL, ${literals})`,
    `INSERT INTO t VALUES (2, NULL, ${nulls})`,
  );
  await using run = await CaptureRun.start(server.connector, db.config());
  await run.untilSnapshotDone();
  await db.sql(
    `INSERT INTO t VALUES (3, NULL, ${literals}), (4, NULL, ${nulls})`,
    'UPDATE t SET id = id + 10 WHERE id = 1',
    'DELETE FROM t WHERE id = 3',
  );
  await run.take(2 + 2 + 3 + 2);
  const changes = changesOf(run.records).map(({ op, before, after }) => ({
    op,
    before: before && plain(before),
    after: after && plain(after),
  }));
  expect(changes).toEqual([
    { op: 'r', before: null, after: { id: 1, ...expected } },
    { op: 'r', before: null, after: { id: 2, ...empty } },
    { op: 'c', before: null, after: { id: 3, ...expected } },
    { op: 'c', before: null, after: { id: 4, ...empty } },
    { op: 'd', before: { id: 1, ...expected }, after: null },
    { op: 'c', before: null, after: { id: 11, ...expected } },
    { op: 'd', before: { id: 3, ...expected }, after: null },
  ]);
};
