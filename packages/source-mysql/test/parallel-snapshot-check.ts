import { expect, test } from '@jest/globals';
import type { JsonMap } from '@headrace/connector-api';
import { Door } from '@headrace/testkit';
import { CaptureRun, changesOf, inClear, type TestServer } from './capture-run.ts';
import { checkHandover, checkRandomStops } from './handover-check.ts';
import { createDatabase, type TestDatabase } from './test-database.ts';

const threads = (count: number, more: Record<string, string> = {}): Record<string, string> => ({
  'snapshot.max.threads': String(count),
  'snapshot.fetch.size': '50',
  'max.batch.size': '40',
  ...more,
});

const ROWS = 1_000;
const ids = Array.from({ length: ROWS }, (_, index) => index + 1);

/** A table with a key, and one without. */
const createTables = (db: TestDatabase): Promise<unknown> =>
  db.sql(
    'CREATE TABLE a (id int PRIMARY KEY)',
    `INSERT INTO a VALUES ${ids.map((id) => `(${String(id)})`).join(', ')}`,
    'CREATE TABLE b (n int)',
    'INSERT INTO b VALUES (1), (2)',
  );

const idsOf = (run: CaptureRun): readonly unknown[] =>
  changesOf(run.records)
    .filter(({ table }) => table === 'a')
    .map(({ after }) => after?.['id']);

/** Of a table: those that an offset says to be under way. */
const piecesBegun = (offset: JsonMap, path: string): number => {
  const { pieces = [] } = JSON.parse((offset['headrace_snapshot'] ?? '{}') as string) as {
    readonly pieces?: readonly (readonly unknown[])[];
  };
  return pieces.filter(([table, , until]) => table === path && until !== null).length;
};

/** Transactions that hold a view: the connections of a snapshot. */
const views = async (db: TestDatabase): Promise<number> =>
  Number((await db.sql('SELECT COUNT(*) AS n FROM information_schema.INNODB_TRX'))[0]?.['n']);

/** For the global read lock. */
const isAnybodyWaiting = async (db: TestDatabase): Promise<boolean> => {
  const rows = await db.sql("SELECT 1 FROM information_schema.PROCESSLIST WHERE STATE LIKE 'Waiting for%lock'");
  return rows.length > 0;
};

/** A snapshot on several connections, on either family of servers. */
export const checkParallelSnapshot = (server: TestServer): void => {
  test('snapshot.max.threads connections share a table: each row once, the last one marked last', async () => {
    await using db = await createDatabase(server);
    await createTables(db);
    await using run = await CaptureRun.start(server.connector, db.config(threads(3)));
    expect(await views(db)).toBe(3);
    await run.untilSnapshotDone();
    expect(idsOf(run).toSorted((left, right) => Number(left) - Number(right))).toEqual(ids);
    expect(Math.max(...run.marks.map(({ offset }) => piecesBegun(offset, `${db.name}.a`)))).toBeGreaterThan(1);
    const markers = changesOf(run.records).map(({ source }) => String(source['snapshot']));
    expect(markers).toHaveLength(ROWS + 2);
    expect([markers[0], markers.at(-1)]).toEqual(['first', 'last']);
    expect(markers.filter((marker) => marker !== 'true').toSorted()).toEqual([
      'first',
      'first_in_data_collection',
      'last',
      'last_in_data_collection',
    ]);
  });

  test('legacy.snapshot.max.threads leaves a table to one connection', async () => {
    await using db = await createDatabase(server);
    await createTables(db);
    await using run = await CaptureRun.start(server.connector, db.config(threads(3, { 'legacy.snapshot.max.threads': 'true' })));
    await run.untilSnapshotDone();
    expect(idsOf(run)).toEqual(ids);
  });

  test('who commits while the views are taken has to wait on MySQL; on MariaDB they are taken anew', async () => {
    await using db = await createDatabase(server);
    await createTables(db);
    await using door = await Door.before(db.config());
    await using other = await db.connect();
    let isCommitted = false;
    let inserting: Promise<void> | undefined;
    const between = door.keepBack('START TRANSACTION', async () => {
      inserting = other.query('INSERT INTO a SELECT id + 5000 FROM a').then(() => {
        isCommitted = true;
      });
      while (!isCommitted && !(await isAnybodyWaiting(db)));
    });
    await using run = await CaptureRun.start(server.connector, db.config({ ...threads(2), ...door.config, ...inClear(server) }));
    await between;
    await inserting;
    await db.sql('INSERT INTO a VALUES (9999)');
    await run.until(() => idsOf(run).includes(9_999));
    const told = changesOf(run.records).filter(({ after }) => Number(after?.['id']) > 5_000);
    const op = server.connector.name === 'mysql' ? 'c' : 'r';
    expect(told.map((change) => change.op)).toEqual([...ids.map(() => op), 'c']);
  });

  test('while others write, all connections see the same place: the events add up to the table', () =>
    checkHandover(server, threads(3, { 'snapshot.fetch.size': '5', 'max.batch.size': '4' })));

  test('a task that is ended at random points loses and repeats nothing, in several pieces at once', () =>
    checkRandomStops(server, 31, { 'snapshot.max.threads': '3' }));
};
