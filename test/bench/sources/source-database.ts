import { randomBytes } from 'node:crypto';
import { openMariadb, openPostgres, withDatabase, type Database } from '../../support/databases.ts';
import { mariadbSource, postgresSource } from '../../support/product.ts';
import type { ConnectorConfig } from '../../support/rest.ts';
import type { Servers } from '../../support/stack.ts';
import { waitFor } from '../wait.ts';
import { Orders, plainShape, type TableShape } from './orders.ts';

/** A database of its own for one workload, and how a connector captures its tables. */
export interface SourceDatabase extends AsyncDisposable {
  readonly name: string;
  readonly database: Database;
  /** The first of the tables, in most cases the only one. */
  readonly orders: Orders;
  readonly tables: readonly Orders[];
  /** Topic of a table for a connector with this prefix. */
  topic(prefix: string, table: string): string;
  config(prefix: string): ConnectorConfig;
  /** Removes what a deleted connector leaves in the server. */
  forget(prefix: string): Promise<void>;
}

export type SourceKind = Database['kind'];

export const uniqueName = (): string => `bench_${randomBytes(4).toString('hex')}`;

/** What both systems get beside the connection: same bytes, same number of records. */
const common: ConnectorConfig = {
  'schema.name.adjustment.mode': 'avro',
  // One record for a delete, so that a change is a record.
  'tombstones.on.delete': 'false',
};

/** `shape`: of PostgreSQL alone. */
export const openSource = async (
  kind: SourceKind,
  servers: Servers,
  signal: AbortSignal,
  shape: TableShape = plainShape,
): Promise<SourceDatabase> => (kind === 'postgres' ? openPostgresSource(servers, signal, shape) : openMariadbSource(servers, signal));

const dropSlots = async (admin: Database, condition: string): Promise<void> => {
  const drop = async (): Promise<true | undefined> => {
    await admin.run(`SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE ${condition} AND active`);
    await admin.run(`SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE ${condition} AND NOT active`);
    return (await admin.rows(`SELECT slot_name FROM pg_replication_slots WHERE ${condition}`)).length === 0 ? true : undefined;
  };
  // A terminated session holds its slot for a moment.
  await waitFor(`replication slots with ${condition} are gone`, drop, { withinMs: 20_000, signal: AbortSignal.timeout(20_000) });
};

const openPostgresSource = async (servers: Servers, signal: AbortSignal, shape: TableShape): Promise<SourceDatabase> => {
  const name = uniqueName();
  const admin = openPostgres(servers.postgresUrl);
  await admin.run(`CREATE DATABASE ${name}`);
  const url = withDatabase(servers.postgresUrl, name);
  // Loading is not what is measured.
  const database = openPostgres(`${url}?options=-c%20synchronous_commit%3Doff`);
  const orders = new Orders(database, signal, { rowBytes: shape.rowBytes });
  const others = Array.from(
    { length: shape.tables - 1 },
    (_, index) => new Orders(database, signal, { name: `orders_${String(index + 2)}`, rowBytes: shape.rowBytes }),
  );
  const tables = [orders, ...others];
  for (const table of tables) await table.create();
  return {
    name,
    database,
    orders,
    tables,
    topic: (prefix, table) => `${prefix}.public.${table}`,
    config: (prefix) => ({
      ...postgresSource(url, prefix, common),
      'table.include.list': 'public.orders.*',
    }),
    forget: async (prefix) => dropSlots(admin, `slot_name = '${prefix}'`),
    [Symbol.asyncDispose]: async () => {
      await database.close();
      await dropSlots(admin, `database = '${name}'`);
      await admin.run(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await admin.close();
    },
  };
};

const openMariadbSource = async (servers: Servers, signal: AbortSignal): Promise<SourceDatabase> => {
  const name = uniqueName();
  const admin = openMariadb(servers.mariadbUrl);
  await admin.run(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
  const url = withDatabase(servers.mariadbUrl, name);
  const database = openMariadb(`${url}?multipleStatements=true`);
  const orders = new Orders(database, signal);
  await orders.create();
  return {
    name,
    database,
    orders,
    tables: [orders],
    topic: (prefix, table) => `${prefix}.${name}.${table}`,
    config: (prefix) => ({
      ...mariadbSource(url, prefix, common),
      'table.include.list': `${name}.orders`,
      'schema.history.internal.kafka.bootstrap.servers': servers.kafkaBrokers.join(','),
      'schema.history.internal.kafka.topic': `${prefix}.history`,
    }),
    forget: async () => Promise.resolve(),
    [Symbol.asyncDispose]: async () => {
      await database.close();
      await admin.run(`DROP DATABASE IF EXISTS ${name}`);
      await admin.close();
    },
  };
};
