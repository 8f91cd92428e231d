import type { ConfigKey } from '@headrace/foundation';
import type { ConfigInfos, ConfigKeyInfo } from '@headrace/rest-contract';
import { textOf, type ConfigValue, type PlacedKey, type ValidatedKey, type ValidationResult } from '@headrace/runtime';

/** An option as forms are built from it. */
export const configKeyInfo = (name: string, key: PlacedKey): ConfigKeyInfo => ({
  name,
  type: key.type,
  required: key.default === undefined,
  default_value: defaultText(key),
  importance: key.importance,
  documentation: key.doc,
  group: key.group ?? null,
  order_in_group: key.orderInGroup,
  width: key.width ?? 'NONE',
  display_name: key.displayName ?? name,
  dependents: [...(key.dependents ?? [])],
});

const defaultText = (key: ConfigKey): string | null => {
  if (key.default === undefined || key.default === null) return null;
  return typeof key.default === 'string' && key.type !== 'PASSWORD' ? key.default : textOf(key.type, key.default as ConfigValue);
};

const configInfo = (key: ValidatedKey): ConfigInfos['configs'][number] => ({
  definition: key.definition === null ? null : configKeyInfo(key.name, key.definition),
  value: {
    name: key.name,
    value: key.value,
    recommended_values: [...key.recommendedValues],
    errors: [...key.errors],
    visible: key.isVisible,
  },
});

export const configInfos = (result: ValidationResult): ConfigInfos => ({
  name: result.name,
  error_count: result.errorCount,
  groups: [...result.groups],
  configs: result.keys.map(configInfo),
});
