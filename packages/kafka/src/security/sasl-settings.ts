import { Secret, type ClientSettings, type ConfigProblem } from '@headrace/foundation';
import { parseJaasConfig, type JaasEntry } from './jaas-config.ts';
import type { TokenSource } from './oauth-tokens.ts';

export type SaslLogin =
  | { readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'; readonly username: string; readonly password: Secret }
  | { readonly mechanism: 'OAUTHBEARER'; readonly source: TokenSource };

const modules = {
  PLAIN: 'PlainLoginModule',
  'SCRAM-SHA-256': 'ScramLoginModule',
  'SCRAM-SHA-512': 'ScramLoginModule',
  OAUTHBEARER: 'OAuthBearerLoginModule',
} as const;

type Mechanism = keyof typeof modules;

const isMechanism = (text: string): text is Mechanism => Object.hasOwn(modules, text);

/** The `sasl.*` settings that have an effect. */
const known: ReadonlySet<string> = new Set([
  'sasl.mechanism',
  'sasl.jaas.config',
  'sasl.login.callback.handler.class',
  'sasl.oauthbearer.token.endpoint.url',
  'sasl.oauthbearer.scope',
  'sasl.oauthbearer.client.credentials.client.id',
  'sasl.oauthbearer.client.credentials.client.secret',
]);

const tokenUrlKey = 'sasl.oauthbearer.token.endpoint.url';
const handlerKey = 'sasl.login.callback.handler.class';
const handlerClass = 'OAuthBearerLoginCallbackHandler';

interface Parsed {
  readonly login?: SaslLogin;
  readonly problems: readonly ConfigProblem[];
}

/** The login that the settings describe, or what is wrong with them. Secrets are never part of a problem. */
export const parseSaslSettings = (settings: ClientSettings): Parsed => {
  const unknown = unknownSaslSettings(settings);
  const mechanism = settings['sasl.mechanism'] ?? 'GSSAPI';
  if (!isMechanism(mechanism)) {
    const message = `sasl.mechanism is ${mechanism}; supported are ${Object.keys(modules).join(', ')}.`;
    return { problems: [...unknown, { key: 'sasl.mechanism', value: mechanism, message }] };
  }
  const parsed = mechanism === 'OAUTHBEARER' ? parseOAuth(settings) : parsePassword(settings, mechanism);
  return unknown.length === 0 ? parsed : { problems: [...unknown, ...parsed.problems] };
};

export const unknownSaslSettings = (settings: ClientSettings): readonly ConfigProblem[] =>
  Object.keys(settings)
    .filter((key) => key.startsWith('sasl.') && !known.has(key))
    .map((key) => ({ key, message: `${key} is not supported: remove it. Supported are ${[...known].join(', ')}.` }));

const parsePassword = (settings: ClientSettings, mechanism: Exclude<Mechanism, 'OAUTHBEARER'>): Parsed => {
  const entry = jaasEntry(settings, mechanism);
  if ('problems' in entry) return entry;
  const [username, password] = [entry.options.get('username'), entry.options.get('password')];
  if (username === undefined || password === undefined) return jaasProblem(`has to name username and password for ${mechanism}`);
  return { login: { mechanism, username, password: new Secret(password) }, problems: [] };
};

const parseOAuth = (settings: ClientSettings): Parsed => {
  const entry = settings['sasl.jaas.config'] === undefined ? undefined : jaasEntry(settings, 'OAUTHBEARER');
  if (entry !== undefined && 'problems' in entry) return entry;
  const handler = settings[handlerKey];
  if (handler !== undefined && !handler.endsWith(handlerClass)) {
    return { problems: [{ key: handlerKey, value: handler, message: `${handlerKey} can only be ${handlerClass} of Kafka: remove it.` }] };
  }
  const options = entry?.options ?? new Map<string, string>();
  const subject = options.get('unsecuredLoginStringClaim_sub');
  if (settings[tokenUrlKey] === undefined && subject !== undefined) return oauth({ kind: 'unsecured', subject });
  return parseClientCredentials(settings, options);
};

const parseClientCredentials = (settings: ClientSettings, options: ReadonlyMap<string, string>): Parsed => {
  const url = settings[tokenUrlKey] ?? '';
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    return { problems: [{ key: tokenUrlKey, message: `${tokenUrlKey} has to be the http or https URL that gives tokens.` }] };
  }
  const clientId = settings['sasl.oauthbearer.client.credentials.client.id'] ?? options.get('clientId');
  const clientSecret = settings['sasl.oauthbearer.client.credentials.client.secret'] ?? options.get('clientSecret');
  if (clientId === undefined || clientSecret === undefined) return jaasProblem('has to name clientId and clientSecret for OAUTHBEARER');
  const scope = settings['sasl.oauthbearer.scope'] ?? options.get('scope');
  return oauth({ kind: 'client-credentials', url, clientId, clientSecret: new Secret(clientSecret), scope });
};

const oauth = (source: TokenSource): Parsed => ({ login: { mechanism: 'OAUTHBEARER', source }, problems: [] });

const jaasEntry = (settings: ClientSettings, mechanism: Mechanism): JaasEntry | { readonly problems: readonly ConfigProblem[] } => {
  const text = settings['sasl.jaas.config'];
  if (text === undefined) return jaasProblem(`is missing: ${mechanism} needs it`);
  const entry = parseJaasConfig(text);
  if (entry === undefined) return jaasProblem('has to be one login module with its options: Module required name="value";');
  return entry.module === modules[mechanism]
    ? entry
    : jaasProblem(`names another login module than ${modules[mechanism]}, which ${mechanism} needs`);
};

const jaasProblem = (what: string): { readonly problems: readonly ConfigProblem[] } => ({
  problems: [{ key: 'sasl.jaas.config', message: `sasl.jaas.config ${what}.` }],
});
