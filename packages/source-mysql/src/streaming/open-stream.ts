import { RetriableError, TaskFailure, toError, type HeadraceError } from '@headrace/foundation';
import { BinlogStream } from '../binlog/binlog-stream.ts';
import { dumpAfterGtids, dumpFromPosition } from '../binlog/dump-command.ts';
import { MysqlGtidSet } from '../binlog/gtid-set.ts';
import type { MysqlConfig } from '../config.ts';
import { asSourceError, connectionLost } from '../connection/connection-errors.ts';
import { openConnection, type ServerConnection } from '../connection/open-connection.ts';
import { serverAddress } from '../connection/server-address.ts';
import type { Dialect } from '../dialect.ts';
import { errors } from '../errors.ts';
import { doneOfOthers, refusePlaceAhead, refusePurgedGtids } from './log-availability.ts';
import type { ResumePoint } from './log-position.ts';
import { SourceFilter } from './source-filter.ts';

/** Error number for everything that a dump can be refused or ended for. */
const MASTER_FATAL_ERROR = 1236;
const HEARTBEAT_NANOS = 1_000_000_000;
/** Heartbeats come every second: a server that is silent for so long is gone. */
const SILENCE_MS = 30_000;
/** How long the server waits for us to read before it gives the connection up: a paused task reads nothing. */
const NET_WRITE_TIMEOUT_S = 3_600;

/**
 * Asks the server for its log. MySQL with GTIDs: every transaction that is not in the set; MariaDB with GTIDs: from its
 * position on; otherwise from file and position. Resolves when the server has agreed; TaskFailure `mysql.binlog_purged`
 * when the log is gone.
 */
export const openStream = async (config: MysqlConfig, dialect: Dialect, point: ResumePoint, signal: AbortSignal): Promise<BinlogStream> => {
  const connection = await openConnection(config, signal);
  const options = { serverId: config['database.server.id'], withStatements: config['include.query'] };
  try {
    const hasChecksum = await prepareSession(connection, dialect);
    const gtids = point.gtids === null ? undefined : dialect.parseGtids(point.gtids);
    const filter = new SourceFilter(config);
    await refusePlaceAhead(connection, dialect, point, filter);
    gtids?.addAll(await doneOfOthers(connection, dialect, filter));
    let command = dumpFromPosition(point.file, point.position, options);
    if (gtids instanceof MysqlGtidSet) {
      await refusePurgedGtids(connection, point, filter);
      command = dumpAfterGtids(gtids, options);
    } else if (gtids !== undefined) {
      const doing = 'setting the GTID position to start from';
      await connection.query('SET @slave_connect_state = ?, @slave_gtid_strict_mode = 0', [gtids.toString()], doing);
      command = dumpFromPosition('', 4, options);
    }
    const socket = connection.takeSocket();
    // A stream promises no more than that of its events.
    socket.freeRead();
    const stream = new BinlogStream(socket, hasChecksum, (error) => refusal(error, point, serverAddress(config)));
    socket.expectTraffic(SILENCE_MS);
    socket.send(command);
    await opened(stream, signal);
    return stream;
  } catch (error) {
    await connection[Symbol.asyncDispose]();
    throw error;
  }
};

const opened = async (stream: BinlogStream, signal: AbortSignal): Promise<void> => {
  try {
    await stream.opened(signal);
  } catch (error) {
    stream[Symbol.dispose]();
    throw error;
  }
};

/** Session variables of a replica. Both spellings are set: each server knows one of them. */
const prepareSession = async (connection: ServerConnection, dialect: Dialect): Promise<boolean> => {
  const doing = 'preparing the session for the binlog';
  const [row] = await connection.query('SELECT @@global.binlog_checksum AS checksum', [], doing);
  const heartbeat = `SET @master_heartbeat_period = ${String(HEARTBEAT_NANOS)}, @source_heartbeat_period = ${String(HEARTBEAT_NANOS)}`;
  await connection.query(heartbeat, [], doing);
  await connection.query('SET @master_binlog_checksum = @@global.binlog_checksum', [], doing);
  await connection.query('SET @source_binlog_checksum = @@global.binlog_checksum', [], doing);
  await connection.query(`SET SESSION net_write_timeout = ${String(NET_WRITE_TIMEOUT_S)}`, [], doing);
  if (dialect.name === 'mariadb') await connection.query('SET @mariadb_slave_capability = 4', [], doing);
  return String(row?.['checksum']).toUpperCase() === 'CRC32';
};

/** The server's words for why it does not send (any more), sorted by what cures them. */
const refusal = (error: Error, point: ResumePoint, where: string): HeadraceError => {
  const number = (error as { errno?: unknown }).errno;
  if (number === undefined) return connectionLost(where, error);
  if (number !== MASTER_FATAL_ERROR) return asSourceError(error, 'sending the binlog', where);
  const place = point.gtids === null ? `${point.file}:${String(point.position)}` : `GTIDs ${point.gtids}`;
  const reason = toError(error).message;
  if (/same server_?(uuid|id)/i.test(reason)) {
    return new RetriableError(
      errors.unreachable.code,
      `Another replica with the same database.server.id reads from ${where}: ${reason}. Give each replica its own.`,
      { cause: error },
    );
  }
  if (/purged|could not find|not in the master's binlog|old binary log|missing/i.test(reason)) {
    return new TaskFailure(
      errors.binlog_purged.code,
      `The server at ${where} no longer has the binlog from ${place} on: ${reason} ${errors.binlog_purged.hint}`,
      { cause: error },
    );
  }
  return new TaskFailure(errors.binlog_refused.code, `The server at ${where} does not send its binlog from ${place} on: ${reason}`, {
    cause: error,
  });
};
