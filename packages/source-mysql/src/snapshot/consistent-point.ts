/**
 * One transaction whose view belongs to one known place in the log.
 *
 * MariaDB: a consistent snapshot is taken in step with the binlog, which then tells its place: no lock at all.
 * MySQL: the two are not in step (a transaction is in the log before its rows are visible), so commits are held back by the
 * global read lock while snapshot and place are taken; the lock is given back before the first row is read.
 */
import type { MysqlConfig } from '../config.ts';
import { openConnection, type ServerConnection } from '../connection/open-connection.ts';
import { currentPosition, mariadbGtids, type ServerPosition } from '../connection/server-checks.ts';
import type { ServerSocket } from '../connection/server-socket.ts';
import type { Dialect } from '../dialect.ts';

export interface ConsistentPoint {
  readonly position: ServerPosition;
  /** In the transaction; every SELECT on it sees the same state. */
  readonly socket: ServerSocket;
}

export const openConsistentPoint = async (config: MysqlConfig, dialect: Dialect, signal: AbortSignal): Promise<ConsistentPoint> => {
  const connection = await openConnection(config, signal);
  try {
    await connection.query('SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ', [], 'setting up the snapshot');
    await connection.query('SET SESSION net_write_timeout = 3600, wait_timeout = 86400', [], 'setting up the snapshot');
    const position = await takePosition(connection, config, dialect);
    return { position, socket: connection.takeSocket() };
  } catch (error) {
    await connection[Symbol.asyncDispose]();
    throw error;
  }
};

const takePosition = async (connection: ServerConnection, config: MysqlConfig, dialect: Dialect): Promise<ServerPosition> => {
  const start = (): Promise<unknown> => connection.query('START TRANSACTION WITH CONSISTENT SNAPSHOT', [], 'starting the snapshot');
  if (dialect.name === 'mariadb') {
    await start();
    const position = await snapshotPosition(connection, dialect);
    if (position !== undefined) return position;
    await connection.query('ROLLBACK');
  }
  if (config['snapshot.locking.mode'].toLowerCase() === 'none') {
    // Taken before the snapshot: changes in between come twice rather than never.
    const position = await currentPosition(connection, dialect);
    await start();
    return position;
  }
  const timeout = Math.max(1, Math.ceil(config['snapshot.lock.timeout.ms'] / 1_000));
  await connection.query(`SET SESSION lock_wait_timeout = ${String(timeout)}`, [], 'setting up the snapshot');
  await connection.query('FLUSH TABLES WITH READ LOCK', [], 'FLUSH TABLES WITH READ LOCK (privilege RELOAD)');
  try {
    await start();
    return await currentPosition(connection, dialect);
  } finally {
    await connection.query('UNLOCK TABLES', [], 'giving the snapshot lock back');
  }
};

/** The place of the open consistent snapshot; undefined where the server does not tell it (no binlog engine in it). */
const snapshotPosition = async (connection: ServerConnection, dialect: Dialect): Promise<ServerPosition | undefined> => {
  const rows = await connection.query("SHOW STATUS LIKE 'binlog_snapshot_%'", [], 'reading the place of the snapshot');
  const values = new Map(rows.map((row) => [String(row['Variable_name']).toLowerCase(), String(row['Value'])]));
  const file = values.get('binlog_snapshot_file') ?? '';
  const position = Number(values.get('binlog_snapshot_position') ?? 0);
  if (file === '' || position < 4) return undefined;
  return { file, position, gtids: await mariadbGtids(connection, dialect, file, position) };
};
