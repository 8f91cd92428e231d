import { ConfigError, toError, type ConfigProblem, type RawConfig } from '@headrace/foundation';
import type { RestSecurity } from '@headrace/rest-api';
import { readFileSync } from 'node:fs';
import { errors } from '../errors.ts';
import { readListenerTls } from './listener-settings.ts';
import { parseResponseHeaders } from './response-headers.ts';
import type { WorkerConfig } from './worker-config.ts';

/** What the worker's settings say about who may reach the REST API and how. Throws ConfigError with every problem. */
export const restSecurity = (config: WorkerConfig, raw: RawConfig): RestSecurity => {
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
    ...credentialsOf(config, read),
    ...corsOf(config, problems),
    ...headersOf(config, problems),
  };
  if (problems.length > 0) throw new ConfigError(errors.config_invalid.code, problems);
  return security;
};

type Read = (key: keyof WorkerConfig, path: string) => string;

const isHttps = (config: WorkerConfig): boolean => config.listeners.startsWith('https:');

const tlsOf = (config: WorkerConfig, raw: RawConfig, problems: ConfigProblem[]): Pick<RestSecurity, 'tls'> => {
  if (!isHttps(config)) return {};
  const { options, clientAuth, problems: wrong } = readListenerTls(raw);
  problems.push(...wrong);
  return { tls: { ...options, requestCert: clientAuth !== 'none', rejectUnauthorized: clientAuth === 'required' } };
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
