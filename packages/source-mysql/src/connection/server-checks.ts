import { TaskFailure } from '@headrace/foundation';
import type { Dialect } from '../dialect.ts';
import { errors } from '../errors.ts';
import type { ServerConnection } from './open-connection.ts';

const wanted: ReadonlyMap<string, string> = new Map([
  ['log_bin', 'ON'],
  ['binlog_format', 'ROW'],
  ['binlog_row_image', 'FULL'],
]);

/** What the server must be set to. Throws TaskFailure that names the setting. */
export const checkServer = async (connection: ServerConnection, dialect: Dialect, where: string): Promise<void> => {
  const rows = await connection.query(
    `SHOW GLOBAL VARIABLES WHERE Variable_name IN (${['version', ...wanted.keys()].map((name) => `'${name}'`).join(', ')})`,
    [],
    'reading its settings',
  );
  const settings = new Map(rows.map((row) => [String(row['Variable_name']), String(row['Value'])]));
  const isMariadb = (settings.get('version') ?? '').includes('MariaDB');
  if (isMariadb !== (dialect.name === 'mariadb')) {
    const found = isMariadb ? 'MariaDB' : 'MySQL';
    throw new TaskFailure(
      errors.query_failed.code,
      `The server at ${where} is ${found}, but the connector is for ${dialect.title}. Use the connector class of ${found}.`,
    );
  }
  for (const [name, value] of wanted) {
    const found = settings.get(name);
    if (found === undefined || found.toUpperCase() === value) continue;
    throw new TaskFailure(
      errors.binlog_disabled.code,
      `The server at ${where} has ${name}=${found}, capture needs "${value}". Set ${name}=${value} in the server's configuration.`,
    );
  }
};

/** Where questions are asked. */
type Queries = Pick<ServerConnection, 'query'>;

/** A place in the log, as the server tells it. */
export interface ServerPosition {
  readonly file: string;
  readonly position: number;
  /** MySQL's executed set; null where it is empty or the family tells it elsewhere. */
  readonly gtids: string | null;
}

/** Where the log ends now. */
export const currentPosition = async (connection: Queries, dialect: Dialect): Promise<ServerPosition> => {
  const row = await firstThatWorks(connection, dialect.logPositionQueries);
  const file = String(row['File']);
  const position = Number(row['Position']);
  const executed = textOf(row['Executed_Gtid_Set']).replaceAll('\n', '');
  return { file, position, gtids: executed === '' ? await mariadbGtids(connection, dialect, file, position) : executed };
};

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const firstThatWorks = async (connection: Queries, queries: readonly string[]): Promise<Record<string, unknown>> => {
  const [sql = '', ...others] = queries;
  try {
    const [row] = await connection.query(sql, [], 'reading the binlog position (privilege REPLICATION CLIENT)');
    if (row !== undefined) return row;
  } catch (error) {
    if (others.length > 0) return firstThatWorks(connection, others);
    throw error;
  }
  throw new TaskFailure(errors.binlog_disabled.code, 'The server writes no binlog. Set log_bin in its configuration.');
};

/** MariaDB: the GTID position that belongs to a place in a file. */
export const mariadbGtids = async (connection: Queries, dialect: Dialect, file: string, position: number): Promise<string | null> => {
  if (dialect.name !== 'mariadb') return null;
  const [row] = await connection.query('SELECT BINLOG_GTID_POS(?, ?) AS gtids', [file, position], 'reading the GTID position');
  const gtids = row?.['gtids'];
  return typeof gtids === 'string' && gtids !== '' ? gtids : null;
};
