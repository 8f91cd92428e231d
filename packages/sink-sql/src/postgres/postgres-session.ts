import { abortable, toError } from '@headrace/foundation';
import { randomUUID } from 'node:crypto';
import { Socket } from 'node:net';
import { Client, type ClientConfig, type QueryConfig } from 'pg';
import type { ConnectionTarget } from '../connection-target.ts';
import type { SqlResult, SqlSession, SqlStatement } from '../dialect/session.ts';
import { queryInPlace } from './in-place-query.ts';
import { diagnosePostgres } from './postgres-errors.ts';
import { quoteName } from './postgres-names.ts';

const CONNECT_MS = 10_000;
const STATEMENT_MS = 60_000;
const CLOSE_MS = 2_000;
/** Far below PostgreSQL's limit of 1 GB for a message; keeps what is held twice small. */
const STATEMENT_BYTES = 8 * 1_048_576;

/** Every value stays the text the server sent. */
const asText = { getTypeParser: () => (value: string | Buffer) => value };

/**
 * Below the lease's 5 s: a lock wait, an idle transaction and a dead peer all end before a successor would wait for them.
 * keepalives_count 2 at 1 s after 2 s idle: a vanished client is noticed after about 4 s.
 */
const settings = [
  `SET lock_timeout = '4s'`,
  `SET idle_in_transaction_session_timeout = '4s'`,
  `SET tcp_keepalives_idle = 2`,
  `SET tcp_keepalives_interval = 1`,
  `SET tcp_keepalives_count = 2`,
  `SET TimeZone = 'UTC'`,
  `SET DateStyle = 'ISO, YMD'`,
  `SET IntervalStyle = 'postgres'`,
  `SET standard_conforming_strings = on`,
  `SET default_transaction_isolation = 'read committed'`,
].join(';');

const tlsOptions = ({ tls }: ConnectionTarget): Pick<ClientConfig, 'ssl'> => {
  if (tls === 'off') return {};
  return {
    ssl: {
      rejectUnauthorized: tls === 'verify-ca' || tls === 'verify-full',
      ...(tls === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}),
    },
  };
};

class PostgresSession implements SqlSession {
  readonly token: string;
  readonly maxStatementBytes: number = STATEMENT_BYTES;
  readonly #socket: Socket;
  readonly #client: Client;
  readonly #names = new Map<string, string>();
  #schema = '';
  #isBroken = false;

  constructor(target: ConnectionTarget, token: string) {
    this.token = token;
    this.#socket = new Socket();
    this.#client = new Client({
      host: target.host,
      port: target.port,
      database: target.database,
      ...(target.user === undefined ? {} : { user: target.user }),
      ...(target.password === undefined ? {} : { password: target.password.reveal() }),
      ...tlsOptions(target),
      application_name: token,
      keepAlive: true,
      keepAliveInitialDelayMillis: 2_000,
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: STATEMENT_MS,
      types: asText,
      stream: () => this.#socket,
    });
    this.#client.on('error', () => (this.#isBroken = true));
    this.#client.on('end', () => (this.#isBroken = true));
  }

  get defaultSchema(): string {
    return this.#schema;
  }

  get isBroken(): boolean {
    return this.#isBroken;
  }

  async open(target: ConnectionTarget, signal: AbortSignal): Promise<void> {
    try {
      await abortable(this.#client.connect(), signal);
      await this.query({ text: settings }, signal);
      if (target.schema !== undefined) await this.query({ text: `SET search_path = ${quoteName(target.schema)}` }, signal);
      const { rows } = await this.query({ text: 'SELECT current_schema() AS schema' }, signal);
      this.#schema = target.schema ?? rows[0]?.['schema'] ?? 'public';
    } catch (error) {
      this.#break();
      throw error;
    }
  }

  async query(statement: SqlStatement, signal: AbortSignal): Promise<SqlResult> {
    try {
      const isLarge = statement.isRepeated === true && statement.values?.some((value) => Buffer.isBuffer(value)) === true;
      const config = this.#configOf(statement);
      const result = await abortable(isLarge ? queryInPlace(this.#client, config) : this.#client.query(config), signal);
      return { rows: result.rows as SqlResult['rows'], count: result.rowCount ?? 0 };
    } catch (error) {
      // Without an SQLSTATE the statement may still be running, and after a FATAL one the server hangs up.
      if (signal.aborted || diagnosePostgres(error).diagnosis === 'connection') this.#break();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isBroken) return;
    const timer = AbortSignal.timeout(CLOSE_MS);
    await abortable(this.#client.end(), timer).catch(() => undefined);
    this.#break();
  }

  #break(): void {
    this.#isBroken = true;
    this.#socket.destroy();
  }

  #configOf({ text: written, values, isRepeated, deadlineMs }: SqlStatement): QueryConfig {
    const text = written.toString();
    return {
      text,
      ...(values === undefined ? {} : { values: [...values] }),
      ...(isRepeated === true ? { name: this.#nameOf(text) } : {}),
      ...(deadlineMs === undefined ? {} : { query_timeout: deadlineMs }),
    };
  }

  #nameOf(text: string): string {
    let name = this.#names.get(text);
    if (name === undefined) {
      name = `s${String(this.#names.size)}`;
      this.#names.set(text, name);
    }
    return name;
  }
}

/** Opens a session whose application_name is its token. Rejects with the driver's error. */
export const connectPostgres = async (target: ConnectionTarget, owner: string, signal: AbortSignal): Promise<SqlSession> => {
  // application_name holds 63 bytes: the unique part comes first.
  const token = `headrace ${randomUUID()} ${owner.replace(/[^\x20-\x7e]/g, '?')}`.slice(0, 63);
  try {
    return await openSession(target, token, signal);
  } catch (error) {
    if (target.tls !== 'prefer' || !toError(error).message.includes('does not support SSL')) throw error;
    return openSession({ ...target, tls: 'off' }, token, signal);
  }
};

const openSession = async (target: ConnectionTarget, token: string, signal: AbortSignal): Promise<SqlSession> => {
  const session = new PostgresSession(target, token);
  await session.open(target, signal);
  return session;
};
