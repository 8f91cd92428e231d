import {
  datagenSource,
  fileSink,
  fileSource,
  mockSink,
  mockSource,
  schemaSource,
  verifiableSink,
  verifiableSource,
} from '@headrace/connectors-trial';
import { createPluginRegistry, type Plugin, type PluginRegistry } from '@headrace/runtime';
import { avroConverter, jsonSchemaConverter, protobufConverter } from '@headrace/schema-registry';
import { sqlSink } from '@headrace/sink-sql';
import { mariadbSource, mysqlSource } from '@headrace/source-mysql';
import { postgresSource } from '@headrace/source-postgres';
import { binaryDataConverter, jsonConverter, plainConverters, predicates, stringConverter, transforms } from '@headrace/transforms';
import { shareConnectorApi } from './plugin-modules.ts';
import { findPluginPackages, loadPluginPackage } from './plugin-path.ts';

/** What every worker has. The main thread plans and validates with it, task threads run it. */
const builtIn: readonly Plugin[] = [
  postgresSource,
  mysqlSource,
  mariadbSource,
  sqlSink,
  fileSource,
  fileSink,
  datagenSource,
  verifiableSource,
  verifiableSink,
  mockSource,
  mockSink,
  schemaSource,
  avroConverter,
  jsonSchemaConverter,
  protobufConverter,
  jsonConverter,
  stringConverter,
  ...plainConverters,
  binaryDataConverter,
  ...transforms,
  ...predicates,
];

export interface LoadedPlugins {
  readonly registry: PluginRegistry;
  /** What `plugin.path` names and nothing was loaded from, each with the reason. */
  readonly ignored: readonly string[];
}

/**
 * The worker's own plugins and those of `plugin.path`. ConfigError `worker.plugin_unusable` for a package that is broken.
 * `shareApi` is called once before packages are loaded; jest, which has a module loader of its own, cannot have the default.
 */
export const loadPlugins = async (pluginPath: readonly string[], shareApi: () => void = shareConnectorApi): Promise<LoadedPlugins> => {
  const { packages, ignored } = await findPluginPackages(pluginPath);
  if (packages.length > 0) shareApi();
  const plugins = [...builtIn];
  for (const found of packages) plugins.push(...(await loadPluginPackage(found, plugins)));
  return { registry: createPluginRegistry(plugins), ignored };
};
