import { isIP } from 'node:net';
import { readTlsOptions, tlsProblems, type ClientSettings, type Clock, type ConfigProblem } from '@headrace/foundation';
import type { Broker, ConnectionOptions } from '@platformatic/kafka';
import { OAuthTokens } from './oauth-tokens.ts';
import { parseSaslSettings, unknownSaslSettings, type SaslLogin } from './sasl-settings.ts';

const protocols = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const;
type Protocol = (typeof protocols)[number];

/** Whether a client setting says as whom to connect, and by what means. */
export const isLoginSetting = (key: string): boolean => key === 'security.protocol' || key.startsWith('sasl.') || key.startsWith('ssl.');

/** Whether a client setting says whom to connect to, or how. */
export const isConnectionSetting = (key: string): boolean => key === 'bootstrap.servers' || isLoginSetting(key);

/** What is wrong with `bootstrap.servers`, `security.protocol`, `sasl.*` and `ssl.*`, without a look at any file. */
export const connectionProblems = (settings: ClientSettings): readonly ConfigProblem[] => {
  const protocol = protocolOf(settings);
  const brokers = settings['bootstrap.servers'];
  return [
    ...(brokers === undefined ? [] : parseBrokers(brokers).problems),
    ...(protocol === undefined ? [protocolProblem(settings)] : []),
    ...tlsProblems(settings),
    ...(protocol?.startsWith('SASL') === true ? parseSaslSettings(settings).problems : unknownSaslSettings(settings)),
  ];
};

export interface ConnectionSettings {
  readonly brokers: readonly Broker[];
  readonly connection: Pick<ConnectionOptions, 'tls' | 'tlsServerName' | 'sasl'>;
  readonly problems: readonly ConfigProblem[];
}

/** How to connect, with the files that the settings name read now. Meaningless where there are problems. */
export const readConnectionSettings = (settings: ClientSettings, clock: Clock): ConnectionSettings => {
  const { brokers } = parseBrokers(settings['bootstrap.servers'] ?? '');
  const wrong = connectionProblems(settings);
  const protocol = protocolOf(settings) ?? 'PLAINTEXT';
  if (wrong.length > 0) return { brokers, connection: {}, problems: wrong };
  const tls = protocol.endsWith('SSL') ? readTlsOptions(settings) : undefined;
  const { login } = protocol.startsWith('SASL') ? parseSaslSettings(settings) : {};
  return {
    brokers,
    connection: {
      // A name for the server is sent where brokers have names: addresses are not allowed there.
      ...(tls === undefined ? {} : { tls: tls.options, tlsServerName: brokers.every(({ host }) => isIP(host) === 0) }),
      ...(login === undefined ? {} : { sasl: saslOptions(login, clock) }),
    },
    problems: tls?.problems ?? [],
  };
};

const saslOptions = (login: SaslLogin, clock: Clock): NonNullable<ConnectionOptions['sasl']> => {
  const { mechanism } = login;
  if (mechanism !== 'OAUTHBEARER') return { mechanism, username: login.username, password: () => login.password.reveal() };
  const tokens = new OAuthTokens(login.source, clock);
  return { mechanism, token: () => tokens.token() };
};

const protocolOf = (settings: ClientSettings): Protocol | undefined => {
  const wanted = (settings['security.protocol'] ?? 'PLAINTEXT').toUpperCase();
  return protocols.find((protocol) => protocol === wanted);
};

const protocolProblem = (settings: ClientSettings): ConfigProblem => {
  const [key, value] = ['security.protocol', settings['security.protocol'] ?? ''];
  return { key, value, message: `${key} is "${value}"; it has to be one of ${protocols.join(', ')}.` };
};

/** `host:port,[::1]:port`. */
const parseBrokers = (text: string): { readonly brokers: readonly Broker[]; readonly problems: readonly ConfigProblem[] } => {
  const key = 'bootstrap.servers';
  const brokers: Broker[] = [];
  const problems: ConfigProblem[] = [];
  for (const address of text.split(',').map((item) => item.trim())) {
    const colon = address.lastIndexOf(':');
    const port = Number(address.slice(colon + 1));
    if (colon > 0 && Number.isInteger(port) && port > 0) brokers.push({ host: address.slice(0, colon).replace(/^\[|\]$/g, ''), port });
    else problems.push({ key, value: text, message: `${key}: "${address}" is not the address of a Kafka broker, host:port.` });
  }
  return { brokers, problems };
};
