import { abortable } from '@headrace/foundation';
import type { Connection, ConnectionOptions, ResultSetHeader, RowDataPacket } from 'mysql2/promise';
import { randomUUID } from 'node:crypto';
import { connect as connectTo, type Socket } from 'node:net';
import type { ConnectionTarget } from '../connection-target.ts';
import type { SqlResult, SqlSession, SqlStatement } from '../dialect/session.ts';
import { queryInPlace } from './in-place-query.ts';
import { diagnoseMysql } from './mysql-errors.ts';

const CONNECT_MS = 10_000;
const STATEMENT_MS = 60_000;
const CLOSE_MS = 2_000;

/**
 * NO_AUTO_VALUE_ON_ZERO keeps a key of 0 what it is. Strict for every engine: a value that does not fit is an error, never
 * cut. Backslash escapes stay on, because literals are written with them.
 */
const SQL_MODE = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION';

/** Waits end below the lease's 5 s. MySQL has no limit for an idle transaction: there the successor's KILL is all. */
const settings = [
  'SET NAMES utf8mb4',
  `SET SESSION sql_mode = '${SQL_MODE}', time_zone = '+00:00', autocommit = 1, lock_wait_timeout = 4, innodb_lock_wait_timeout = 4`,
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
  '/*M!100300 SET SESSION idle_transaction_timeout = 4 */',
];

const tlsOptions = ({ tls }: ConnectionTarget): Pick<ConnectionOptions, 'ssl'> => {
  if (tls === 'off') return {};
  return { ssl: { rejectUnauthorized: tls === 'verify-ca' || tls === 'verify-full', verifyIdentity: tls === 'verify-full' } };
};

const KEEP_ALIVE_MS = 2_000;

/** Ours, so that a broken session can be cut off: the driver's `destroy` only says goodbye, and a server that works does not listen. */
const openSocket = ({ host, port }: ConnectionTarget): Socket => {
  const socket = connectTo({ host, port, noDelay: true });
  socket.once('connect', () => socket.setKeepAlive(true, KEEP_ALIVE_MS));
  return socket;
};

const options = (target: ConnectionTarget, socket: Socket): ConnectionOptions => ({
  host: target.host,
  port: target.port,
  stream: socket,
  ...(target.database === '' ? {} : { database: target.database }),
  ...(target.user === undefined ? {} : { user: target.user }),
  ...(target.password === undefined ? {} : { password: target.password.reveal() }),
  ...tlsOptions(target),
  charset: 'utf8mb4',
  connectTimeout: CONNECT_MS,
  // Every value stays the text the server sent.
  typeCast: (field) => field.string(),
});

interface Connected {
  readonly connection: Connection;
  readonly socket: Socket;
}

class MysqlSession implements SqlSession {
  /** Also the name of a user lock that this connection holds: connection ids are given again after a restart. */
  readonly token: string = `headrace:${randomUUID()}`;
  readonly defaultSchema: string;
  readonly #connection: Connection;
  readonly #socket: Socket;
  #maxStatementBytes = 0;
  #isBroken = false;

  constructor({ connection, socket }: Connected, defaultSchema: string) {
    this.#connection = connection;
    this.#socket = socket;
    this.defaultSchema = defaultSchema;
    connection.on('error', () => (this.#isBroken = true));
  }

  get isBroken(): boolean {
    return this.#isBroken;
  }

  get maxStatementBytes(): number {
    return this.#maxStatementBytes;
  }

  async prepare(signal: AbortSignal): Promise<void> {
    try {
      for (const text of settings) await this.query({ text }, signal);
      const { rows } = await this.query(
        { text: 'SELECT GET_LOCK(?, 0) AS locked, @@max_allowed_packet AS largest', values: [this.token] },
        signal,
      );
      this.#maxStatementBytes = Number(rows[0]?.['largest'] ?? '1048576');
    } catch (error) {
      this.#break();
      throw error;
    }
  }

  async query(statement: SqlStatement, signal: AbortSignal): Promise<SqlResult> {
    try {
      const answer = this.#send(statement);
      // Not the driver's own time-out: its timer outlives a broken connection and keeps the process from ending.
      const deadline = AbortSignal.timeout(statement.deadlineMs ?? STATEMENT_MS);
      const result = await abortable(abortable(answer, signal), deadline);
      return Array.isArray(result) ? { rows: result, count: result.length } : { rows: [], count: result.affectedRows };
    } catch (error) {
      // Without an answer of the server the statement may still be running; after some answers the server hangs up.
      if (signal.aborted || diagnoseMysql(error).diagnosis === 'connection') this.#break();
      throw error;
    }
  }

  async #send({ text, values }: SqlStatement): Promise<ResultSetHeader | RowDataPacket[]> {
    if (typeof text !== 'string') return queryInPlace(this.#connection, text);
    const [result] = await this.#connection.query<ResultSetHeader | RowDataPacket[]>({
      sql: text,
      ...(values === undefined ? {} : { values: [...values] }),
    });
    return result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isBroken) return;
    await abortable(this.#connection.end(), AbortSignal.timeout(CLOSE_MS)).catch(() => undefined);
    this.#break();
  }

  #break(): void {
    this.#isBroken = true;
    this.#connection.destroy();
    this.#socket.destroy();
  }
}

/** Opens a session that holds a user lock named like its token. Rejects with the driver's error. */
export const connectMysql = async (target: ConnectionTarget, _owner: string, signal: AbortSignal): Promise<SqlSession> => {
  const session = new MysqlSession(await connect(target, signal), target.database);
  await session.prepare(signal);
  return session;
};

/** Where TLS is preferred and the server has none, without. */
const connect = async (target: ConnectionTarget, signal: AbortSignal): Promise<Connected> => {
  // Loaded here: every thread of a worker has this connector, and few of them ever connect with it.
  const { default: mysql } = await import('mysql2/promise');
  const socket = openSocket(target);
  try {
    return { connection: await abortable(mysql.createConnection(options(target, socket)), signal), socket };
  } catch (error) {
    socket.destroy();
    if (target.tls !== 'prefer' || (error as { readonly code?: unknown }).code !== 'HANDSHAKE_NO_SSL_SUPPORT') throw error;
    return connect({ ...target, tls: 'off' }, signal);
  }
};
