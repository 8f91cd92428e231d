import { describe, expect, test } from '@jest/globals';
import { CaptureRun, changesOf, testServer } from './capture-run.ts';
import { checkFamily } from './family-check.ts';
import { checkHandover, checkRandomStops, checkRestarts } from './handover-check.ts';
import { createDatabase } from './test-database.ts';

const server = testServer('MARIADB_URL');

describe('MariaDB: snapshot and log', () => {
  test('under concurrent writes the events add up to the table, and no key goes backwards', () => checkHandover(server));

  test('from any stored offset a new task gives exactly the rest, inside transactions too', () => checkRestarts(server));

  test('an offset without GTIDs goes on at its file and position', () =>
    checkRestarts(server, (offset) => Object.fromEntries(Object.entries(offset).filter(([name]) => name !== 'gtids'))));

  test.each([11, 12])('a task that is ended at random points loses and repeats nothing (seed %p)', (seed) =>
    checkRandomStops(server, seed),
  );
});

describe('MariaDB: changes', () => {
  test('added and dropped columns show in the first row after them', async () => {
    await using db = await createDatabase(server);
    await db.sql('CREATE TABLE t (id int PRIMARY KEY, a int)', 'INSERT INTO t VALUES (1, 1)');
    await using run = await CaptureRun.start(server.connector, db.config());
    await run.untilSnapshotDone();
    await db.sql(
      'INSERT INTO t VALUES (2, 2)',
      "ALTER TABLE t ADD COLUMN b varchar(10) DEFAULT 'x' AFTER id",
      'INSERT INTO t (id, a) VALUES (3, 3)',
      'ALTER TABLE t DROP COLUMN a',
      'INSERT INTO t VALUES (4, NULL)',
    );
    await run.take(4);
    expect(changesOf(run.records).map(({ after }) => after)).toEqual([
      { id: 1, a: 1 },
      { id: 2, a: 2 },
      { id: 3, b: 'x', a: 3 },
      { id: 4, b: null },
    ]);
  });

  test('a table that is renamed, created anew and dropped while unread is captured under the names it had', async () => {
    await using db = await createDatabase(server);
    await db.sql('CREATE TABLE t (id int PRIMARY KEY, a int)');
    await using run = await CaptureRun.start(server.connector, db.config());
    await run.untilSnapshotDone();
    await db.sql(
      'INSERT INTO t VALUES (1, 1)',
      'RENAME TABLE t TO old',
      'CREATE TABLE t (id varchar(5) PRIMARY KEY, z date)',
      "INSERT INTO t VALUES ('k', '1970-01-03')",
      'INSERT INTO old VALUES (2, 2)',
      'DROP TABLE t',
    );
    await run.take(3);
    expect(changesOf(run.records).map(({ table, after }) => [table, after])).toEqual([
      ['t', { id: 1, a: 1 }],
      ['t', { id: 'k', z: 2 }],
      ['old', { id: 2, a: 2 }],
    ]);
  });

  test('a change of the key is a delete, its tombstone and a create', async () => {
    await using db = await createDatabase(server);
    await db.sql('CREATE TABLE t (id int PRIMARY KEY, a int)', 'INSERT INTO t VALUES (1, 5)');
    await using run = await CaptureRun.start(server.connector, db.config());
    await run.untilSnapshotDone();
    await db.sql('UPDATE t SET id = 2');
    await run.take(4);
    expect(run.records[2]?.value).toBeNull();
    expect(changesOf(run.records).map(({ op, key, before, after }) => [op, key, before, after])).toEqual([
      ['r', { id: 1 }, null, { id: 1, a: 5 }],
      ['d', { id: 1 }, { id: 1, a: 5 }, null],
      ['c', { id: 2 }, null, { id: 2, a: 5 }],
    ]);
    expect(run.records).toHaveLength(4);
  });

  test('TRUNCATE is an event without key where it is not skipped', async () => {
    await using db = await createDatabase(server);
    await db.sql('CREATE TABLE t (id int PRIMARY KEY)', 'INSERT INTO t VALUES (1)');
    await using run = await CaptureRun.start(server.connector, db.config({ 'skipped.operations': 'none' }));
    await run.untilSnapshotDone();
    await db.sql('TRUNCATE TABLE t', 'INSERT INTO t VALUES (1)');
    await run.take(3);
    expect(changesOf(run.records).map(({ op, key }) => [op, key])).toEqual([
      ['r', { id: 1 }],
      ['t', null],
      ['c', { id: 1 }],
    ]);
  });

  test('are told in gauges under the names of Debezium', async () => {
    await using db = await createDatabase(server);
    await db.sql('CREATE TABLE t (id int PRIMARY KEY)', 'INSERT INTO t VALUES (0)');
    const run = await CaptureRun.start(server.connector, db.config());
    await run.untilSnapshotDone();
    expect(run.gauges.get('debezium_metrics_SnapshotCompleted')).toBe(1);
    const committed = (): number => run.gauges.get('debezium_metrics_NumberOfCommittedTransactions') ?? 0;
    await db.sql('INSERT INTO t VALUES (1)', 'INSERT INTO t VALUES (2)');
    await run.until(() => committed() >= 2);
    expect(run.gauges.get('debezium_metrics_Connected')).toBe(1);
    expect(run.gauges.get('debezium_metrics_MilliSecondsBehindSource')).toBeLessThan(60_000);
    await run[Symbol.asyncDispose]();
    expect(run.gauges.get('debezium_metrics_Connected')).toBe(0);
  });

  test('a new binlog file is followed, and offsets name it', async () => {
    await using db = await createDatabase(server);
    await db.sql('CREATE TABLE t (id int PRIMARY KEY)');
    await using run = await CaptureRun.start(server.connector, db.config());
    await run.untilSnapshotDone();
    const file = run.offset?.['file'];
    await db.sql('INSERT INTO t VALUES (1)', 'FLUSH BINARY LOGS', 'INSERT INTO t VALUES (2)');
    await run.take(2);
    const changes = changesOf(run.records);
    expect(changes.map(({ after }) => after)).toEqual([{ id: 1 }, { id: 2 }]);
    expect(run.offset?.['file']).not.toBe(file);
    expect(changes[1]?.source['file']).toBe(run.offset?.['file']);
  });
});

describe('MariaDB', () => {
  checkFamily(server);
});
