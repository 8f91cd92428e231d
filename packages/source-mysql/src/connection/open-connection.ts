import { abortable, RetriableError, systemCode, TaskFailure, toError } from '@headrace/foundation';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Connection, ConnectionOptions, SslOptions } from 'mysql2/promise';
import type { MysqlConfig } from '../config.ts';
import { errors } from '../errors.ts';
import type { RunQuery } from '../tables/catalog.ts';
import { asSourceError } from './connection-errors.ts';
import { serverAddress } from './server-address.ts';
import { ServerSocket } from './server-socket.ts';

/** The driver's code for a query that took too long. */
const QUERY_TIMEOUT = 'PROTOCOL_SEQUENCE_TIMEOUT';

/** Undefined: no TLS. The two families name the same four steps differently. */
const tlsOptions = (mode: string): SslOptions | undefined => {
  switch (mode.toLowerCase()) {
    case 'required':
    case 'trust':
      return { rejectUnauthorized: false };
    case 'verify_ca':
    case 'verify-ca':
      return { rejectUnauthorized: true, verifyIdentity: false };
    case 'verify_identity':
    case 'verify-full':
      return { rejectUnauthorized: true, verifyIdentity: true };
    default:
      return undefined;
  }
};

const connectionOptions = (config: MysqlConfig, ssl: SslOptions | undefined): ConnectionOptions => ({
  host: config['database.hostname'],
  port: config['database.port'],
  user: config['database.user'],
  ...(config['database.password'] === null ? {} : { password: config['database.password'].reveal() }),
  ...(ssl === undefined ? {} : { ssl }),
  connectTimeout: config['connect.timeout.ms'],
  charset: 'utf8mb4',
  timezone: 'Z',
  supportBigNumbers: true,
  bigNumberStrings: true,
  dateStrings: true,
});

/** An authenticated connection for plain queries, which can be turned into a socket of our own. */
export class ServerConnection implements AsyncDisposable {
  readonly #connection: Connection;
  readonly #where: string;
  readonly #timeoutMs: number;
  #isTaken = false;

  /** `timeoutMs`: of each query; 0: none. */
  constructor(connection: Connection, where: string, timeoutMs: number) {
    this.#connection = connection;
    this.#where = where;
    this.#timeoutMs = timeoutMs;
    // Errors of an idle connection come again with the next query.
    connection.on('error', () => undefined);
  }

  /** Rows as objects; every failure is one of our errors. `doing` completes "the server refused ...". */
  async query(sql: string, values: readonly unknown[] = [], doing = 'a query'): Promise<readonly Record<string, unknown>[]> {
    try {
      const limit = this.#timeoutMs === 0 ? {} : { timeout: this.#timeoutMs };
      const [rows] = await this.#connection.query({ sql, values: [...values], ...limit });
      return Array.isArray(rows) ? (rows as Record<string, unknown>[]) : [];
    } catch (error) {
      if (systemCode(toError(error)) === QUERY_TIMEOUT) throw this.#tookTooLong(doing, error);
      throw asSourceError(error, doing, this.#where);
    }
  }

  /** The answer may still come: the connection is of no use any more. */
  #tookTooLong(doing: string, cause: unknown): RetriableError {
    this.#connection.destroy();
    return new RetriableError(
      errors.unreachable.code,
      `The server at ${this.#where} did not answer ${doing} within ${String(this.#timeoutMs)} ms (database.query.timeout.ms).`,
      { cause },
    );
  }

  get run(): RunQuery {
    return (sql, values) => this.query(sql, values, 'a query of the catalog');
  }

  /** Hands the authenticated socket over; no further `query` then. */
  takeSocket(): ServerSocket {
    this.#isTaken = true;
    // The promise wrapper keeps the driver's own connection, whose stream is the socket, or the TLS layer over it.
    const { stream } = (this.#connection as unknown as { readonly connection: { readonly stream: Duplex } }).connection;
    return new ServerSocket(stream, this.#where);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isTaken) return;
    await this.#connection.end().catch(() => {
      this.#connection.destroy();
    });
  }
}

/** Connects, authenticates, sets the session up. TaskFailure when a new attempt could not help, else RetriableError. */
export const openConnection = async (config: MysqlConfig, signal: AbortSignal): Promise<ServerConnection> => {
  const where = serverAddress(config);
  const mode = config['database.ssl.mode'];
  refuseUnverifiableAddress(config, mode);
  const connection =
    mode.toLowerCase() === 'preferred' ? await connectPreferred(config, signal) : await connect(config, tlsOptions(mode), signal);
  const server = new ServerConnection(connection, where, config['database.query.timeout.ms']);
  try {
    const statements = (config['database.initial.statements'] ?? '').split(';').filter((statement) => statement.trim() !== '');
    for (const statement of ["SET SESSION time_zone = '+00:00', sql_mode = ''", ...statements]) {
      await abortable(server.query(statement, [], 'setting up the session'), signal);
    }
    return server;
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
};

/** The driver would look for `localhost` in the certificate, whatever the address is: a server of somebody else could pass. */
const refuseUnverifiableAddress = (config: MysqlConfig, mode: string): void => {
  const host = config['database.hostname'];
  if (isIP(host) === 0 || tlsOptions(mode)?.verifyIdentity !== true) return;
  const message = `database.ssl.mode is ${mode}, which compares the name of the host with the certificate, and database.hostname is the address ${host}. Give its name, or use verify-ca.`;
  throw new TaskFailure(errors.tls.code, message);
};

/** With TLS where the server offers it, without where not. */
const connectPreferred = async (config: MysqlConfig, signal: AbortSignal): Promise<Connection> => {
  try {
    return await connect(config, { rejectUnauthorized: false }, signal);
  } catch (error) {
    if ((error as { cause?: { code?: unknown } }).cause?.code !== 'HANDSHAKE_NO_SSL_SUPPORT') throw error;
    return connect(config, undefined, signal);
  }
};

const connect = async (config: MysqlConfig, ssl: SslOptions | undefined, signal: AbortSignal): Promise<Connection> => {
  // Loaded here: every thread of a worker has this connector, and few of them ever connect with it.
  const { default: mysql } = await import('mysql2/promise');
  const attempt = mysql.createConnection(connectionOptions(config, ssl));
  try {
    return await abortable(attempt, signal);
  } catch (error) {
    if (signal.aborted) {
      // The attempt may still succeed: nobody wants its connection then.
      attempt.then(
        (connection) => {
          connection.destroy();
        },
        () => undefined,
      );
      throw error;
    }
    throw asSourceError(error, 'connecting', serverAddress(config));
  }
};
