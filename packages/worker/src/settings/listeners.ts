import type { ConfigProblem } from '@headrace/foundation';
import { hostname } from 'node:os';

/** An address of the REST API. */
export interface Listener {
  readonly scheme: 'http' | 'https';
  /** Empty: every address of this machine. An IPv6 address is without its brackets. */
  readonly host: string;
  readonly port: number;
}

/** The settings that say where a worker is reached. */
export interface ListenerConfig {
  readonly listeners: readonly string[];
  readonly 'rest.advertised.listener': string | null;
  readonly 'rest.advertised.host.name': string | null;
  readonly 'rest.advertised.port': number | null;
}

type Choice = Pick<ListenerConfig, 'listeners' | 'rest.advertised.listener'>;

/** Scheme, host, port. Kafka's quick start has `http://:8083`, which is no URL to others. */
const SHAPE = /^(https?):\/\/(?:\[([\da-f:.]+)\]|([\w.-]*)):(\d{1,5})\/?$/i;

const MAX_PORT = 65_535;

/** undefined where the text is none. */
const parseListener = (text: string): Listener | undefined => {
  const [, scheme = '', bracketed, host = '', port = ''] = SHAPE.exec(text) ?? [];
  if (scheme === '' || Number(port) > MAX_PORT) return undefined;
  return { scheme: scheme.toLowerCase() === 'https' ? 'https' : 'http', host: bracketed ?? host, port: Number(port) };
};

export const parseListeners = (texts: readonly string[]): readonly Listener[] =>
  texts.map(parseListener).filter((listener) => listener !== undefined);

export const listenersProblem = (texts: readonly string[]): string | undefined => {
  const wrong = texts.find((text) => parseListener(text) === undefined);
  return wrong === undefined ? undefined : `${wrong} is no address such as http://0.0.0.0:8083 or https://:8443`;
};

/**
 * The listener that others are sent to, where `rest.advertised.host.name` and `.port` say nothing else: that of
 * `rest.advertised.listener`, else the first by HTTP, else the first. undefined where there is none of that scheme.
 */
const advertisedListener = (config: Choice): Listener | undefined => {
  const listeners = parseListeners(config.listeners);
  const scheme = config['rest.advertised.listener']?.toLowerCase();
  if (scheme !== undefined) return listeners.find((listener) => listener.scheme === scheme);
  return listeners.find((listener) => listener.scheme === 'http') ?? listeners[0];
};

export const advertisedListenerProblems = (config: Partial<Choice>): readonly ConfigProblem[] => {
  const { listeners, 'rest.advertised.listener': scheme = null } = config;
  if (listeners === undefined) return [];
  if (listeners.length === 0) return [{ key: 'listeners', message: 'listeners is empty: give one address at least.' }];
  if (scheme === null || advertisedListener({ listeners, 'rest.advertised.listener': scheme }) !== undefined) return [];
  const message = `rest.advertised.listener is ${scheme}, and none of listeners is of that kind: ${listeners.join(', ')}.`;
  return [{ key: 'rest.advertised.listener', message }];
};

/** `host:port` by which this worker is known in statuses and to clients. */
export const advertisedAddress = (config: ListenerConfig): string => {
  const { host: own, port: ownPort } = advertisedListener(config) ?? { host: '', port: 0 };
  const host = config['rest.advertised.host.name'] ?? (own === '' ? hostname() : own);
  const port = config['rest.advertised.port'] ?? ownPort;
  return `${host.includes(':') ? `[${host}]` : host}:${String(port)}`;
};

/** By which other workers and clients reach this one. */
export const advertisedUrl = (config: ListenerConfig): string =>
  `${advertisedListener(config)?.scheme ?? 'http'}://${advertisedAddress(config)}`;
