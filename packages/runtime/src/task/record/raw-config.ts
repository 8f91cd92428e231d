import {
  ConfigError,
  pickSettings,
  type ClientSettings,
  type ConfigDef,
  type ConfigKeys,
  type ConfigOf,
  type RawConfig,
} from '@headrace/foundation';
import { taskErrors } from '../errors.ts';

/** The keys that begin with `prefix`, without it. */
export const withoutPrefix = (raw: RawConfig, prefix: string): RawConfig =>
  Object.fromEntries(
    Object.entries(raw)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), value]),
  );

/** The same, for settings of Kafka's clients: values that are null are left out. */
export const settingsWithPrefix = (raw: RawConfig, prefix: string): ClientSettings =>
  pickSettings(raw, (key) => (key.startsWith(prefix) ? key.slice(prefix.length) : undefined));

/** A word that is compared, whatever its case and the blanks around it. */
export const wordOf = (raw: RawConfig, key: string, fallback: string): string => (raw[key] ?? fallback).trim().toLowerCase();

/** A comma-separated list; empty when the key is missing. */
export const listOf = (raw: RawConfig, key: string): readonly string[] =>
  (raw[key] ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

/** The typed values of a definition, or ConfigError with every problem. */
export const requireConfig = <K extends ConfigKeys>(definition: ConfigDef<K>, raw: RawConfig): ConfigOf<K> => {
  const { values, problems } = definition.parse(raw);
  if (problems.length > 0) throw new ConfigError(taskErrors.invalid_config.code, problems);
  return values;
};
