import type { ConfigProblem, RawConfig } from '@headrace/foundation';
import type { ConnectorPlugin, PluginRegistry } from '../plugins/plugin-registry.ts';
import { hasPlaceholder } from './placeholders.ts';
import { aliasesIn, converterSides, effectiveConverter, givenText } from './plugin-keys.ts';
import { sourceProblems, type SourceSupport } from './source-checks.ts';
import { satisfiesVersion } from './plugin-version.ts';
import { topicsPattern } from './topics-pattern.ts';

/** What is wrong between framework keys, beyond what each one's definition says. */
export const crossProblems = (
  plugins: PluginRegistry,
  raw: RawConfig,
  connector: ConnectorPlugin | undefined,
  support?: SourceSupport,
): readonly ConfigProblem[] => [
  ...conditionProblems(raw),
  ...versionProblems(plugins, raw),
  ...(connector?.kind === 'sink' ? [...topicProblems(raw), ...deadLetterProblems(raw)] : []),
  ...(connector?.kind === 'source' ? sourceProblems(raw, connector, support) : []),
];

/** The class that the connector names, checked: no class at all is a matter of the key's own definition. */
export const classProblems = (plugins: PluginRegistry, raw: RawConfig): readonly ConfigProblem[] => {
  const className = givenText(raw, 'connector.class');
  if (className === undefined) {
    if (!hasPlaceholder(raw['connector.class'] ?? '')) return [];
    return [{ key: 'connector.class', message: 'connector.class cannot be a placeholder: the class decides which keys exist.' }];
  }
  const plugin = plugins.connector(className);
  if (plugin === undefined) return [{ key: 'connector.class', value: className, message: unknownClass(plugins, className) }];
  const message = versionMessage(plugin.classNames[0] ?? className, plugin.version, givenText(raw, 'connector.plugin.version'));
  return message === undefined ? [] : ['connector.class', 'connector.plugin.version'].map((key) => ({ key, message }));
};

const unknownClass = (plugins: PluginRegistry, className: string): string => {
  const available = plugins.all
    .filter((plugin) => plugin.kind === 'source' || plugin.kind === 'sink')
    .map((plugin) => `${plugin.classNames[0] ?? plugin.name} (${plugin.kind}, version ${plugin.version})`);
  return `Failed to find any class that implements Connector and which name matches ${className}, available connectors are: ${available.join(', ')}`;
};

const versionMessage = (className: string, version: string, wanted: string | undefined): string | undefined => {
  const verdict = wanted === undefined ? true : satisfiesVersion(wanted, version);
  if (verdict === undefined) return `Invalid version specification: ${wanted ?? ''}`;
  if (verdict) return undefined;
  return `Plugin ${className} not found that matches the version range ${wanted ?? ''}, available versions: [${version}]`;
};

const versionProblems = (plugins: PluginRegistry, raw: RawConfig): readonly ConfigProblem[] => {
  const named = [
    ...converterSides.map((side) => [`${side}.converter.plugin.version`, effectiveConverter(plugins, raw, side, undefined)] as const),
    ...aliasesIn(raw, 'transforms').map((alias) => {
      const prefix = `transforms.${alias}.`;
      return [`${prefix}plugin.version`, plugins.transform(givenText(raw, `${prefix}type`) ?? '')] as const;
    }),
    ...aliasesIn(raw, 'predicates').map((alias) => {
      const prefix = `predicates.${alias}.`;
      return [`${prefix}plugin.version`, plugins.predicate(givenText(raw, `${prefix}type`) ?? '')] as const;
    }),
  ];
  return named.flatMap(([key, plugin]) => {
    if (plugin === undefined) return [];
    const message = versionMessage(plugin.classNames[0] ?? key, plugin.version, givenText(raw, key));
    return message === undefined ? [] : [{ key, message }];
  });
};

/** `negate` needs a predicate, and a predicate has to be one of those defined. */
const conditionProblems = (raw: RawConfig): readonly ConfigProblem[] => {
  const predicates = new Set(aliasesIn(raw, 'predicates'));
  return aliasesIn(raw, 'transforms').flatMap((alias) => {
    const [negate, predicate] = [`transforms.${alias}.negate`, `transforms.${alias}.predicate`];
    if (Object.hasOwn(raw, negate) && !Object.hasOwn(raw, predicate)) {
      return [
        { key: negate, message: `Config ${negate} was provided but there is no config ${predicate} naming the predicate to be negated.` },
      ];
    }
    const wanted = givenText(raw, predicate);
    if (wanted === undefined || predicates.has(wanted)) return [];
    return [
      {
        key: predicate,
        value: wanted,
        message: `Invalid value ${wanted} for configuration ${predicate}: No predicate of that alias in predicates`,
      },
    ];
  });
};

const topicProblems = (raw: RawConfig): readonly ConfigProblem[] => {
  const isGiven = (key: string): boolean => (raw[key] ?? '').trim() !== '';
  const [topics, pattern] = [isGiven('topics'), isGiven('topics.regex')];
  if (topics !== pattern) return [];
  const message = topics
    ? 'topics and topics.regex are mutually exclusive options, but both are set.'
    : 'Must configure one of topics or topics.regex';
  return ['topics', 'topics.regex'].map((key) => ({ key, message }));
};

/** A sink that reads its own dead letters would feed itself. */
const deadLetterProblems = (raw: RawConfig): readonly ConfigProblem[] => {
  const topic = givenText(raw, 'errors.deadletterqueue.topic.name') ?? '';
  if (topic === '') return [];
  const problems: ConfigProblem[] = [];
  if (aliasesIn(raw, 'topics').includes(topic)) {
    problems.push({ key: 'topics', message: `The DLQ topic ${topic} may not be included in the list of topics consumed by the connector` });
  }
  const pattern = givenText(raw, 'topics.regex') ?? '';
  if (pattern !== '' && topicsPattern(pattern)?.test(topic) === true) {
    problems.push({ key: 'topics.regex', message: `The DLQ topic ${topic} may not be matched by the regular expression ${pattern}` });
  }
  return problems;
};
