import { TaskFailure } from '@headrace/foundation';
import type { ServerConnection } from '../connection/open-connection.ts';
import { errors } from '../errors.ts';
import type { ResumePoint } from './log-position.ts';

/**
 * MySQL only: throws TaskFailure `mysql.binlog_purged` when the server has purged transactions that are not in the stored
 * set. The server would refuse as well, but not name them.
 */
export const refusePurgedGtids = async (connection: ServerConnection, point: ResumePoint): Promise<void> => {
  const sql = 'SELECT GTID_SUBTRACT(@@global.gtid_purged, ?) AS gone';
  const [row] = await connection.query(sql, [point.gtids ?? ''], 'comparing GTIDs');
  const value = row?.['gone'];
  const gone = typeof value === 'string' ? value.replaceAll('\n', '') : '';
  if (gone === '') return;
  throw new TaskFailure(
    errors.binlog_purged.code,
    `The server has purged transactions ${gone}, which were not captured yet. ${errors.binlog_purged.hint}`,
  );
};
