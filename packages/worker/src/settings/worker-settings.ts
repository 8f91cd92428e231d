import type { RawConfig } from '@headrace/foundation';
import { placeholderResolver, propertiesOf } from '@headrace/runtime';
import { readFile } from 'node:fs/promises';
import { isKnownSetting } from './worker-config.ts';

/** Settings of a worker as they were given. */
export interface WorkerSettings {
  /** Those that there are, placeholders resolved. */
  readonly raw: RawConfig;
  /** Those without a meaning here, for one line of the log. */
  readonly unused: readonly string[];
}

/** Kafka Connect's names of settings that we call otherwise. */
const RENAMED: Readonly<Record<string, string>> = { 'group.id': 'cluster.id' };

/**
 * From a `connect-distributed.properties`, if one is named, then from the environment, which wins:
 * `HEADRACE_BOOTSTRAP_SERVERS`, or with the prefix of the Kafka Connect images `CONNECT_BOOTSTRAP_SERVERS`, is
 * `bootstrap.servers`. Placeholders are resolved now.
 */
export const readWorkerSettings = async (environment: NodeJS.ProcessEnv, file?: string): Promise<WorkerSettings> => {
  const fromFile = file === undefined ? [] : [...propertiesOf(await readFile(file, 'utf8'))];
  const given = [
    ...fromFile,
    ...fromEnvironment(environment, 'CONNECT_'),
    // Variables of ours that are no settings steer scripts.
    ...fromEnvironment(environment, 'HEADRACE_').filter(([key]) => isKnownSetting(key)),
  ].map(([key, value]) => [RENAMED[key] ?? key, value] as const);
  const raw = Object.fromEntries(given.filter(([key]) => isKnownSetting(key)));
  const unused = new Set(given.map(([key]) => key).filter((key) => !isKnownSetting(key)));
  return { raw: await placeholderResolver(raw)(raw), unused: [...unused].toSorted() };
};

const fromEnvironment = (environment: NodeJS.ProcessEnv, prefix: string): readonly (readonly [string, string])[] =>
  Object.entries(environment).flatMap(([name, value]) =>
    value === undefined || !name.startsWith(prefix) ? [] : [[name.slice(prefix.length).toLowerCase().replaceAll('_', '.'), value] as const],
  );
