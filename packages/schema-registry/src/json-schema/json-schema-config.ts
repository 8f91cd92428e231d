import { decimalFormat } from '@headrace/connector-api';
import { defineConfig, type ConfigDef, type RawConfig } from '@headrace/foundation';
import { onlyDefault, registryKeys, registrySettings, type RegistrySettings } from '../registry-settings.ts';

const keys = {
  ...registryKeys,
  'use.latest.version': {
    type: 'BOOLEAN',
    default: 'false',
    importance: 'LOW',
    doc: "Write under the subject's latest schema instead of the one that the records have, with auto.register.schemas=false.",
  },
  'decimal.format': decimalFormat,
  'object.additional.properties': {
    type: 'BOOLEAN',
    default: 'true',
    importance: 'MEDIUM',
    doc: 'Whether the schemas of structs allow properties that they do not name.',
  },
  'use.optional.for.nonrequired': {
    type: 'BOOLEAN',
    default: 'false',
    importance: 'MEDIUM',
    doc: 'Read properties that a schema does not require as optional fields.',
  },
  'ignore.default.for.nullables': {
    type: 'BOOLEAN',
    default: 'true',
    importance: 'MEDIUM',
    doc: "A null stays a null where its field has a default. Unlike in Confluent's converter the default is true: a copy must hold the source's nulls.",
  },
  'latest.compatibility.strict': onlyDefault('BOOLEAN', 'false', 'Hold the schema of the records against the latest one of the subject.'),
  'json.fail.invalid.schema': onlyDefault('BOOLEAN', 'false', 'Validate each record against its schema.'),
  'generalized.sum.type.support': onlyDefault('BOOLEAN', 'false', 'Represent unions and enums as sum types.'),
} as const;

export const jsonSchemaConverterConfig: ConfigDef<typeof keys> = defineConfig(keys);

/** What a converter instance runs with. */
export interface JsonSchemaSettings extends RegistrySettings {
  readonly isLatestUsed: boolean;
  readonly isDecimalNumeric: boolean;
  readonly isOpen: boolean;
  readonly isNonRequiredOptional: boolean;
  readonly isNullReplaced: boolean;
}

/** Parses the settings of one side; ConfigError with every problem. */
export const jsonSchemaSettings = (raw: RawConfig, isKey: boolean): JsonSchemaSettings => {
  const { values, problems } = jsonSchemaConverterConfig.parse(raw);
  const registry = registrySettings(raw, isKey, problems);
  return {
    ...registry,
    isLatestUsed: values['use.latest.version'],
    isDecimalNumeric: values['decimal.format'].toUpperCase() === 'NUMERIC',
    isOpen: values['object.additional.properties'],
    isNonRequiredOptional: values['use.optional.for.nonrequired'],
    isNullReplaced: !values['ignore.default.for.nullables'],
  };
};
