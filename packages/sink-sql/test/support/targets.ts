import { createConnection, type Connection } from 'mysql2/promise';
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';

/** A database of its own on a real server, and a plain client to look into it: no product code. */
export interface TargetDatabase {
  readonly name: 'postgres' | 'mysql';
  readonly database: string;
  /** As a user of Debezium's sink writes it. */
  readonly jdbcUrl: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** The task may read its records without objects. */
  readonly isRead: boolean;
  quote(name: string): string;
  /** Rows with every value as text. */
  rows(sql: string): Promise<Record<string, string | null>[]>;
  /** A transaction that has made this statement and stays open until it is disposed of: then it never was. */
  hold(sql: string): Promise<AsyncDisposable>;
  /** Ends a session by the token it wrote into the position table. */
  endSession(token: string): Promise<void>;
  drop(): Promise<void>;
}

/** Every row of a table with every value as text; `order` as SQL has it, the first column unless told. */
export const contentOf = (target: TargetDatabase, table: string, order = '1'): Promise<Record<string, string | null>[]> =>
  target.rows(`SELECT * FROM ${target.quote(table)} ORDER BY ${order}`);

/** The same database through a gate, in clear. */
export const urlBehind = ({ jdbcUrl }: TargetDatabase, { port }: { readonly port: number }): string =>
  `${jdbcUrl.replace(/:\d+\//, `:${String(port)}/`)}?sslmode=disable`;

const urlOf = (variable: string): URL => {
  const text = process.env[variable];
  if (text === undefined) throw new Error(`${variable} is not set: run ./scripts/stack up and eval "$(./scripts/stack env)".`);
  return new URL(text);
};

const endedOnce = (end: () => Promise<void>): AsyncDisposable => {
  let ended: Promise<void> | undefined;
  return { [Symbol.asyncDispose]: () => (ended ??= end()) };
};

const NO_SUCH_THREAD = 1094;

const asText = { getTypeParser: () => (value: string) => value };

export const createPostgresTarget = async (isRead = false): Promise<TargetDatabase> => {
  const url = urlOf('POSTGRES_URL');
  const database = `sink_${randomUUID().slice(0, 8)}`;
  const admin = new Client({ connectionString: url.href });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${database}`);
  const own = new URL(url);
  own.pathname = `/${database}`;
  const client = new Client({ connectionString: own.href, types: asText });
  await client.connect();
  return {
    name: 'postgres',
    database,
    jdbcUrl: `jdbc:postgresql://${url.host}/${database}`,
    port: Number(url.port),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    isRead,
    quote: (name) => `"${name.replaceAll('"', '""')}"`,
    rows: async (sql) => {
      const result = await client.query<Record<string, string | null>>(sql);
      return result.rows;
    },
    hold: async (sql) => {
      const holder = new Client({ connectionString: own.href });
      await holder.connect();
      await holder.query(`BEGIN; ${sql}`);
      return endedOnce(() => holder.end());
    },
    endSession: async (token) => {
      await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [token]);
    },
    drop: async () => {
      await client.end();
      await admin.query(`DROP DATABASE ${database} WITH (FORCE)`);
      await admin.end();
    },
  };
};

export const createMariadbTarget = (isRead = false): Promise<TargetDatabase> => createMysqlTarget('MARIADB_URL', isRead);

const createMysqlTarget = async (variable: string, isRead = false): Promise<TargetDatabase> => {
  const url = urlOf(variable);
  const database = `sink_${randomUUID().slice(0, 8)}`;
  const connect = (name: string): Promise<Connection> => {
    const own = new URL(url);
    own.pathname = `/${name}`;
    return createConnection({ uri: own.href, timezone: 'Z', typeCast: (field) => field.string() });
  };
  const admin = await connect(url.pathname.slice(1));
  await admin.query(`CREATE DATABASE ${database}`);
  const client = await connect(database);
  await client.query(`SET time_zone = '+00:00'`);
  return {
    name: 'mysql',
    database,
    jdbcUrl: `jdbc:mariadb://${url.host}/${database}`,
    port: Number(url.port),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    isRead,
    quote: (name) => `\`${name.replaceAll('`', '``')}\``,
    rows: async (sql) => {
      const [rows] = await client.query(sql);
      return Array.isArray(rows) ? (rows as Record<string, string | null>[]).map((row) => ({ ...row })) : [];
    },
    hold: async (sql) => {
      const holder = await connect(database);
      await holder.query('BEGIN');
      await holder.query(sql);
      return endedOnce(() => holder.end());
    },
    endSession: async (token) => {
      const [rows] = await client.query('SELECT IS_USED_LOCK(?) AS id', [token]);
      const id = (rows as { id: string | null }[])[0]?.id;
      if (id === null || id === undefined) return;
      await client.query(`KILL CONNECTION ${id}`).catch((error: unknown) => {
        // It ended by itself since.
        if ((error as { errno?: number }).errno !== NO_SUCH_THREAD) throw error;
      });
    },
    drop: async () => {
      await client.query(`DROP DATABASE ${database}`);
      await client.end();
      await admin.end();
    },
  };
};

type Target = readonly [
  'PostgreSQL' | 'PostgreSQL without objects' | 'MariaDB' | 'MariaDB without objects' | 'MySQL',
  () => Promise<TargetDatabase>,
];

/** Every test of this package runs on both. */
export const targets: readonly Target[] = [
  ['PostgreSQL', () => createPostgresTarget()],
  ['MariaDB', () => createMariadbTarget()],
];

/** Where records come as bytes, as they do where no transform looks at them: the other way in which rows are written. */
export const withoutObjects: Target = ['PostgreSQL without objects', () => createPostgresTarget(true)];
export const mariadbWithoutObjects: Target = ['MariaDB without objects', () => createMariadbTarget(true)];

/**
 * With MySQL where it runs (`./scripts/stack up --with mysql`), for all that does not compare JSON as text: MySQL's own type
 * sorts its keys, keeps one of two equal ones and writes numbers its own way.
 */
export const everyTarget: readonly Target[] =
  process.env['MYSQL_URL'] === undefined ? targets : [...targets, ['MySQL', () => createMysqlTarget('MYSQL_URL')]];
