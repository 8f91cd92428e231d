import { systemCode, toError } from '@headrace/foundation';
import type { ErrorBody } from '@headrace/rest-contract';
import { CliError, failure, usageError } from './cli-error.ts';
import { parseExact } from './exact-json.ts';
import { exitCodes } from './exit-codes.ts';

export interface RestAnswer {
  readonly status: number;
  /** Parsed; undefined where there was no body. */
  readonly body: unknown;
}

/** Speaks to whichever worker answers first. Statuses from 400 reject with the cluster's own sentence. */
export interface RestClient {
  get<T>(path: string): Promise<T>;
  /** Like `get`; undefined for 404. */
  find<T>(path: string): Promise<T | undefined>;
  send(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<RestAnswer>;
}

/** Beyond the server's own 90 s, so that its explanation arrives. */
const REQUEST_TIMEOUT_MS = 100_000;

interface Worker {
  readonly base: string;
  readonly authorization: string | undefined;
}

/** `urls`: addresses of workers, separated by commas; user and password in one are sent as basic authentication. */
export const createRestClient = (urls: string): RestClient => {
  const workers = urls
    .split(',')
    .map((url) => url.trim())
    .filter((url) => url !== '')
    .map(workerAt);
  if (workers.length === 0) throw usageError('No address of a worker: give --url or HEADRACE_URL.');
  const call = (method: string, path: string, body?: unknown): Promise<RestAnswer> => callAny(workers, { method, path, body });
  return {
    get: async <T>(path: string) => accepted(await call('GET', path)).body as T,
    find: async <T>(path: string) => {
      const answer = await call('GET', path);
      return answer.status === 404 ? undefined : (accepted(answer).body as T);
    },
    send: async (method, path, body) => accepted(await call(method, path, body)),
  };
};

const workerAt = (text: string): Worker => {
  const url = URL.parse(text.includes('://') ? text : `http://${text}`);
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw usageError(`"${text}" is not the address of a worker, such as http://host:8083.`);
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return {
    base: `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}`,
    authorization: url.username === '' ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`,
  };
};

interface Request {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

/** Codes of connections that were never made: nothing can have happened yet. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);

/** Only POST is not to be repeated once it may have been received. */
const callAny = async (workers: readonly Worker[], request: Request): Promise<RestAnswer> => {
  const reasons: string[] = [];
  for (const worker of workers) {
    try {
      return await callOne(worker, request);
    } catch (error) {
      const { code, reason } = explain(error);
      reasons.push(`${worker.base} (${reason})`);
      if (request.method === 'POST' && !NEVER_SENT.has(code)) {
        throw new CliError(
          exitCodes.unreachable,
          `The connection to ${worker.base} broke (${reason}): whether the request was carried out is not known.`,
        );
      }
    }
  }
  throw new CliError(
    exitCodes.unreachable,
    `No worker answers at ${reasons.join(', ')}. Start one, or name others with --url or HEADRACE_URL.`,
  );
};

const callOne = async ({ base, authorization }: Worker, { method, path, body }: Request): Promise<RestAnswer> => {
  const response = await fetch(base + path, {
    method,
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(authorization === undefined ? {} : { authorization }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  });
  const text = await response.text();
  if (text === '') return { status: response.status, body: undefined };
  try {
    return { status: response.status, body: parseExact(text) };
  } catch {
    throw failure(`${base}${path} answered ${String(response.status)} with something that is not JSON: is a worker listening there?`);
  }
};

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'host name cannot be resolved now',
};

/** fetch hides what happened in `cause`. */
const explain = (error: unknown): { readonly code: string; readonly reason: string } => {
  if (error instanceof CliError) throw error;
  const outer = toError(error);
  const cause = outer.cause ?? outer;
  const code = systemCode(cause) ?? '';
  if (outer.name === 'TimeoutError') return { code, reason: `no answer within ${String(REQUEST_TIMEOUT_MS / 1_000)} s` };
  return { code, reason: REASONS[code] ?? toError(cause).message };
};

const accepted = (answer: RestAnswer): RestAnswer => {
  if (answer.status < 400) return answer;
  const { message } = (answer.body ?? {}) as Partial<ErrorBody>;
  throw failure(message ?? `The worker answered ${String(answer.status)} without an explanation.`);
};
