import { ConfigError, logLevels, type ConfigOf, type ConfigProblem, type LogLevel, type RawConfig } from '@headrace/foundation';
import { errors } from '../errors.ts';
import { isKafkaSetting, kafkaProblems } from './kafka-settings.ts';
import { isListenerSetting } from './listener-settings.ts';
import { advertisedListenerProblems } from './listeners.ts';
import { workerConfigDef } from './worker-keys.ts';

const keys = workerConfigDef.keys;

export type WorkerConfig = ConfigOf<typeof keys>;

/** Settings of converters travel with the worker's own: `value.converter.schema.registry.url`. */
const PREFIXES = ['key.converter.', 'value.converter.', 'header.converter.'] as const;

export const isKnownSetting = (key: string): boolean =>
  key in keys ||
  key === 'header.converter' ||
  (PREFIXES.some((prefix) => key.startsWith(prefix)) && !key.endsWith('.converter.plugin.version')) ||
  isKafkaSetting(key) ||
  isListenerSetting(key);

/** Throws ConfigError with every problem at once. */
export const parseWorkerConfig = (raw: RawConfig): WorkerConfig => {
  const { values, problems } = workerConfigDef.parse(raw);
  const unknown: ConfigProblem[] = Object.keys(raw)
    .filter((key) => !isKnownSetting(key))
    .map((key) => ({ key, message: `Unknown worker setting ${key}: see the README for the list.` }));
  const all = [
    ...problems,
    ...unknown,
    ...kafkaProblems(raw),
    ...pairProblems(raw),
    ...storeProblems(raw),
    ...advertisedListenerProblems(values),
  ];
  if (all.length > 0) throw new ConfigError(errors.config_invalid.code, all);
  return values;
};

/** Workers of a cluster meet in etcd; one that is alone has a file. */
const storeProblems = (raw: RawConfig): readonly ConfigProblem[] => {
  const [endpoints, file] = ['etcd.endpoints', 'offset.storage.file.filename'] as const;
  if ((raw[endpoints] === undefined) !== (raw[file] === undefined)) return [];
  const message = `Give ${endpoints} for a worker of a cluster, or ${file} for one that is alone, and not both.`;
  return [{ key: endpoints, message }];
};

const PAIRS = [
  ['etcd.username', 'etcd.password'],
  ['etcd.tls.certificate', 'etcd.tls.key'],
] as const;

const pairProblems = (raw: RawConfig): readonly ConfigProblem[] =>
  PAIRS.filter(([one, other]) => (raw[one] === undefined) !== (raw[other] === undefined)).map(([one, other]) => ({
    key: one,
    message: `${one} and ${other} belong together: give both or none.`,
  }));

export const rootLevel = (config: WorkerConfig): LogLevel =>
  logLevels.find((level) => level === config['log.level'].toUpperCase()) ?? 'INFO';
