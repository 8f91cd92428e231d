import {
  pickSettings,
  readTlsOptions,
  type ClientSettings,
  type ConfigProblem,
  type RawConfig,
  type TlsOptions,
} from '@headrace/foundation';
import { prefixedProblem } from './prefixed-problem.ts';

/** Of the listeners whose TLS it is; `ssl.*` without a prefix is that of both where they have none. */
export type ListenerPrefix = 'listeners.https.' | 'admin.listeners.https.';

const prefixes: readonly ListenerPrefix[] = ['listeners.https.', 'admin.listeners.https.'];

export const isListenerSetting = (key: string): boolean => prefixes.some((prefix) => key.startsWith(`${prefix}ssl.`));

export interface ListenerTls {
  readonly options: TlsOptions;
  readonly clientAuth: 'required' | 'requested' | 'none';
  readonly problems: readonly ConfigProblem[];
}

/**
 * TLS of https listeners: from `listeners.https.ssl.*` (`admin.listeners.https.ssl.*`), or where there is none of them from
 * the `ssl.*` of the worker's Kafka clients, as in Kafka Connect.
 */
export const readListenerTls = (raw: RawConfig, own: ListenerPrefix): ListenerTls => {
  const prefix = Object.keys(raw).some((key) => key.startsWith(`${own}ssl.`)) ? own : '';
  const { 'ssl.client.auth': asked = 'none', ...settings } = sslSettings(raw, prefix);
  const clientAuth = clientAuths.find((known) => known === asked.toLowerCase());
  const { options, problems } = readTlsOptions(settings);
  const wrong: readonly ConfigProblem[] = [
    ...problems,
    ...(options.key === undefined && options.pfx === undefined && problems.length === 0 ? [noKey] : []),
    ...(clientAuth === undefined ? [clientAuthProblem(asked)] : []),
  ];
  return { options, clientAuth: clientAuth ?? 'none', problems: wrong.map((problem) => prefixedProblem(prefix, problem)) };
};

const clientAuths = ['required', 'requested', 'none'] as const;

const clientAuthProblem = (value: string): ConfigProblem => ({
  key: 'ssl.client.auth',
  value,
  message: `ssl.client.auth is "${value}"; it has to be one of ${clientAuths.join(', ')}.`,
});

const noKey: ConfigProblem = {
  key: 'ssl.keystore.location',
  message: 'An https listener needs ssl.keystore.location: a PEM or PKCS12 file with the private key and the certificates.',
};

const sslSettings = (raw: RawConfig, prefix: string): ClientSettings =>
  pickSettings(raw, (key) => (key.startsWith(`${prefix}ssl.`) ? key.slice(prefix.length) : undefined));
