import { openMariadb, openPostgres, withDatabase, type Database } from '../support/databases.ts';
import type { ConnectorConfig } from '../support/rest.ts';
import type { Servers } from '../support/stack.ts';

/** One direction of the demo: a source database, the connectors, a target database. */
export interface Flow {
  readonly title: string;
  readonly source: Database;
  readonly target: Database;
  readonly connectors: readonly { readonly name: string; readonly config: ConnectorConfig; readonly tasks: number }[];
  /** Where the sink puts a source table. */
  targetTable(table: string): string;
}

const recreatePostgres = async (url: string, name: string): Promise<string> => {
  const admin = openPostgres(url);
  // A slot of an earlier demo keeps its database from being dropped.
  await admin.run(`SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE database = '${name}' AND active`);
  await admin.run(`SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = '${name}'`);
  await admin.run(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  await admin.run(`CREATE DATABASE ${name}`);
  await admin.close();
  return withDatabase(url, name);
};

const recreateMariadb = async (url: string, name: string): Promise<string> => {
  const admin = openMariadb(url);
  await admin.run(`DROP DATABASE IF EXISTS ${name}`);
  await admin.run(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
  await admin.close();
  return withDatabase(url, name);
};

const login = (
  url: string,
): { readonly host: string; readonly port: string; readonly user: string; readonly password: string; readonly database: string } => {
  const { hostname, port, username, password, pathname } = new URL(url);
  return { host: hostname, port, user: username, password, database: pathname.slice(1) };
};

const sink = (url: string, protocol: 'mariadb' | 'postgresql', topics: string): ConnectorConfig => {
  const { host, port, user, password, database } = login(url);
  return {
    'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector',
    'tasks.max': '2',
    'topics.regex': topics,
    'connection.url': `jdbc:${protocol}://${host}:${port}/${database}`,
    'connection.username': user,
    'connection.password': password,
    'insert.mode': 'upsert',
    'delete.enabled': 'true',
    'primary.key.mode': 'record_key',
    'schema.evolution': 'basic',
  };
};

/** PostgreSQL -> Kafka -> MariaDB, everything made anew. */
export const postgresToMariadb = async (servers: Servers, run: string): Promise<Flow> => {
  const sourceUrl = await recreatePostgres(servers.postgresUrl, 'demo_shop');
  const targetUrl = await recreateMariadb(servers.mariadbUrl, 'demo_from_postgres');
  const { host, port, user, password, database } = login(sourceUrl);
  const prefix = `pg${run}`;
  return {
    title: 'PostgreSQL -> Kafka -> MariaDB',
    source: openPostgres(sourceUrl),
    target: openMariadb(targetUrl),
    targetTable: (table) => `demo_from_postgres.${prefix}_shop_${table}`,
    connectors: [
      {
        name: `${prefix}-source`,
        tasks: 1,
        config: {
          'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
          'tasks.max': '1',
          'database.hostname': host,
          'database.port': port,
          'database.user': user,
          'database.password': password,
          'database.dbname': database,
          'topic.prefix': prefix,
          'schema.include.list': 'shop',
          'plugin.name': 'pgoutput',
          'slot.name': `demo_${run}`,
          'publication.name': `demo_${run}`,
          'publication.autocreate.mode': 'filtered',
        },
      },
      { name: `${prefix}-sink`, tasks: 1, config: sink(targetUrl, 'mariadb', `${prefix}\\.shop\\..*`) },
    ],
  };
};

/** MariaDB -> Kafka -> PostgreSQL, everything made anew. */
export const mariadbToPostgres = async (servers: Servers, run: string): Promise<Flow> => {
  const sourceUrl = await recreateMariadb(servers.mariadbUrl, 'shop');
  const targetUrl = await recreatePostgres(servers.postgresUrl, 'demo_from_mariadb');
  const { host, port, user, password } = login(sourceUrl);
  const prefix = `my${run}`;
  return {
    title: 'MariaDB -> Kafka -> PostgreSQL',
    source: openMariadb(sourceUrl),
    target: openPostgres(targetUrl),
    targetTable: (table) => `${prefix}_shop_${table}`,
    connectors: [
      {
        name: `${prefix}-source`,
        tasks: 1,
        config: {
          'connector.class': 'io.debezium.connector.mariadb.MariaDbConnector',
          'tasks.max': '1',
          'database.hostname': host,
          'database.port': port,
          'database.user': user,
          'database.password': password,
          'database.server.id': String(10_000 + (Number.parseInt(run, 36) % 1_000_000)),
          'topic.prefix': prefix,
          'database.include.list': 'shop',
          'include.schema.changes': 'false',
        },
      },
      { name: `${prefix}-sink`, tasks: 1, config: sink(targetUrl, 'postgresql', `${prefix}\\.shop\\..*`) },
    ],
  };
};
