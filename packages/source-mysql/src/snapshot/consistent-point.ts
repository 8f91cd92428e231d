/**
 * Transactions that all see the same state, which belongs to one known place in the log.
 *
 * MariaDB: a consistent snapshot is taken in step with the binlog, which then tells its place: no lock at all. Several of them
 * see the same state when they have the same place; where others write too fast for that, a lock holds the writers back.
 * MySQL: the two are not in step (a transaction is in the log before its rows are visible), so commits are held back by the
 * global read lock while snapshots and place are taken.
 * The lock is given back before the first row is read. Where none may be had, one transaction reads alone.
 */
import { hasCode } from '@headrace/foundation';
import type { MysqlConfig } from '../config.ts';
import { openConnection, type ServerConnection } from '../connection/open-connection.ts';
import { currentPosition, mariadbGtids, type ServerPosition } from '../connection/server-checks.ts';
import type { ServerSocket } from '../connection/server-socket.ts';
import type { Dialect } from '../dialect.ts';
import { errors } from '../errors.ts';

export interface ConsistentPoint {
  readonly position: ServerPosition;
  /** Each in a transaction; every SELECT on any of them sees the same state. One at least, `snapshot.max.threads` at most. */
  readonly sockets: readonly ServerSocket[];
}

interface Connections {
  readonly first: ServerConnection;
  readonly others: readonly ServerConnection[];
}

/** Those that see the same state, and its place. */
interface Views {
  readonly position: ServerPosition;
  readonly connections: readonly ServerConnection[];
}

/** How often MariaDB is asked for the same place without a lock. */
const ATTEMPTS = 3;
/** What the server takes for "for ever": a year. */
const LONGEST_TIMEOUT_S = 31_536_000;

export const openConsistentPoint = async (config: MysqlConfig, dialect: Dialect, signal: AbortSignal): Promise<ConsistentPoint> => {
  // Closes those whose socket nobody takes.
  await using opened = new AsyncDisposableStack();
  const connections: ServerConnection[] = [];
  while (connections.length < config['snapshot.max.threads']) {
    const connection = opened.use(await openConnection(config, signal));
    await connection.query('SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ', [], 'setting up the snapshot');
    await connection.query('SET SESSION net_write_timeout = 3600, wait_timeout = 86400', [], 'setting up the snapshot');
    connections.push(connection);
  }
  const [first, ...others] = connections;
  if (first === undefined) throw new RangeError('snapshot.max.threads is less than one.');
  const views = await takeViews({ first, others }, config, dialect);
  return { position: views.position, sockets: views.connections.map((connection) => connection.takeSocket()) };
};

const takeViews = async (connections: Connections, config: MysqlConfig, dialect: Dialect): Promise<Views> => {
  const { first, others } = connections;
  const mayLock = config['snapshot.locking.mode'].toLowerCase() !== 'none';
  const agreeing = dialect.name === 'mariadb' ? await agreeingViews(connections, dialect) : undefined;
  const isWhole = agreeing?.connections.length === others.length + 1;
  if (agreeing !== undefined && (isWhole || !mayLock)) return agreeing;
  if (!mayLock) return lonelyView(first, dialect);
  try {
    return await lockedViews(connections, config, dialect);
  } catch (error) {
    // Where one alone needs no lock, the privilege is not demanded.
    if (agreeing === undefined || !hasCode(error, errors.privilege_missing.code)) throw error;
    return (await agreeingViews({ first, others: [] }, dialect)) ?? lonelyView(first, dialect);
  }
};

const start = (connection: ServerConnection): Promise<unknown> =>
  connection.query('START TRANSACTION WITH CONSISTENT SNAPSHOT', [], 'starting the snapshot');

/** MariaDB: the snapshots that have the place of the first; undefined where the server does not tell places. */
const agreeingViews = async ({ first, others }: Connections, dialect: Dialect): Promise<Views | undefined> => {
  for (let attempt = 1; ; attempt += 1) {
    await Promise.all([first, ...others].map(start));
    const place = await snapshotPlace(first);
    if (place === undefined) return undefined;
    const same: ServerConnection[] = [];
    for (const other of others) if (isSamePlace(place, await snapshotPlace(other))) same.push(other);
    if (same.length < others.length && attempt < ATTEMPTS) continue;
    const gtids = await mariadbGtids(first, dialect, place.file, place.position);
    return { position: { ...place, gtids }, connections: [first, ...same] };
  }
};

type LogPlace = Pick<ServerPosition, 'file' | 'position'>;

const isSamePlace = (one: LogPlace, other: LogPlace | undefined): boolean => one.file === other?.file && one.position === other.position;

/** The place of the open consistent snapshot; undefined where the server does not tell it (no binlog engine in it). */
const snapshotPlace = async (connection: ServerConnection): Promise<LogPlace | undefined> => {
  const rows = await connection.query("SHOW STATUS LIKE 'binlog_snapshot_%'", [], 'reading the place of the snapshot');
  const values = new Map(rows.map((row) => [String(row['Variable_name']).toLowerCase(), String(row['Value'])]));
  const file = values.get('binlog_snapshot_file') ?? '';
  const position = Number(values.get('binlog_snapshot_position') ?? 0);
  return file === '' || position < 4 ? undefined : { file, position };
};

/** Its place is taken before: changes in between come twice rather than never. */
const lonelyView = async (connection: ServerConnection, dialect: Dialect): Promise<Views> => {
  await connection.query('ROLLBACK');
  const position = await currentPosition(connection, dialect);
  await start(connection);
  return { position, connections: [connection] };
};

/** Nobody commits while they are taken. */
const lockedViews = async ({ first, others }: Connections, config: MysqlConfig, dialect: Dialect): Promise<Views> => {
  const timeout = Math.ceil(config['snapshot.lock.timeout.ms'] / 1_000) || LONGEST_TIMEOUT_S;
  await first.query(`SET SESSION lock_wait_timeout = ${String(timeout)}`, [], 'setting up the snapshot');
  await first.query('FLUSH TABLES WITH READ LOCK', [], 'FLUSH TABLES WITH READ LOCK (privilege RELOAD)');
  try {
    await Promise.all([first, ...others].map(start));
    return { position: await currentPosition(first, dialect), connections: [first, ...others] };
  } finally {
    await first.query('UNLOCK TABLES', [], 'giving the snapshot lock back');
  }
};
