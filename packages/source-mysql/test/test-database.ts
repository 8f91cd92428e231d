import { randomBytes } from 'node:crypto';
import { createConnection, type Connection } from 'mysql2/promise';
import type { RawConfig } from '@headrace/foundation';
import { configFor, type TestServer } from './capture-run.ts';

type Row = Record<string, unknown>;

/** A database of its own for one test. */
export interface TestDatabase extends AsyncDisposable {
  readonly name: string;
  readonly server: TestServer;
  config(more?: RawConfig): RawConfig;
  sql(...statements: string[]): Promise<readonly Row[]>;
  connect(): Promise<Connection>;
}

/** Sessions that accept zero dates and show timestamps in UTC. */
export const createDatabase = async (server: TestServer): Promise<TestDatabase> => {
  const name = `cdc_${randomBytes(6).toString('hex')}`;
  const connect = async (database?: string): Promise<Connection> => {
    const connection = await createConnection({
      host: server.url.hostname,
      port: Number(server.url.port),
      user: decodeURIComponent(server.url.username),
      password: decodeURIComponent(server.url.password),
      charset: 'utf8mb4_general_ci',
      ...(database === undefined ? {} : { database }),
    });
    await connection.query("SET SESSION time_zone = '+00:00', sql_mode = ''");
    return connection;
  };
  const client = await connect();
  await client.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
  await client.query(`USE ${name}`);
  return {
    name,
    server,
    config: (more = {}) => configFor(server, name, more),
    sql: async (...statements) => {
      let rows: unknown = [];
      for (const statement of statements) [rows] = await client.query(statement);
      return rows as readonly Row[];
    },
    connect: () => connect(name),
    [Symbol.asyncDispose]: async () => {
      await client.query(`DROP DATABASE ${name}`);
      await client.end();
    },
  };
};
