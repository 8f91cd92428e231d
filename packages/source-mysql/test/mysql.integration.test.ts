import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CaptureRun, changesOf, type TestServer } from './capture-run.ts';
import { checkHandover, checkRandomStops, checkRestarts } from './handover-check.ts';
import { MysqlServer } from './mysql-server.ts';
import { createDatabase } from './test-database.ts';
import { checkTypes } from './type-check.ts';
import { numberCases, temporalCases, textCases } from './type-cases.ts';

describe('MySQL', () => {
  let own: MysqlServer | undefined;

  beforeAll(async () => {
    own = await MysqlServer.open();
    // A skipped suite must not look like one that passed.
    if (own === undefined) process.stderr.write('SKIPPED: no MySQL server is to be had here; set MYSQL_URL.\n');
  }, 180_000);

  afterAll(async () => {
    await own?.[Symbol.asyncDispose]();
  }, 60_000);

  const onServer = (check: (server: TestServer) => Promise<void>) => async (): Promise<void> => {
    if (own !== undefined) await check(own.server);
  };

  test(
    'numbers are exact in snapshot and log',
    onServer((server) => checkTypes(server, numberCases)),
  );
  test(
    'texts and bytes are exact in snapshot and log',
    onServer((server) => checkTypes(server, textCases)),
  );
  test(
    'dates and times are exact in snapshot and log',
    onServer((server) => checkTypes(server, temporalCases)),
  );
  test(
    'under concurrent writes the events add up to the table',
    onServer((server) => checkHandover(server)),
  );
  test(
    'from any stored offset a new task gives exactly the rest',
    onServer((server) => checkRestarts(server)),
  );
  test(
    'a task that is ended at random points loses and repeats nothing',
    onServer((server) => checkRandomStops(server, 21)),
  );

  test(
    'a JSON document is the same value in snapshot and log',
    onServer(async (server) => {
      await using db = await createDatabase(server);
      const values = [
        `'{"b": [1, -40000, 3000000000, 9223372036854775807, 0.5, 1e300, true, null], "a": {"ü": "\\\\"x\\\\\\\\"}}'`,
        `JSON_OBJECT('d', CAST('2024-02-29 23:59:59.5' AS DATETIME(6)), 'n', CAST(12.50 AS DECIMAL(10,2)), 't', CAST('-11:00:00.25' AS TIME(6)))`,
        `JSON_ARRAY(REPEAT('x', 70000), 1, 70000)`,
        `'"text"'`,
        `'[]'`,
      ];
      await db.sql('CREATE TABLE t (id int PRIMARY KEY, v json)');
      for (const [index, value] of values.entries()) await db.sql(`INSERT INTO t VALUES (${String(index)}, ${value})`);
      await using run = await CaptureRun.start(server.connector, db.config());
      await run.untilSnapshotDone();
      await db.sql('INSERT INTO t SELECT id + 100, v FROM t');
      await run.take(values.length * 2);
      const documents = changesOf(run.records).map(({ after }) => JSON.parse(String(after?.['v'])) as unknown);
      expect(documents.slice(values.length)).toEqual(documents.slice(0, values.length));
      expect(documents[1]).toEqual({ d: '2024-02-29 23:59:59.500000', n: 12.5, t: '-11:00:00.250000' });
    }),
  );

  test(
    'a user with caching_sha2_password signs in without a cached password, and offsets carry the GTIDs',
    onServer(async (server) => {
      await using db = await createDatabase(server);
      const user = `u_${db.name.slice(4)}`;
      await db.sql('CREATE TABLE t (id int PRIMARY KEY)', 'INSERT INTO t VALUES (1)');
      await db.sql(
        `CREATE USER ${user} IDENTIFIED WITH caching_sha2_password BY 'p'`,
        `GRANT SELECT, RELOAD, SHOW DATABASES, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO ${user}`,
      );
      await using run = await CaptureRun.start(server.connector, db.config({ 'database.user': user, 'database.password': 'p' }));
      await run.untilSnapshotDone();
      await db.sql('INSERT INTO t VALUES (2)');
      await run.take(2);
      await db.sql(`DROP USER ${user}`);
      const [mode] = await db.sql('SELECT @@gtid_mode AS mode');
      expect(changesOf(run.records).map(({ after }) => after)).toEqual([{ id: 1 }, { id: 2 }]);
      if (mode?.['mode'] === 'ON') expect(run.offset?.['gtids']).toMatch(/^[0-9a-f-]{36}:1-\d+/);
    }),
  );

  test(
    'the lock of a snapshot is waited for as long as snapshot.lock.timeout.ms; snapshot.locking.mode=none takes none',
    onServer(async (server) => {
      await using db = await createDatabase(server);
      await db.sql('CREATE TABLE t (id int PRIMARY KEY)', 'INSERT INTO t VALUES (1)', 'CREATE TABLE held (id int PRIMARY KEY)');
      await using holder = await db.connect();
      await holder.query('LOCK TABLES held WRITE');
      const options = { 'table.include.list': '.*\\.t', 'snapshot.lock.timeout.ms': '1000' };
      await expect(CaptureRun.start(server.connector, db.config(options))).rejects.toMatchObject({ code: 'mysql.snapshot_locked' });
      await using run = await CaptureRun.start(server.connector, db.config({ ...options, 'snapshot.locking.mode': 'none' }));
      await run.take(1);
      await holder.query('UNLOCK TABLES');
    }),
  );
});
