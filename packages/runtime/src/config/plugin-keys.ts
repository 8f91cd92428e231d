import type { ConverterPlugin, PredicatePlugin, TransformPlugin } from '@headrace/connector-api';
import type { ConfigKey, ConfigKeys, RawConfig } from '@headrace/foundation';
import type { Plugin, PluginRegistry } from '../plugins/plugin-registry.ts';
import { hasPlaceholder } from './placeholders.ts';
import { placeKeys, type DefinedKey, type FoundClass } from './validate-key.ts';
import type { PlacedKey } from './validation.ts';

/** Header converters that need no plugin. */
const BUILT_IN_HEADER_CONVERTERS = ['org.apache.kafka.connect.storage.SimpleHeaderConverter', 'SimpleHeaderConverter', 'Simple'] as const;
export const DEFAULT_HEADER_CONVERTER: string = BUILT_IN_HEADER_CONVERTERS[0];
export const isSimpleHeaderConverter = (className: string): boolean =>
  (BUILT_IN_HEADER_CONVERTERS as readonly string[]).includes(className);

/** The value of a key as text without blanks around it; undefined when it is missing, null or only known later. */
export const givenText = (raw: RawConfig, name: string): string | undefined => {
  const value = Object.hasOwn(raw, name) ? raw[name] : undefined;
  return typeof value !== 'string' || hasPlaceholder(value) ? undefined : value.trim();
};

/** Aliases in `transforms`, `predicates` or `topic.creation.groups`, each once. */
export const aliasesIn = (raw: RawConfig, listKey: string): readonly string[] => {
  const aliases = (givenText(raw, listKey) ?? '').split(',').map((alias) => alias.trim());
  return [...new Set(aliases)].filter((alias) => alias !== '');
};

/** The name under which a plugin is listed: as given where that is one of its full names, its first one for an alias. */
export const canonicalName = (plugin: Plugin, given: string): string =>
  plugin.classNames.includes(given) ? given : (plugin.classNames[0] ?? given);

const finder =
  (plugins: PluginRegistry, face: string, find: (className: string) => Plugin | undefined) =>
  (given: string): FoundClass => {
    const plugin = find(given);
    if (plugin !== undefined) return { className: canonicalName(plugin, given) };
    const isOtherKind = plugins.all.some((other) => other.classNames.includes(given));
    return { reason: isOtherKind ? `Class ${given} does not implement the ${face} interface` : `Class ${given} could not be found.` };
  };

const classNamesOf = (plugins: PluginRegistry, kind: Plugin['kind']): readonly string[] =>
  plugins.all.filter((plugin) => plugin.kind === kind).flatMap((plugin) => plugin.classNames.slice(0, 1));

interface Family {
  readonly list: 'transforms' | 'predicates';
  readonly title: 'Transform' | 'Predicate';
  readonly longTitle: 'Transformation' | 'Predicate';
  readonly kind: 'transformation' | 'predicate';
  find(plugins: PluginRegistry, className: string): TransformPlugin | PredicatePlugin | undefined;
}

const transformFamily: Family = {
  list: 'transforms',
  title: 'Transform',
  longTitle: 'Transformation',
  kind: 'transformation',
  find: (plugins, className) => plugins.transform(className),
};

const predicateFamily: Family = {
  list: 'predicates',
  title: 'Predicate',
  longTitle: 'Predicate',
  kind: 'predicate',
  find: (plugins, className) => plugins.predicate(className),
};

const conditionKeys: ConfigKeys = {
  predicate: {
    type: 'STRING',
    default: null,
    importance: 'MEDIUM',
    doc: 'Alias of the predicate that decides whether the transformation is applied.',
  },
  negate: { type: 'BOOLEAN', default: 'false', importance: 'MEDIUM', doc: 'Whether to apply it where the predicate does not hold.' },
};

/** `transforms.<alias>.*` of every alias in order. */
export const transformKeys = (plugins: PluginRegistry, raw: RawConfig): readonly DefinedKey[] =>
  familyKeys(transformFamily, plugins, raw, conditionKeys);

/** `predicates.<alias>.*` of every alias in order. */
export const predicateKeys = (plugins: PluginRegistry, raw: RawConfig): readonly DefinedKey[] =>
  familyKeys(predicateFamily, plugins, raw, {});

