import { ConfigError, defineConfig, Secret, type ConfigKey, type ConfigOf, type ConfigProblem, type RawConfig } from '@headrace/foundation';
import { subjectNameOf, subjectNames, topicNameStrategy, type SubjectName } from './subject-name.ts';

/** A setting that is known, and supported only at its default: another value is refused instead of ignored. */
export const onlyDefault = <T extends 'BOOLEAN' | 'STRING' | 'INT'>(type: T, only: string, doc: string): ConfigKey<T, string> => ({
  type,
  default: only,
  importance: 'LOW',
  doc: `${doc} Only ${only === '' ? 'an empty value' : only} is supported.`,
  validate: (value) => (String(value) === only ? undefined : `not supported, leave it at ${only === '' ? 'its default' : only}`),
});

const strategy = (side: string) =>
  ({
    type: 'CLASS',
    default: 'io.confluent.kafka.serializers.subject.TopicNameStrategy',
    importance: 'MEDIUM',
    doc: `How the subject of a ${side} schema is named: ${Object.keys(subjectNames).join(', ')}.`,
    validate: (value: string) =>
      subjectNameOf(value) === undefined ? `must be one of ${Object.keys(subjectNames).join(', ')}` : undefined,
  }) as const;

const cacheSize = {
  type: 'INT',
  default: '1000',
  importance: 'LOW',
  doc: 'Accepted and not needed: schemas are kept as long as the task.',
} as const;

/** What every converter under a registry can be told about it. */
export const registryKeys = {
  'schema.registry.url': {
    type: 'LIST',
    default: null,
    importance: 'HIGH',
    doc: 'Bases of the Confluent-compatible API of the schema registry, comma separated. Required unless apicurio.registry.url is given.',
  },
  'apicurio.registry.url': {
    type: 'STRING',
    default: null,
    importance: 'MEDIUM',
    doc: "Base of Apicurio's own API, as its converter takes it; its Confluent-compatible API is used.",
  },
  'auto.register.schemas': {
    type: 'BOOLEAN',
    default: 'true',
    importance: 'MEDIUM',
    doc: 'Register schemas that the subject does not hold.',
  },
  'apicurio.registry.auto-register': {
    type: 'BOOLEAN',
    default: null,
    importance: 'MEDIUM',
    doc: "Apicurio's name of auto.register.schemas; wins where it is given.",
  },
  'basic.auth.credentials.source': {
    type: 'STRING',
    default: 'URL',
    importance: 'MEDIUM',
    doc: 'Where the user and password are: in the URL, or in basic.auth.user.info.',
    values: ['URL', 'USER_INFO'],
  },
  'basic.auth.user.info': {
    type: 'PASSWORD',
    default: null,
    importance: 'MEDIUM',
    doc: 'user:password, with basic.auth.credentials.source=USER_INFO.',
  },
  'bearer.auth.credentials.source': {
    type: 'STRING',
    default: null,
    importance: 'MEDIUM',
    doc: 'STATIC_TOKEN, or nothing.',
    values: ['STATIC_TOKEN'],
  },
  'bearer.auth.token': {
    type: 'PASSWORD',
    default: null,
    importance: 'MEDIUM',
    doc: 'The token, with bearer.auth.credentials.source=STATIC_TOKEN.',
  },
  'key.subject.name.strategy': strategy('key'),
  'value.subject.name.strategy': strategy('value'),
  'schemas.cache.size': cacheSize,
  'schemas.cache.config': cacheSize,
  'max.schemas.per.subject': cacheSize,
  'use.schema.id': onlyDefault('INT', '-1', 'Write with one given schema.'),
  'normalize.schemas': {
    type: 'BOOLEAN',
    default: 'false',
    importance: 'LOW',
    doc: 'Has the registry take schemas for the same that differ in their form only.',
  },
} as const;

const registryConfig = defineConfig(registryKeys);

export interface RegistrySettings {
  readonly urls: readonly string[];
  /** Value of the Authorization header. */
  readonly authorization: Secret | undefined;
  readonly isRegistering: boolean;
  readonly isNormalizing: boolean;
  readonly subjectName: SubjectName;
}

/** The registry's part of a converter's settings; ConfigError with every problem, those that the converter found itself included. */
export const registrySettings = (raw: RawConfig, isKey: boolean, problems: readonly ConfigProblem[]): RegistrySettings => {
  const { values, problems: own } = registryConfig.parse(raw);
  const all: ConfigProblem[] = [...problems, ...unsupportedTls(raw)];
  const urls = own.length > 0 ? [] : registryUrls(values['schema.registry.url'], values['apicurio.registry.url']);
  if (own.length === 0 && urls.length === 0) {
    all.push({ key: 'schema.registry.url', message: 'Missing required configuration "schema.registry.url" which has no default value.' });
  }
  const broken = urls.find((url) => !URL.canParse(url));
  if (broken !== undefined) {
    all.push({ key: 'schema.registry.url', message: 'Invalid value for configuration schema.registry.url: must be an http or https URL' });
  }
  if (all.length > 0) throw new ConfigError('config.invalid', all);
  const strategyName = values[isKey ? 'key.subject.name.strategy' : 'value.subject.name.strategy'];
  return {
    urls: urls.map(withoutCredentials),
    authorization: authorizationOf(values, urls),
    isRegistering: values['apicurio.registry.auto-register'] ?? values['auto.register.schemas'],
    isNormalizing: values['normalize.schemas'],
    subjectName: subjectNameOf(strategyName) ?? topicNameStrategy,
  };
};

const unsupportedTls = (raw: RawConfig): ConfigProblem[] =>
  Object.keys(raw)
    .filter((key) => key.startsWith('schema.registry.ssl.'))
    .map((key) => ({
      key,
      message: `Invalid value for configuration ${key}: key stores are not supported; trust the registry's authority through NODE_EXTRA_CA_CERTS`,
    }));

const registryUrls = (confluent: readonly string[] | null, apicurio: string | null): readonly string[] => {
  if (confluent !== null && confluent.length > 0) return confluent;
  if (apicurio === null) return [];
  return [apicurio.replace(/\/+$/, '').replace(/\/apis\/(?:registry|ccompat)\/v\d+$/, '') + '/apis/ccompat/v7'];
};

const withoutCredentials = (url: string): string => {
  const parsed = new URL(url);
  if (parsed.username === '' && parsed.password === '') return url;
  parsed.username = '';
  parsed.password = '';
  return parsed.toString();
};

const authorizationOf = (values: ConfigOf<typeof registryKeys>, urls: readonly string[]): Secret | undefined => {
  const token = values['bearer.auth.token'];
  if (values['bearer.auth.credentials.source'] !== null && token !== null) return new Secret(`Bearer ${token.reveal()}`);
  if (values['basic.auth.credentials.source'] === 'USER_INFO') {
    const userInfo = values['basic.auth.user.info'];
    return userInfo === null ? undefined : basic(userInfo.reveal());
  }
  const { username, password } = new URL(urls[0] ?? 'http://localhost');
  return username === '' ? undefined : basic(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
};

const basic = (userInfo: string): Secret => new Secret(`Basic ${Buffer.from(userInfo).toString('base64')}`);
