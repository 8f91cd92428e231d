import { ConfigError, type ConfigDef, type ConfigKeys, type ConfigOf, type RawConfig } from '@headrace/foundation';
import { errors } from './errors.ts';

/** The typed settings of a plugin; ConfigError with every problem. */
export const parseConfig = <K extends ConfigKeys>(definition: ConfigDef<K>, raw: RawConfig): ConfigOf<K> => {
  const { values, problems } = definition.parse(raw);
  if (problems.length > 0) throw new ConfigError(errors.invalid_config.code, problems);
  return values;
};

/** A setting that is wrong beside the others. */
export const invalid = (key: string, message: string): ConfigError => new ConfigError(errors.invalid_config.code, [{ key, message }]);
