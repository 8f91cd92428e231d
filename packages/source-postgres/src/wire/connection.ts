/** Connections by `pg`: authentication, TLS, and the queries that are not on the hot path. */
import type { Duplex } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';
import { readFile } from 'node:fs/promises';
import { abortable, systemCode, TaskFailure, toError } from '@headrace/foundation';
import pg, { type Client, type ClientConfig, type CustomTypesConfig } from 'pg';
import type { PostgresConfig } from '../config.ts';
import { errors } from '../errors.ts';
import { queryFailure } from './server-failure.ts';

/** Output forms the decoders rely on, whatever the server's defaults are. */
const sessionSettings = {
  DateStyle: 'ISO',
  IntervalStyle: 'iso_8601',
  TimeZone: 'UTC',
  bytea_output: 'hex',
  extra_float_digits: '3',
  lc_monetary: 'C',
  search_path: '',
  idle_in_transaction_session_timeout: '0',
};

const SESSION_OPTIONS = Object.entries(sessionSettings)
  .map(([name, value]) => `-c ${name}=${value}`)
  .join(' ');

/** Back to the session's options, whatever a statement has set. */
const RESET = Object.keys(sessionSettings)
  .map((name) => `RESET ${name}`)
  .join('; ');

export interface ConnectOptions {
  readonly config: PostgresConfig;
  /** Shown in pg_stat_activity; tells a successor whose session it is. */
  readonly applicationName: string;
  /** A walsender that also takes simple queries. */
  readonly isReplication?: boolean;
  /** The server refuses to write in this session. */
  readonly isReadOnly?: boolean;
}

/** A connected client. TaskFailure when the server is away or refuses us; RetriableError when it is only busy or restarting. */
export const connect = async (options: ConnectOptions, signal: AbortSignal): Promise<Client> => {
  const mode = options.config['database.sslmode'].toLowerCase();
  if (mode !== 'prefer' && mode !== 'allow')
    return await open(options, mode === 'disable' ? false : await tlsOptions(options.config, mode), signal);
  try {
    return await open(options, await tlsOptions(options.config, mode), signal);
  } catch (error) {
    if (!toError(error).message.includes('does not support SSL')) throw error;
    return await open(options, false, signal);
  }
};

const open = async (options: ConnectOptions, ssl: ConnectionOptions | false, signal: AbortSignal): Promise<Client> => {
  const { config } = options;
  const clientConfig: ClientConfig & { replication?: string } = {
    host: config['database.hostname'],
    port: config['database.port'],
    user: config['database.user'],
    password: config['database.password']?.reveal() ?? '',
    database: config['database.dbname'],
    application_name: options.applicationName,
    ssl,
    keepAlive: config['database.tcpKeepAlive'],
    connectionTimeoutMillis: 10_000,
    options: `${SESSION_OPTIONS}${options.isReadOnly === true ? ' -c default_transaction_read_only=on' : ''} -c statement_timeout=${options.isReplication === true ? 0 : config['database.query.timeout.ms']}`,
    ...(options.isReplication === true ? { replication: 'database' } : {}),
  };
  const client = new pg.Client(clientConfig);
  // Broken connections show in the next query or in the socket's own events.
  client.on('error', () => undefined);
  try {
    await abortable(client.connect(), signal);
    if (options.isReplication !== true) await runInitial(client, config);
    return client;
  } catch (error) {
    void client.end().catch(() => undefined);
    throw signal.aborted ? error : connectFailure(error, config);
  }
};

/** `database.initial.statements`. */
const runInitial = async (client: Client, config: PostgresConfig): Promise<void> => {
  const statements = (config['database.initial.statements'] ?? '')
    .split(/(?<!;);(?!;)/)
    .map((statement) => statement.trim().replaceAll(';;', ';'))
    .filter((statement) => statement !== '');
  for (const statement of statements) await query(client, statement);
  if (statements.length > 0) await query(client, RESET);
};

const tlsOptions = async (config: PostgresConfig, mode: string): Promise<ConnectionOptions> => {
  const file = async (path: string | null): Promise<Buffer | undefined> => (path === null ? undefined : await readFile(path));
  const [ca, cert, key] = await Promise.all([
    file(config['database.sslrootcert']),
    file(config['database.sslcert']),
    file(config['database.sslkey']),
  ]);
  const passphrase = config['database.sslpassword']?.reveal();
  return {
    rejectUnauthorized: mode.startsWith('verify'),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(passphrase === undefined || passphrase === '' ? {} : { passphrase }),
    ...(mode === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}),
  };
};

// I8: the message names server, user and database, never the password.
const connectFailure = (thrown: unknown, config: PostgresConfig): Error => {
  const error = toError(thrown);
  const server = `${config['database.hostname']}:${String(config['database.port'])}`;
  const code = systemCode(error) ?? '';
  if (code === '28P01' || code === '28000') {
    return new TaskFailure(
      errors.login_refused.code,
      `PostgreSQL at ${server} refused user "${config['database.user']}": ${error.message}. ${errors.login_refused.hint}`,
      { cause: error },
    );
  }
  if (/CERT|TLS|SSL/.test(code)) {
    return new TaskFailure(
      errors.tls_refused.code,
      `TLS with PostgreSQL at ${server} failed: ${error.message}. ${errors.tls_refused.hint}`,
      {
        cause: error,
      },
    );
  }
  if (code === '3D000') {
    return new TaskFailure(
      errors.database_missing.code,
      `Database "${config['database.dbname']}" does not exist at ${server}. ${errors.database_missing.hint}`,
      { cause: error },
    );
  }
  if (code === '42501' || code === '53300' || code.startsWith('57P')) return queryFailure(error);
  return new TaskFailure(
    errors.connection_failed.code,
    `PostgreSQL at ${server} cannot be reached: ${error.message === '' ? code : error.message}. ${errors.connection_failed.hint}`,
    { cause: error },
  );
};

/** Rows of one query. Its failures are ours: RetriableError for a broken connection, TaskFailure for a refused command. */
export const query = async <R extends object>(client: Client, text: string, values: readonly unknown[] = []): Promise<readonly R[]> => {
  try {
    const result = values.length === 0 ? await client.query<R>(text) : await client.query<R>(text, [...values]);
    return result.rows;
  } catch (error) {
    throw queryFailure(error);
  }
};

/** Rows of one query as the server prints them. */
export const queryTexts = async (client: Client, text: string): Promise<readonly (readonly (string | null)[])[]> => {
  try {
    const result = await client.query<(string | null)[]>({ text, rowMode: 'array', types: asTexts });
    return result.rows;
  } catch (error) {
    throw queryFailure(error);
  }
};

const asTexts = { getTypeParser: () => (value: string) => value } as unknown as CustomTypesConfig;

/** The socket under a client that is idle; `pg` may not be used on it any more. */
export const socketOf = (client: Client): Duplex => (client as unknown as { connection: { stream: Duplex } }).connection.stream;

/** `"name"`, doubled quotes inside. */
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** `'text'`, for the replication commands, which take no parameters. */
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;
