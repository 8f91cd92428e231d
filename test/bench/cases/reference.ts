/** What the server's own tool drains of the log that a stopped connector has still to read. */
import { drainRate, type LogTool } from '../measure/log-tool.ts';
import type { SourceDatabase, SourceKind } from '../sources/source-database.ts';

/** Changes a second. */
type DrainByTool = (changes: number, signal: AbortSignal) => Promise<number>;

/** To be called before the changes are written. */
export const prepareReference = async (kind: SourceKind, connector: string, source: SourceDatabase): Promise<DrainByTool> => {
  const toolAtEnd = await (kind === 'postgres' ? recvlogical(connector, source) : binlog(source));
  return async (changes, signal) => drainRate(await toolAtEnd(), changes, signal);
};

type ToolAtEnd = () => Promise<LogTool>;

/** A copy of the connector's slot keeps the log for it, and goes with the database. */
const recvlogical = async (connector: string, { database }: SourceDatabase): Promise<ToolAtEnd> => {
  const slot = `${connector}_copy`;
  await database.run(`SELECT pg_copy_logical_replication_slot('${connector}', '${slot}')`);
  return async () => {
    const [end] = await database.rows('SELECT pg_current_wal_flush_lsn()::text AS lsn');
    return {
      command: 'pg_recvlogical',
      package: 'postgresql-client',
      args: (folder) => [
        ...[
          '--dbname',
          database.url,
          '--slot',
          slot,
          '--start',
          '--file',
          `${folder}/changes`,
          '--endpos',
          end?.['lsn'] ?? '',
          '--no-loop',
        ],
        ...['--option', 'proto_version=1', '--option', `publication_names=${connector}`],
        // No disk is to be measured.
        ...['--fsync-interval', '0', '--status-interval', '1'],
      ],
    };
  };
};

/** The changes begin a file of their own; what others write to the server meanwhile is read as well. */
const binlog = async ({ database }: SourceDatabase): Promise<ToolAtEnd> => {
  await database.run('FLUSH BINARY LOGS');
  const [first] = await database.rows('SHOW MASTER STATUS');
  const { hostname, port, username, password } = new URL(database.url);
  const tool: LogTool = {
    command: 'mariadb-binlog',
    package: 'mariadb-client',
    args: (folder) => [
      ...['--no-defaults', '--read-from-remote-server', '--raw', '--to-last-log', `--result-file=${folder}/`],
      ...[`--host=${hostname}`, `--port=${port}`, `--user=${decodeURIComponent(username)}`, `--password=${decodeURIComponent(password)}`],
      first?.['File'] ?? '',
    ],
  };
  return async () => Promise.resolve(tool);
};
