import { TaskFailure } from '@headrace/foundation';
import { MariadbGtidSet, MysqlGtidSet, type GtidSet } from '../binlog/gtid-set.ts';
import type { ServerConnection } from '../connection/open-connection.ts';
import { currentPosition } from '../connection/server-checks.ts';
import type { Dialect } from '../dialect.ts';
import { errors } from '../errors.ts';
import { isLaterFile, type ResumePoint } from './log-position.ts';
import type { SourceFilter } from './source-filter.ts';

type Queries = Pick<ServerConnection, 'query'>;

/**
 * MySQL only: throws TaskFailure `mysql.binlog_purged` when the server has purged transactions that are not in the stored
 * set. The server would refuse as well, but not name them.
 */
export const refusePurgedGtids = async (connection: Queries, point: ResumePoint, filter: SourceFilter): Promise<void> => {
  const purged = await subtracted(connection, 'GTID_SUBTRACT(@@global.gtid_purged, ?)', point.gtids ?? '');
  const gone = filter.counted(MysqlGtidSet.parse(purged)).toString();
  if (gone === '') return;
  throw new TaskFailure(
    errors.binlog_purged.code,
    `The server has purged transactions ${gone}, which were not captured yet. ${errors.binlog_purged.hint}`,
  );
};

/**
 * Throws TaskFailure `mysql.position_ahead` when the server lacks what was captured already. Servers that are asked for such a place
 * say that it was purged, wait for it without a word, or name a cause that is none.
 */
export const refusePlaceAhead = async (connection: Queries, dialect: Dialect, point: ResumePoint, filter: SourceFilter): Promise<void> => {
  const lacking =
    point.gtids === null
      ? await lackingPlace(connection, dialect, point)
      : await lackingGtids(connection, filter.counted(dialect.parseGtids(point.gtids)));
  if (lacking === '') return;
  throw new TaskFailure(
    errors.position_ahead.code,
    `The server has not ${lacking}, which was captured already. ${errors.position_ahead.hint}`,
  );
};

const lackingPlace = async (connection: Queries, dialect: Dialect, { file, position }: ResumePoint): Promise<string> => {
  const end = await currentPosition(connection, dialect);
  const isAhead = end.file === file ? position > end.position : isLaterFile(file, end.file);
  return isAhead ? `the place ${file}:${String(position)} in its log, which ends at ${end.file}:${String(end.position)}` : '';
};

const lackingGtids = async (connection: Queries, gtids: GtidSet): Promise<string> => {
  const lost =
    gtids instanceof MariadbGtidSet
      ? gtids.aheadOf(MariadbGtidSet.parse(await ask(connection, 'SELECT @@global.gtid_binlog_pos AS answer', []))).join(',')
      : await subtracted(connection, 'GTID_SUBTRACT(?, @@global.gtid_executed)', gtids.toString());
  return lost === '' ? '' : `the transactions ${lost}`;
};

/**
 * What the server is asked to leave out of sources that do not count: on MySQL what it has purged, on MariaDB, which knows one place
 * in each domain only, all that it has, unless their rows are wanted.
 */
export const doneOfOthers = async (connection: Queries, dialect: Dialect, filter: SourceFilter): Promise<GtidSet> => {
  if (dialect.name === 'mariadb' && filter.keepsRows) return dialect.parseGtids('');
  const variable = dialect.name === 'mysql' ? 'gtid_purged' : 'gtid_binlog_pos';
  return filter.others(dialect.parseGtids(await ask(connection, `SELECT @@global.${variable} AS answer`, [])));
};

const subtracted = (connection: Queries, sql: string, gtids: string): Promise<string> =>
  ask(connection, `SELECT ${sql} AS answer`, [gtids]);

const ask = async (connection: Queries, sql: string, values: readonly string[]): Promise<string> => {
  const [row] = await connection.query(sql, [...values], 'comparing GTIDs');
  const answer = row?.['answer'];
  return typeof answer === 'string' ? answer.replaceAll('\n', '') : '';
};
