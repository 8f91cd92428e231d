import { defineConfig, type ConfigDef, type RawConfig } from '@headrace/foundation';
import { onlyDefault, registryKeys, registrySettings, type RegistrySettings } from '../registry-settings.ts';

const keys = {
  ...registryKeys,
  'connect.meta.data': { type: 'BOOLEAN', default: 'true', importance: 'LOW', doc: 'Write connect.* properties into Avro schemas.' },
  'enhanced.avro.schema.support': {
    type: 'BOOLEAN',
    default: 'false',
    importance: 'MEDIUM',
    doc: 'Keep Avro enums, and full names in unions.',
  },
  'ignore.default.for.nullables': onlyDefault('BOOLEAN', 'true', 'A null stays a null where the column has a default.'),
  'use.latest.version': {
    type: 'BOOLEAN',
    default: 'false',
    importance: 'LOW',
    doc: "Write under the subject's latest schema, which has to have the same layout, with auto.register.schemas=false.",
  },
  'scrub.invalid.names': {
    type: 'BOOLEAN',
    default: 'false',
    importance: 'MEDIUM',
    doc: 'Replace characters in names of records and fields that Avro does not allow.',
  },
  'allow.optional.map.keys': onlyDefault('BOOLEAN', 'false', 'Write maps with optional string keys as Avro maps.'),
  'flatten.singleton.unions': onlyDefault('BOOLEAN', 'true', 'Read a union of one type as that type.'),
  'discard.type.doc.default': onlyDefault('BOOLEAN', 'false', 'Leave docs and defaults of types away.'),
  'generalized.sum.type.support': onlyDefault('BOOLEAN', 'false', 'Represent unions and enums as sum types.'),
} as const;

export const avroConverterConfig: ConfigDef<typeof keys> = defineConfig(keys);

/** What a converter instance runs with. */
export interface AvroConverterSettings extends RegistrySettings {
  readonly isAnnotated: boolean;
  readonly isEnhanced: boolean;
  readonly isScrubbed: boolean;
  readonly isLatestUsed: boolean;
}

/** Parses the settings of one side; ConfigError with every problem. */
export const avroConverterSettings = (raw: RawConfig, isKey: boolean): AvroConverterSettings => {
  const { values, problems } = avroConverterConfig.parse(raw);
  return {
    ...registrySettings(raw, isKey, problems),
    isAnnotated: values['connect.meta.data'],
    isEnhanced: values['enhanced.avro.schema.support'],
    isScrubbed: values['scrub.invalid.names'],
    isLatestUsed: values['use.latest.version'],
  };
};
