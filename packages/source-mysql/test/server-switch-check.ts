import { OwnServers } from '@headrace/testkit';
import { expect, test } from '@jest/globals';
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise';
import { mysqlSource } from '../src/index.ts';
import { CaptureRun, changesOf, type TestServer } from './capture-run.ts';
import { createDatabase } from './test-database.ts';

/** How a server of a family is made to follow another one by GTIDs, without what that one had done before. */
interface Replication {
  /** Asks for it. */
  readonly done: string;
  follow(source: URL, done: string): readonly string[];
  readonly waitFor: string;
  readonly promote: readonly string[];
}

const mariadb: Replication = {
  done: 'SELECT @@global.gtid_binlog_pos AS gtids',
  follow: ({ hostname, port, username, password }, done) => [
    `SET GLOBAL gtid_slave_pos = '${done}'`,
    `CHANGE MASTER TO MASTER_HOST = '${hostname}', MASTER_PORT = ${port}, MASTER_USER = '${username}', MASTER_PASSWORD = '${password}', MASTER_USE_GTID = slave_pos`,
    'START SLAVE',
  ],
  waitFor: 'SELECT MASTER_GTID_WAIT(?, 30) AS outcome',
  promote: ['STOP SLAVE', 'RESET SLAVE ALL'],
};

const mysql: Replication = {
  done: 'SELECT @@global.gtid_executed AS gtids',
  follow: ({ hostname, port, username, password }, done) => [
    `SET GLOBAL gtid_purged = '+${done.replaceAll('\n', '')}'`,
    `CHANGE REPLICATION SOURCE TO SOURCE_HOST = '${hostname}', SOURCE_PORT = ${port}, SOURCE_USER = '${username}', SOURCE_PASSWORD = '${password}', SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1`,
    'START REPLICA',
  ],
  waitFor: 'SELECT WAIT_FOR_EXECUTED_GTID_SET(?, 30) AS outcome',
  promote: ['STOP REPLICA', 'RESET REPLICA ALL'],
};

const gtidsOf = async (connection: Connection, { done }: Replication): Promise<string> => {
  const [rows] = await connection.query<RowDataPacket[]>(done);
  return String(rows[0]?.['gtids']);
};

interface ReplicaParts {
  readonly servers: OwnServers;
  readonly replication: Replication;
  /** Connections to the first server and to this one. */
  readonly source: Connection;
  readonly admin: Connection;
  readonly url: URL;
}

/** A second server that has what the first one does from now on. */
class Replica implements AsyncDisposable {
  readonly #parts: ReplicaParts;

  private constructor(parts: ReplicaParts) {
    this.#parts = parts;
  }

  get url(): URL {
    return this.#parts.url;
  }

  static async follow({ connector, url: first }: TestServer): Promise<Replica> {
    const [service, replication] = connector === mysqlSource ? (['mysql', mysql] as const) : (['mariadb', mariadb] as const);
    await using owned = new AsyncDisposableStack();
    const servers = owned.use(await OwnServers.start([service]));
    const url = new URL(servers.variable(`${service.toUpperCase()}_URL`));
    const [source, admin] = [await createConnection(first.href), await createConnection(url.href)];
    const statements = ['SET GLOBAL server_id = 4242', ...replication.follow(first, await gtidsOf(source, replication))];
    for (const sql of statements) await admin.query(sql);
    owned.move();
    return new Replica({ servers, replication, source, admin, url });
  }

  /** Waits until everything is here, then goes its own way. */
  async promote(): Promise<void> {
    const { admin, replication, source } = this.#parts;
    const [rows] = await admin.query<RowDataPacket[]>(replication.waitFor, [await gtidsOf(source, replication)]);
    if (rows[0]?.['outcome'] !== 0) throw new Error('The replica did not catch up within 30 s.');
    for (const sql of replication.promote) await admin.query(sql);
  }

  /** As somebody who comes after the switch. */
  async sql(statement: string): Promise<void> {
    const connection = await createConnection(this.url.href);
    await connection.query(statement);
    await connection.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.source.end();
    await this.#parts.admin.end();
    await this.#parts.servers[Symbol.asyncDispose]();
  }
}

/** Another server takes over from the source, on either family. */
export const checkServerSwitch = (server: TestServer): void => {
  test('at a promoted replica capture goes on exactly where it was; the old source, which lacks the rest, is refused', async () => {
    await using replica = await Replica.follow(server);
    await using db = await createDatabase(server);
    await db.sql('CREATE TABLE t (id int PRIMARY KEY)', 'INSERT INTO t VALUES (1)');
    await using before = await CaptureRun.start(server.connector, db.config());
    await before.untilSnapshotDone();
    await db.sql('INSERT INTO t VALUES (2)');
    await before.take(2);
    await before[Symbol.asyncDispose]();
    await db.sql('INSERT INTO t VALUES (3)');
    await replica.promote();
    await replica.sql(`INSERT INTO ${db.name}.t VALUES (4)`);
    const there = { 'database.hostname': replica.url.hostname, 'database.port': replica.url.port };
    await using after = await CaptureRun.start(server.connector, db.config(there), before.offset, before.tables);
    await after.take(2);
    expect(changesOf(after.records).map((change) => [change.op, change.after])).toEqual([
      ['c', { id: 3 }],
      ['c', { id: 4 }],
    ]);
    await expect(CaptureRun.start(server.connector, db.config(), after.offset)).rejects.toMatchObject({ code: 'mysql.position_ahead' });
  }, 120_000);
};
