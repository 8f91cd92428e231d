import { ConfigError, toError, type ConfigProblem, type RawConfig } from '@headrace/foundation';
import type { RestSecurity } from '@headrace/rest-api';
import { readFileSync } from 'node:fs';
import { errors } from '../errors.ts';
import { readListenerTls, type ListenerPrefix } from './listener-settings.ts';
import { parseListeners } from './listeners.ts';
import { parseResponseHeaders } from './response-headers.ts';
import type { WorkerConfig } from './worker-config.ts';

type ListenerTlsOptions = NonNullable<RestSecurity['tls']>;

/** Who may reach the REST API, by which TLS where a listener is one by HTTPS. */
export interface ListenerSecurity {
  /** Of all listeners. */
  readonly shared: Omit<RestSecurity, 'tls'>;
  /** Of `listeners`. */
  readonly tls?: ListenerTlsOptions;
  /** Of `admin.listeners`. */
  readonly adminTls?: ListenerTlsOptions;
}

/** What the worker's settings say about who may reach the REST API and how. Throws ConfigError with every problem. */
export const restSecurity = (config: WorkerConfig, raw: RawConfig): ListenerSecurity => {
  const problems: ConfigProblem[] = [];
  const read = (key: keyof WorkerConfig, path: string): string => {
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      problems.push({ key, message: `The file of ${key} cannot be read: ${toError(error).message}` });
      return '';
    }
  };
  const security = {
    ...tlsOf(config, raw, problems),
    shared: { ...credentialsOf(config, read), ...corsOf(config, problems), ...headersOf(config, problems) },
  };
  if (problems.length > 0) throw new ConfigError(errors.config_invalid.code, problems);
  return security;
};

type Read = (key: keyof WorkerConfig, path: string) => string;

const tlsOf = (config: WorkerConfig, raw: RawConfig, problems: ConfigProblem[]): Pick<ListenerSecurity, 'tls' | 'adminTls'> => {
  const read = (listeners: readonly string[], prefix: ListenerPrefix): ListenerTlsOptions | undefined => {
    if (parseListeners(listeners).every(({ scheme }) => scheme === 'http')) return undefined;
    const { options, clientAuth, problems: wrong } = readListenerTls(raw, prefix);
    problems.push(...wrong);
    return { ...options, requestCert: clientAuth !== 'none', rejectUnauthorized: clientAuth === 'required' };
  };
  const tls = read(config.listeners, 'listeners.https.');
  const adminTls = read(config['admin.listeners'] ?? [], 'admin.listeners.https.');
  return { ...(tls === undefined ? {} : { tls }), ...(adminTls === undefined ? {} : { adminTls }) };
};

/** One per line; empty lines and those that begin with # do not count. */
const linesOf = (text: string): readonly string[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));

const credentialsOf = (config: WorkerConfig, read: Read): Pick<RestSecurity, 'credentials'> => {
  const lines = (key: 'rest.basic.auth.file' | 'rest.bearer.auth.file'): readonly string[] =>
    config[key] === null ? [] : linesOf(read(key, config[key]));
  if (config['rest.basic.auth.file'] === null && config['rest.bearer.auth.file'] === null) return {};
  return { credentials: { basic: lines('rest.basic.auth.file'), bearer: lines('rest.bearer.auth.file') } };
};

const corsOf = (config: WorkerConfig, problems: ConfigProblem[]): Pick<RestSecurity, 'cors'> => {
  const key = 'access.control.allow.origin';
  const texts = config[key];
  if (texts.length === 0) return {};
  const origins = texts.flatMap((text) => {
    try {
      return [new RegExp(`^(?:${text === '*' ? '.*' : text})$`, 'i')];
    } catch (error) {
      problems.push({ key, value: text, message: `Invalid value ${text} for configuration ${key}: ${toError(error).message}` });
      return [];
    }
  });
  const methods = config['access.control.allow.methods'];
  return { cors: { origins, methods: methods.length === 0 ? DEFAULT_METHODS : methods } };
};

const DEFAULT_METHODS = ['GET', 'POST', 'HEAD'];

const headersOf = (config: WorkerConfig, problems: ConfigProblem[]): Pick<RestSecurity, 'headers'> => {
  const key = 'response.http.headers.config';
  const { headers, wrong } = parseResponseHeaders(config[key]);
  problems.push(
    ...wrong.map((value) => ({
      key,
      value,
      message: `Invalid value ${value} for configuration ${key}: each entry is set, add, setDate or addDate, a name, a colon and a value`,
    })),
  );
  return headers.length === 0 ? {} : { headers };
};
