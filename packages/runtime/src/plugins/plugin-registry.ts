import type { ConverterPlugin, PredicatePlugin, SinkConnector, SourceConnector, TransformPlugin } from '@headrace/connector-api';

export type ConnectorPlugin = SourceConnector | SinkConnector;
export type Plugin = ConnectorPlugin | ConverterPlugin | TransformPlugin | PredicatePlugin;

/** Plugins of one worker, found by any of their class names, by simple class name, or by alias (without its suffix). */
export interface PluginRegistry {
  readonly all: readonly Plugin[];
  connector(className: string): ConnectorPlugin | undefined;
  converter(className: string): ConverterPlugin | undefined;
  transform(className: string): TransformPlugin | undefined;
  predicate(className: string): PredicatePlugin | undefined;
}

const SUFFIXES = { source: 'Connector', sink: 'Connector', converter: 'Converter', transformation: '', predicate: '' } as const;

const simpleName = (className: string): string => className.slice(Math.max(className.lastIndexOf('.'), className.lastIndexOf('$')) + 1);

const namesOf = (plugin: Plugin): readonly string[] => {
  const own = 'name' in plugin ? [plugin.name] : [];
  const suffix = SUFFIXES[plugin.kind];
  const simple = plugin.classNames.map(simpleName);
  const aliases = suffix === '' ? [] : simple.filter((name) => name.endsWith(suffix)).map((name) => name.slice(0, -suffix.length));
  return [...plugin.classNames, ...own, ...simple, ...aliases];
};

/** An alias that two plugins of one kind would share belongs to neither; full class names always win. */
export const createPluginRegistry = (plugins: readonly Plugin[]): PluginRegistry => {
  const find =
    <P extends Plugin>(...kinds: readonly P['kind'][]) =>
    (className: string): P | undefined => {
      const candidates = plugins.filter((plugin): plugin is P => (kinds as readonly string[]).includes(plugin.kind));
      const exact = candidates.find((plugin) => plugin.classNames.includes(className));
      if (exact !== undefined) return exact;
      const byAlias = candidates.filter((plugin) => namesOf(plugin).includes(className));
      return byAlias.length === 1 ? byAlias[0] : undefined;
    };
  return {
    all: plugins,
    connector: find<ConnectorPlugin>('source', 'sink'),
    converter: find<ConverterPlugin>('converter'),
    transform: find<TransformPlugin>('transformation'),
    predicate: find<PredicatePlugin>('predicate'),
  };
};
