import { afterAll, describe, expect, test } from '@jest/globals';
import { mysqlSource } from '../src/index.ts';
import { CaptureRun, changesOf, type TestServer } from './capture-run.ts';
import { checkFamily } from './family-check.ts';
import { checkHandover, checkRandomStops, checkRestarts } from './handover-check.ts';
import { MysqlServer } from './mysql-server.ts';
import { checkPartialDocuments } from './partial-documents-check.ts';
import { createDatabase } from './test-database.ts';
import { checkTypes } from './type-check.ts';
import { numberCases, temporalCases, textCases } from './type-cases.ts';

const own = await MysqlServer.open();

const checkMysql = (server: TestServer): void => {
  test('numbers are exact in snapshot and log', () => checkTypes(server, numberCases));
  test('texts and bytes are exact in snapshot and log', () => checkTypes(server, textCases));
  test('dates and times are exact in snapshot and log', () => checkTypes(server, temporalCases));
  test('under concurrent writes the events add up to the table', () => checkHandover(server));
  test('from any stored offset a new task gives exactly the rest', () => checkRestarts(server));
  test('a task that is ended at random points loses and repeats nothing', () => checkRandomStops(server, 21));

  test('a JSON document is the same value in snapshot and log', async () => {
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
  });

  test('a user with caching_sha2_password signs in without a cached password, and offsets carry the GTIDs', async () => {
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
  });

  test('database.ssl.mode decides on TLS, and verify_ca refuses a certificate of an authority that nobody knows', async () => {
    await using db = await createDatabase(server);
    const user = `u_${db.name.slice(4)}`;
    await db.sql('CREATE TABLE t (id int PRIMARY KEY)', 'INSERT INTO t VALUES (1)');
    await db.sql(`CREATE USER ${user} IDENTIFIED BY 'p' REQUIRE SSL`, `GRANT ALL ON *.* TO ${user}`);
    const start = (mode: string): Promise<CaptureRun> =>
      CaptureRun.start(server.connector, db.config({ 'database.user': user, 'database.password': 'p', 'database.ssl.mode': mode }));
    await expect(start('disabled')).rejects.toMatchObject({ code: 'mysql.access_denied' });
    await expect(start('verify_ca')).rejects.toMatchObject({ code: 'mysql.tls' });
    for (const mode of ['preferred', 'required']) {
      await using run = await start(mode);
      await run.untilSnapshotDone();
      expect(changesOf(run.records).map(({ after }) => after)).toEqual([{ id: 1 }]);
    }
    await db.sql(`DROP USER ${user}`);
  });

  test('the lock of a snapshot is waited for as long as snapshot.lock.timeout.ms; snapshot.locking.mode=none takes none', async () => {
    await using db = await createDatabase(server);
    await db.sql('CREATE TABLE t (id int PRIMARY KEY)', 'INSERT INTO t VALUES (1)', 'CREATE TABLE held (id int PRIMARY KEY)');
    await using holder = await db.connect();
    await holder.query('LOCK TABLES held WRITE');
    const options = { 'table.include.list': '.*\\.t', 'snapshot.lock.timeout.ms': '1000' };
    const begun = performance.now();
    await expect(CaptureRun.start(server.connector, db.config(options))).rejects.toMatchObject({ code: 'mysql.snapshot_locked' });
    // By itself it would be ten seconds.
    expect(performance.now() - begun).toBeLessThan(9_000);
    const lockless = { ...options, 'snapshot.locking.mode': 'none', 'snapshot.max.threads': '3' };
    await using run = await CaptureRun.start(server.connector, db.config(lockless));
    // Three would not see the same.
    expect((await db.sql('SELECT COUNT(*) AS n FROM information_schema.INNODB_TRX'))[0]).toEqual({ n: 1 });
    await run.take(1);
    await holder.query('UNLOCK TABLES');
  });

  test('transactions with a tag are told under it, and from any stored offset a new task gives exactly the rest', async () => {
    await using db = await createDatabase(server);
    await db.sql('CREATE TABLE t (id int PRIMARY KEY)');
    await using whole = await CaptureRun.start(server.connector, db.config({ 'snapshot.mode': 'no_data', 'max.batch.size': '1' }));
    const insert = (id: number): string => `INSERT INTO t VALUES (${String(id)})`;
    await db.sql(insert(1), "SET gtid_next = 'AUTOMATIC:backup'", insert(2), "SET gtid_next = 'AUTOMATIC:nightly_run'", insert(3));
    await db.sql("SET gtid_next = 'AUTOMATIC:backup'", insert(4), "SET gtid_next = 'AUTOMATIC'", insert(5));
    await whole.take(5);
    const changes = changesOf(whole.records);
    const uuid = String((await db.sql('SELECT @@server_uuid AS uuid'))[0]?.['uuid']);
    const gtids = changes.map(({ source }) => String(source['gtid']).replace(uuid, 'u').replace(/\d+$/, 'n'));
    expect(gtids).toEqual(['u:n', 'u:backup:n', 'u:nightly_run:n', 'u:backup:n', 'u:n']);
    // Seconds would end in zeros: it is the time of the commit that the event tells.
    expect(changes.some(({ source }) => Number(source['ts_us']) % 1_000_000 !== 0)).toBe(true);
    const ids = changes.map(({ after }) => after?.['id']);
    for (const { offset, count } of whole.marks) {
      await using run = await CaptureRun.start(server.connector, db.config({ 'snapshot.mode': 'no_data' }), offset);
      await run.take(ids.length - count);
      expect(changesOf(run.records).map(({ after }) => after?.['id'])).toEqual(ids.slice(count));
    }
  });

  describe('partial updates of documents', () => {
    checkPartialDocuments(server);
  });

  checkFamily(server);
};

(own === undefined ? describe.skip : describe)('MySQL', () => {
  afterAll(async () => own?.[Symbol.asyncDispose](), 60_000);
  checkMysql(own?.server ?? { connector: mysqlSource, url: new URL('mysql://nowhere') });
});
