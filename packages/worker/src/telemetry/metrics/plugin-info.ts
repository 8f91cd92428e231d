import type { Labels, RawConfig } from '@headrace/foundation';
import type { TaskSpec } from '@headrace/ports';
import { aliasesIn, canonicalName, chosenConverter, type Plugin, type PluginRegistry } from '@headrace/runtime';
import { version } from '../../version.ts';
import { gauge, type Sample } from './metric-store.ts';

/** What is needed to tell which plugins a connector uses. */
export interface PluginSources {
  readonly plugins: PluginRegistry;
  /** Names the converters of connectors that name none. */
  readonly workerConfig: RawConfig;
}

interface UsedPlugin {
  readonly className: string;
  readonly version: string;
}

/** A text as a metric: a gauge of 1 that has the text as a label, under the metric's own name. */
export const textGauge = (group: string, attribute: string, text: string, labels: Labels): Sample =>
  gauge(`kafka_connect_${group}_metrics_${attribute}`, 1, { ...labels, [attribute]: text });

/** The connector's class and version. */
export const connectorPlugin = (config: RawConfig, { plugins }: PluginSources): UsedPlugin => {
  const given = config['connector.class'] ?? '';
  return used(given, plugins.connector(given));
};

/** Class and version of all that a task is made of, as Kafka Connect has them since 4.1. */
export const pluginInfo = ({ id, kind, config }: TaskSpec, sources: PluginSources): readonly Sample[] => {
  const { plugins } = sources;
  const labels = { connector: id.connector, task: String(id.task) };
  const connector = connectorPlugin(config, sources);
  const task = { className: config['task.class'] ?? '', version: connector.version };
  const chain = (family: 'transform' | 'predicate', find: (className: string) => Plugin | undefined): readonly Sample[] =>
    aliasesIn(config, `${family}s`).flatMap((alias) => {
      const given = config[`${family}s.${alias}.type`] ?? '';
      return classAndVersion(`connector_${family}`, family, used(given, find(given)), { ...labels, [family]: alias });
    });
  return [
    textGauge('connector_task', 'connector_type', kind, labels),
    ...classAndVersion('connector_task', 'connector', connector, labels),
    ...classAndVersion('connector_task', 'task', task, labels),
    ...sides.flatMap((side) => classAndVersion('connector_task', `${side}_converter`, converterOf(side, config, sources), labels)),
    ...chain('transform', (className) => plugins.transform(className)),
    ...chain('predicate', (className) => plugins.predicate(className)),
  ];
};

const sides = ['key', 'value', 'header'] as const;

const classAndVersion = (group: string, what: string, plugin: UsedPlugin, labels: Labels): readonly Sample[] => [
  textGauge(group, `${what}_class`, plugin.className, labels),
  textGauge(group, `${what}_version`, plugin.version, labels),
];

/** What is no plugin is the worker's own. */
const used = (given: string, plugin: Plugin | undefined): UsedPlugin =>
  plugin === undefined ? { className: given, version } : { className: canonicalName(plugin, given), version: plugin.version };

const converterOf = (side: (typeof sides)[number], config: RawConfig, { plugins, workerConfig }: PluginSources): UsedPlugin => {
  const { className } = chosenConverter(side, config, workerConfig);
  return used(className, plugins.converter(className));
};
