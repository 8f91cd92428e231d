import { describe, expect, test } from '@jest/globals';
import { CaptureRun, changesOf, testServer } from './capture-run.ts';
import { createDatabase, type TestDatabase } from './test-database.ts';

const server = testServer('MARIADB_URL');

/** Starts a task that has to fail. */
const failure = async (db: TestDatabase, more: Record<string, string>, offset: CaptureRun['offset'] = null): Promise<unknown> => {
  try {
    await using run = await CaptureRun.start(server.connector, db.config(more), offset);
    await run.untilSnapshotDone();
  } catch (error) {
    return error;
  }
  throw new Error('The task started, though it could not.');
};

const withUser = async (
  db: TestDatabase,
  grants: readonly string[],
  check: (more: Record<string, string>) => Promise<void>,
): Promise<void> => {
  const user = `u_${db.name.slice(4)}`;
  await db.sql(`CREATE USER ${user} IDENTIFIED BY 'secret-word'`, ...grants.map((grant) => `GRANT ${grant} TO ${user}`));
  try {
    await check({ 'database.user': user, 'database.password': 'secret-word' });
  } finally {
    await db.sql(`DROP USER ${user}`);
  }
};

describe('MariaDB: what fails says why', () => {
  test('a wrong password is named as such, and not printed', async () => {
    await using db = await createDatabase(server);
    const error = await failure(db, { 'database.password': 'wrong-word' });
    expect(error).toMatchObject({ code: 'mysql.access_denied', message: expect.stringMatching(/database\.user and database\.password/) });
    expect(String(error)).not.toContain('wrong-word');
  });

  test('a server that does not answer is a failure to try again', async () => {
    await using db = await createDatabase(server);
    expect(await failure(db, { 'database.port': '1' })).toMatchObject({ code: 'mysql.unreachable', reaction: 'retry' });
  });

  test('without the privilege to see where the log ends, the sentence names the privilege', async () => {
    await using db = await createDatabase(server);
    await withUser(db, [`SELECT ON ${db.name}.*`], async (more) => {
      expect(await failure(db, { ...more, 'snapshot.mode': 'no_data' })).toMatchObject({
        code: 'mysql.privilege_missing',
        message: expect.stringMatching(/REPLICATION CLIENT|BINLOG MONITOR/),
      });
    });
  });

  test('without the privilege to read the log, the sentence names the privilege', async () => {
    await using db = await createDatabase(server);
    await withUser(db, [`SELECT ON ${db.name}.*`, 'BINLOG MONITOR ON *.*'], async (more) => {
      expect(await failure(db, { ...more, 'snapshot.mode': 'no_data' })).toMatchObject({
        code: 'mysql.privilege_missing',
        message: expect.stringMatching(/REPLICATION SLAVE/),
      });
    });
  });

  test('a user with exactly the documented privileges captures snapshot and log', async () => {
    await using db = await createDatabase(server);
    await db.sql('CREATE TABLE t (id int PRIMARY KEY)', 'INSERT INTO t VALUES (1)');
    await withUser(db, ['SELECT, RELOAD, SHOW DATABASES, REPLICATION SLAVE, REPLICATION CLIENT ON *.*'], async (more) => {
      await using run = await CaptureRun.start(server.connector, db.config(more));
      await run.untilSnapshotDone();
      await db.sql('INSERT INTO t VALUES (2)');
      await run.take(2);
      expect(changesOf(run.records).map(({ op, after }) => [op, after])).toEqual([
        ['r', { id: 1 }],
        ['c', { id: 2 }],
      ]);
    });
  });

  test('a binlog file that the server no longer has is named, with the cure', async () => {
    await using db = await createDatabase(server);
    expect(await failure(db, {}, { file: 'old-bin.000001', pos: 4 })).toMatchObject({
      code: 'mysql.binlog_purged',
      message: expect.stringMatching(/old-bin\.000001:4.*snapshot\.mode=when_needed/),
    });
  });

  test.each<Record<string, string>>([
    { 'snapshot.mode': 'when_needed' },
    {
      'snapshot.mode': 'configuration_based',
      'snapshot.mode.configuration.based.start.stream': 'true',
      'snapshot.mode.configuration.based.snapshot.on.data.error': 'true',
    },
  ])('where the log is gone, %j takes a new snapshot and goes on from there', async (more) => {
    await using db = await createDatabase(server);
    await db.sql('CREATE TABLE t (id int PRIMARY KEY)', 'INSERT INTO t VALUES (1)');
    const config = db.config(more);
    await using run = await CaptureRun.start(server.connector, config, { file: 'old-bin.000001', pos: 4 });
    await run.take(1);
    await run.untilSnapshotDone();
    await db.sql('INSERT INTO t VALUES (2)');
    await run.take(2);
    expect(changesOf(run.records).map(({ op, after }) => [op, after])).toEqual([
      ['r', { id: 1 }],
      ['c', { id: 2 }],
    ]);
  });

  test.each([{ pos: 4 }, { file: 'f.1', pos: -1 }, { file: 'f.1', pos: 4, gtids: 'nonsense' }])(
    'the offset %p is refused as no position',
    async (offset) => {
      await using db = await createDatabase(server);
      expect(await failure(db, {}, offset)).toMatchObject({ code: 'mysql.position_invalid' });
    },
  );

  test('a change that is logged as a statement names the table and the setting', async () => {
    await using db = await createDatabase(server);
    await db.sql('CREATE TABLE t (id int PRIMARY KEY)');
    await using run = await CaptureRun.start(server.connector, db.config());
    await run.untilSnapshotDone();
    await db.sql('INSERT INTO t VALUES (1)');
    await run.take(1);
    await db.sql("SET SESSION binlog_format = 'STATEMENT'", 'INSERT INTO t VALUES (2)');
    await expect(run.take(2)).rejects.toMatchObject({
      code: 'mysql.event_unsupported',
      message: expect.stringMatching(new RegExp(`${db.name}\\.t .*binlog_format=ROW`)),
    });
    expect(run.records).toHaveLength(1);
  });

  test('a connection that the server kills is opened again without loss', async () => {
    await using db = await createDatabase(server);
    await db.sql('CREATE TABLE t (id int PRIMARY KEY)');
    await withUser(db, ['SELECT, RELOAD, REPLICATION SLAVE, REPLICATION CLIENT ON *.*'], async (more) => {
      await using run = await CaptureRun.start(server.connector, db.config(more));
      await run.untilSnapshotDone();
      await db.sql('INSERT INTO t VALUES (1)');
      await run.take(1);
      await db.sql(`KILL USER ${more['database.user'] ?? ''}`, 'INSERT INTO t VALUES (2)');
      await run.take(2);
      expect(changesOf(run.records).map(({ after }) => after)).toEqual([{ id: 1 }, { id: 2 }]);
    });
  });

  test('a connection that is lost inside a transaction goes on with its next row', async () => {
    await using db = await createDatabase(server);
    await db.sql('CREATE TABLE t (id int PRIMARY KEY, filling mediumtext)');
    const ids = Array.from({ length: 50 }, (_, id) => id);
    await withUser(db, ['SELECT, RELOAD, REPLICATION SLAVE, REPLICATION CLIENT ON *.*'], async (more) => {
      await using run = await CaptureRun.start(server.connector, db.config({ ...more, 'max.batch.size': '3' }));
      await run.untilSnapshotDone();
      await db.sql('START TRANSACTION', ...[0, 1, 2, 3, 4].map((part) => insertOf(ids.slice(part * 10, part * 10 + 10))), 'COMMIT');
      for (const count of [14, 15, 16, 33]) {
        await run.take(count);
        await db.sql(`KILL USER ${more['database.user'] ?? ''}`);
      }
      await run.take(50);
      expect(changesOf(run.records).map(({ after }) => after?.['id'])).toEqual(ids);
    });
  });
});

const insertOf = (ids: readonly number[]): string =>
  `INSERT INTO t VALUES ${ids.map((id) => `(${String(id)}, REPEAT('x', 300000))`).join(', ')}`;
