import {
  ConfigError,
  defineConfig,
  Secret,
  type ConfigDef,
  type ConfigKey,
  type ConfigProblem,
  type RawConfig,
} from '@headrace/foundation';
import { subjectNameOf, subjectNames, topicNameStrategy, type SubjectName } from './subject-name.ts';

/** A setting that is known, and supported only at its default: another value is refused instead of ignored. */
const onlyDefault = <T extends 'BOOLEAN' | 'STRING' | 'INT'>(type: T, only: string, doc: string): ConfigKey<T, string> => ({
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

const keys = {
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
  'connect.meta.data': { type: 'BOOLEAN', default: 'true', importance: 'LOW', doc: 'Write connect.* properties into Avro schemas.' },
  'enhanced.avro.schema.support': {
    type: 'BOOLEAN',
    default: 'false',
    importance: 'MEDIUM',
    doc: 'Keep Avro enums, and full names in unions.',
  },
  'schemas.cache.size': cacheSize,
  'schemas.cache.config': cacheSize,
  'max.schemas.per.subject': cacheSize,
  'ignore.default.for.nullables': onlyDefault('BOOLEAN', 'true', 'A null stays a null where the column has a default.'),
  'use.latest.version': onlyDefault('BOOLEAN', 'false', 'Write with the latest schema of the subject.'),
  'use.schema.id': onlyDefault('INT', '-1', 'Write with one given schema.'),
  'normalize.schemas': onlyDefault('BOOLEAN', 'false', 'Normalize schemas before they are registered.'),
  'scrub.invalid.names': onlyDefault('BOOLEAN', 'false', 'Replace characters in names that Avro does not allow.'),
  'allow.optional.map.keys': onlyDefault('BOOLEAN', 'false', 'Write maps with optional string keys as Avro maps.'),
  'flatten.singleton.unions': onlyDefault('BOOLEAN', 'true', 'Read a union of one type as that type.'),
  'discard.type.doc.default': onlyDefault('BOOLEAN', 'false', 'Leave docs and defaults of types away.'),
  'generalized.sum.type.support': onlyDefault('BOOLEAN', 'false', 'Represent unions and enums as sum types.'),
} as const;

export const avroConverterConfig: ConfigDef<typeof keys> = defineConfig(keys);

/** What a converter instance runs with. */
export interface AvroConverterSettings {
  readonly urls: readonly string[];
  readonly authorization: Secret | undefined;
  readonly isRegistering: boolean;
  readonly subjectName: SubjectName;
  readonly isAnnotated: boolean;
  readonly isEnhanced: boolean;
}

/** Parses the settings of one side; ConfigError with every problem. */
export const avroConverterSettings = (raw: RawConfig, isKey: boolean): AvroConverterSettings => {
  const { values, problems } = avroConverterConfig.parse(raw);
  const all: ConfigProblem[] = [...problems, ...unsupportedTls(raw)];
  const urls = problems.length > 0 ? [] : registryUrls(values['schema.registry.url'], values['apicurio.registry.url']);
  if (problems.length === 0 && urls.length === 0) {
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
    subjectName: subjectNameOf(strategyName) ?? topicNameStrategy,
    isAnnotated: values['connect.meta.data'],
    isEnhanced: values['enhanced.avro.schema.support'],
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

const authorizationOf = (values: ReturnType<typeof avroConverterConfig.parse>['values'], urls: readonly string[]): Secret | undefined => {
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