const familyKeys = (family: Family, plugins: PluginRegistry, raw: RawConfig, extra: ConfigKeys): readonly DefinedKey[] =>
  aliasesIn(raw, family.list).flatMap((alias) => {
    const prefix = `${family.list}.${alias}.`;
    const group = `${family.list === 'transforms' ? 'Transforms' : 'Predicates'}: ${alias}`;
    const className = givenText(raw, `${prefix}type`);
    const plugin = className === undefined ? undefined : family.find(plugins, className);
    const own = plugin === undefined ? {} : { ...plugin.config.keys, ...extra };
    return [
      typeKey(family, plugins, alias, group),
      versionKey(family, alias, group, plugin?.version),
      ...Object.entries(own)
        .toSorted(byRank)
        .map(([name, key], index) => ({ name: prefix + name, key: { displayName: name, ...key, group, orderInGroup: index + 2 } })),
    ];
  });

/** Kafka's order of definitions that have none of their own: what is required, by importance, by name. */
const byRank = ([leftName, left]: readonly [string, ConfigKey], [rightName, right]: readonly [string, ConfigKey]): number => {
  const required = Number(left.default !== undefined) - Number(right.default !== undefined);
  const importance = IMPORTANCES.indexOf(left.importance) - IMPORTANCES.indexOf(right.importance);
  return required || importance || (leftName < rightName ? -1 : 1);
};

const IMPORTANCES = ['HIGH', 'MEDIUM', 'LOW'] as const;

const typeKey = (family: Family, plugins: PluginRegistry, alias: string, group: string): DefinedKey => ({
  name: `${family.list}.${alias}.type`,
  key: {
    type: 'CLASS',
    importance: 'HIGH',
    group,
    orderInGroup: 0,
    width: 'LONG',
    displayName: `${family.longTitle} type for ${alias}`,
    doc: `Class of the ${family.kind} called ${alias}.`,
  },
  recommended: classNamesOf(plugins, family.kind),
  findClass: finder(plugins, family.longTitle, (className) => family.find(plugins, className)),
});

const versionKey = (family: Family, alias: string, group: string, version: string | undefined): DefinedKey => ({
  name: `${family.list}.${alias}.plugin.version`,
  key: {
    type: 'STRING',
    default: version ?? null,
    importance: 'HIGH',
    group,
    orderInGroup: 1,
    width: 'LONG',
    displayName: `${family.longTitle} version for ${alias}`,
    doc: `Version, or range of versions, that the ${family.kind} ${alias} must have.`,
  },
  recommended: version === undefined ? [] : [version],
});

export type ConverterSide = 'key' | 'value' | 'header';
export const converterSides: readonly ConverterSide[] = ['key', 'value', 'header'];

/** What a `<side>.converter` key takes: the default is the worker's. */
export const converterClassKey = (
  plugins: PluginRegistry,
  side: ConverterSide,
  key: PlacedKey,
  workerClass: string | undefined,
): DefinedKey => {
  const find = finder(plugins, side === 'header' ? 'HeaderConverter' : 'Converter', (className) => plugins.converter(className));
  const known = classNamesOf(plugins, 'converter');
  return {
    name: `${side}.converter`,
    key: { ...key, default: workerClass ?? null },
    recommended: side === 'header' ? [DEFAULT_HEADER_CONVERTER, ...known] : known,
    findClass: (className) =>
      side === 'header' && isSimpleHeaderConverter(className) ? { className: DEFAULT_HEADER_CONVERTER } : find(className),
  };
};

/** The plugin that serves a side: the connector's choice, or else the worker's. */
export const effectiveConverter = (
  plugins: PluginRegistry,
  raw: RawConfig,
  side: ConverterSide,
  workerClass: string | undefined,
): ConverterPlugin | undefined => {
  const className = givenText(raw, `${side}.converter`) ?? workerClass;
  return className === undefined ? undefined : plugins.converter(className);
};

/** A converter's own settings: only where the connector itself names the converter, otherwise the worker's apply. */
export const converterKeys = (plugins: PluginRegistry, raw: RawConfig, side: ConverterSide): readonly DefinedKey[] => {
  const className = givenText(raw, `${side}.converter`);
  const plugin = className === undefined ? undefined : plugins.converter(className);
  if (plugin === undefined) return [];
  return placeKeys(plugin.config.keys).map(([name, key]) => ({
    name: `${side}.converter.${name}`,
    key: { displayName: name, ...key },
    ...(name === 'converter.type' ? { fixed: side } : {}),
  }));
};
