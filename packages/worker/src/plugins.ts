import { datagenSource, fileSink, fileSource } from '@headrace/connectors-trial';
import { createPluginRegistry, type Plugin, type PluginRegistry } from '@headrace/runtime';
import { avroConverter } from '@headrace/schema-registry';
import { sqlSink } from '@headrace/sink-sql';
import { mariadbSource, mysqlSource } from '@headrace/source-mysql';
import { postgresSource } from '@headrace/source-postgres';
import { jsonConverter, plainConverters, predicates, stringConverter, transforms } from '@headrace/transforms';

/** What every worker has. The main thread plans and validates with it, task threads run it. */
const plugins: readonly Plugin[] = [
  postgresSource,
  mysqlSource,
  mariadbSource,
  sqlSink,
  fileSource,
  fileSink,
  datagenSource,
  avroConverter,
  jsonConverter,
  stringConverter,
  ...plainConverters,
  ...transforms,
  ...predicates,
];

export const createPlugins = (): PluginRegistry => createPluginRegistry(plugins);
