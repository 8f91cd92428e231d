import { openMariadb, openPostgres, withDatabase, type Database } from '../../support/databases.ts';
import { sqlSink } from '../../support/product.ts';
import type { ConnectorConfig } from '../../support/rest.ts';
import type { Servers } from '../../support/stack.ts';
import { uniqueName, type SourceKind } from '../sources/source-database.ts';
import type { ConnectWorker } from '../systems/connect-worker.ts';

type TargetServers = Pick<Servers, 'postgresUrl' | 'mariadbUrl'>;

/** A database of its own for a sink to fill. */
export interface TargetDatabase extends AsyncDisposable {
  readonly url: string;
  readonly database: Database;
  has(table: string): Promise<boolean>;
}

export const openTarget = async (kind: SourceKind, { postgresUrl, mariadbUrl }: TargetServers): Promise<TargetDatabase> => {
  const name = uniqueName();
  const [open, serverUrl] = kind === 'postgres' ? ([openPostgres, postgresUrl] as const) : ([openMariadb, mariadbUrl] as const);
  const admin = open(serverUrl);
  await admin.run(`CREATE DATABASE ${name}${kind === 'postgres' ? '' : ' CHARACTER SET utf8mb4'}`);
  const url = withDatabase(serverUrl, name);
  const database = open(url);
  const schema = kind === 'postgres' ? 'current_schema()' : 'database()';
  return {
    url,
    database,
    has: async (table) =>
      (await database.rows(`SELECT 1 AS found FROM information_schema.tables WHERE table_schema = ${schema} AND table_name = '${table}'`))
        .length > 0,
    [Symbol.asyncDispose]: async () => {
      await database.close();
      await admin.run(`DROP DATABASE IF EXISTS ${name}${kind === 'postgres' ? ' WITH (FORCE)' : ''}`);
      await admin.close();
    },
  };
};

/** Upserts into one table, with what the system is tuned by. */
export const sinkConfig = (worker: ConnectWorker, target: TargetDatabase, topic: string, table: string): ConnectorConfig => {
  const { sink, sinkUrlQuery } = worker.facts.tuning;
  const config = sqlSink(target.url, topic.replaceAll('.', '\\.'), { 'collection.name.format': table, ...sink });
  return { ...config, 'connection.url': `${config['connection.url'] ?? ''}${sinkUrlQuery[target.database.kind]}` };
};
