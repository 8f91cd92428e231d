import type { ConfigProblem, RawConfig } from '@headrace/foundation';
import type { ConnectorPlugin, PluginRegistry } from '../plugins/plugin-registry.ts';
import { allowAllOverrides, overrideKeys, overrideProblems, type ClientProblems, type OverridePolicy } from './client-overrides.ts';
import { connectorProblems } from './connector-problems.ts';
import { classProblems, crossProblems } from './cross-checks.ts';
import { commonKeys } from './definitions/common-keys.ts';
import type { PlacedKeys } from './definitions/placed-keys.ts';
import { deadLetterKeys, sinkKeys } from './definitions/sink-keys.ts';
import { sourceKeys } from './definitions/source-keys.ts';
import { topicCreationKeys } from './definitions/topic-creation-keys.ts';
import {
  aliasesIn,
  converterClassKey,
  converterKeys,
  converterSides,
  DEFAULT_HEADER_CONVERTER,
  effectiveConverter,
  givenText,
  predicateKeys,
  transformKeys,
  type ConverterSide,
} from './plugin-keys.ts';
import type { SourceSupport } from './source-checks.ts';
import { nullValuedKey, placeKeys, undefinedKey, validateKey, type DefinedKey } from './validate-key.ts';
import type { ValidateConnector, ValidatedKey, ValidationResult } from './validation.ts';

/** What a worker's own configuration contributes to the validation of connectors. */
export interface ValidatorOptions {
  /** Class names of the worker's converters: shown as defaults. The header converter defaults to Kafka Connect's. */
  readonly converters?: Readonly<Partial<Record<ConverterSide, string>>>;
  /** Default: everything may be overridden. */
  readonly overridePolicy?: OverridePolicy;
  /** What the worker offers sources. Default: nothing is held against it. */
  readonly sources?: SourceSupport;
  /** What is wrong with a client's settings taken together; keys without the prefix. Default: nothing. */
  readonly clientProblems?: ClientProblems;
}

/**
 * Makes the validation of whole connector configurations, with the entries, their order and their groups as Kafka Connect
 * answers `/config/validate`. It never throws: whatever is wrong is an error of some key. Keys that nobody defines pass.
 */
export const createValidator = (options: ValidatorOptions = {}): ValidateConnector => {
  const workerClass = { header: DEFAULT_HEADER_CONVERTER, ...options.converters };
  return (plugins, raw) => {
    const connector = plugins.connector(givenText(raw, 'connector.class') ?? '');
    const defined = [...definedKeys(plugins, raw, connector, workerClass)];
    const listed = [
      ...defined.map((key) => validateKey(key, valueOf(raw, key.name))),
      ...(connector === undefined ? [] : overrideKeys(raw, connector.kind, options.overridePolicy ?? allowAllOverrides)),
      ...converterSides.flatMap((side) => converterKeys(plugins, raw, side)).map((key) => validateKey(key, valueOf(raw, key.name))),
    ];
    const problems = [
      ...classProblems(plugins, raw),
      ...crossProblems(plugins, raw, connector, options.sources),
      ...(connector === undefined ? [] : connectorProblems(connector, raw)),
      ...(connector === undefined || options.clientProblems === undefined
        ? []
        : overrideProblems(raw, connector.kind, options.clientProblems)),
    ];
    return resultOf(raw, listed, problems);
  };
};

/** With no worker behind it: no default converters, every client setting allowed. */
export const validateConnector: ValidateConnector = createValidator();

const valueOf = (raw: RawConfig, name: string): string | null | undefined => (Object.hasOwn(raw, name) ? raw[name] : undefined);

type WorkerConverters = Readonly<Partial<Record<ConverterSide, string>>>;

/** Framework keys, transforms, predicates, then the connector's own; one of the same name takes the framework's place. */
const definedKeys = (
  plugins: PluginRegistry,
  raw: RawConfig,
  connector: ConnectorPlugin | undefined,
  workerClass: WorkerConverters,
): Iterable<DefinedKey> => {
  const keys = new Map<string, DefinedKey>();
  for (const [name, key] of Object.entries(frameworkKeys(raw, connector))) keys.set(name, { name, key });
  for (const side of converterSides) {
    const [key, version] = [commonKeys[`${side}.converter`], `${side}.converter.plugin.version`];
    if (key !== undefined) keys.set(`${side}.converter`, converterClassKey(plugins, side, key, workerClass[side]));
    const plugin = effectiveConverter(plugins, raw, side, workerClass[side]);
    const isNamed = givenText(raw, `${side}.converter`) !== undefined || workerClass[side] !== undefined;
    withVersion(keys, version, { version: plugin?.version, isVisible: isNamed });
  }
  withVersion(keys, 'connector.plugin.version', { version: connector?.version, isVisible: true });
  for (const key of [...transformKeys(plugins, raw), ...predicateKeys(plugins, raw)]) keys.set(key.name, key);
  for (const [name, key] of placeKeys(connector?.config.keys ?? {})) keys.set(name, { name, key });
  return keys.values();
};

/** Framework keys for a connector of that kind; the common ones where the class is not known. */
const frameworkKeys = (raw: RawConfig, connector: ConnectorPlugin | undefined): PlacedKeys => {
  if (connector === undefined) return commonKeys;
  if (connector.kind === 'sink') return { ...commonKeys, ...sinkKeys };
  const createsTopics = Object.keys(raw).some((name) => name.startsWith('topic.creation.') && name !== 'topic.creation.groups');
  const groups = aliasesIn(raw, 'topic.creation.groups');
  const hasQueue = Object.keys(raw).some((name) => Object.hasOwn(deadLetterKeys, name));
  return {
    ...commonKeys,
    ...(hasQueue ? deadLetterKeys : {}),
    ...sourceKeys,
    ...(createsTopics || groups.length > 0 ? topicCreationKeys(groups) : {}),
  };
};

/** The installed version as default and as the only recommendation. */
const withVersion = (
  keys: Map<string, DefinedKey>,
  name: string,
  { version, isVisible }: { readonly version: string | undefined; readonly isVisible: boolean },
): void => {
  const defined = keys.get(name);
  if (defined === undefined) return;
  const recommended = version === undefined ? [] : [version];
  keys.set(name, { ...defined, key: { ...defined.key, default: version ?? null }, recommended, isVisible });
};

const resultOf = (raw: RawConfig, listed: readonly ValidatedKey[], problems: readonly ConfigProblem[]): ValidationResult => {
  const messages = Map.groupBy(problems, (problem) => problem.key);
  const names = new Set(listed.map((key) => key.name));
  const stray = [...messages.keys()].filter((name) => !names.has(name));
  const nullKeys = Object.keys(raw).filter((name) => raw[name] === null && !names.has(name) && !stray.includes(name));
  const keys = [...nullKeys.map(nullValuedKey), ...stray.map((name) => undefinedKey(name, null, [])), ...listed].map((key) => {
    const own = messages.get(key.name)?.map((problem) => problem.message);
    return own === undefined ? key : { ...key, errors: [...key.errors, ...own] };
  });
  const groups = new Set(keys.map((key) => key.definition?.group).filter((group) => group !== undefined));
  return {
    name: givenText(raw, 'connector.class') ?? '',
    groups: [...groups],
    keys,
    errorCount: keys.reduce((count, key) => count + key.errors.length, 0),
  };
};
