import { defineConfig, type ConfigDef, type RawConfig } from '@headrace/foundation';
import { onlyDefault, registryKeys, registrySettings, type RegistrySettings } from '../registry-settings.ts';

const flag = (fallback: 'true' | 'false', doc: string) => ({ type: 'BOOLEAN', default: fallback, importance: 'MEDIUM', doc }) as const;

const keys = {
  ...registryKeys,
  'optional.for.nullables': flag('false', 'Mark optional fields `optional`, so that a null is not read back as zero or an empty text.'),
  'wrapper.for.nullables': flag(
    'false',
    "Write optional fields as Google's wrapper messages, so that a null is not read back as zero or an empty text.",
  ),
  'optional.for.proto2': flag('true', 'Read fields that a proto2 file calls optional as null where they are absent.'),
  'enhanced.protobuf.schema.support': flag('false', 'Read the names of messages and enums with their package.'),
  'scrub.invalid.names': flag('false', 'Replace characters in names that Protobuf does not allow.'),
  'generate.index.for.unions': flag('true', 'Read a oneof as a field named after it and its number, not after it alone.'),
  'use.latest.version': onlyDefault('BOOLEAN', 'false', 'Write with the latest schema of the subject.'),
  'latest.compatibility.strict': onlyDefault('BOOLEAN', 'false', 'Hold the schema of the records against the latest one of the subject.'),
  'wrapper.for.raw.primitives': onlyDefault('BOOLEAN', 'true', 'Read a message that is a wrapper as the value in it.'),
  'generate.struct.for.nulls': onlyDefault('BOOLEAN', 'false', 'Read messages that are absent as structs of defaults.'),
  'int.for.enums': onlyDefault('BOOLEAN', 'false', 'Read enums as numbers.'),
  'flatten.unions': onlyDefault('BOOLEAN', 'false', 'Read a oneof as its fields.'),
  'generalized.sum.type.support': onlyDefault('BOOLEAN', 'false', 'Represent unions and enums as sum types.'),
  'auto.register.dependencies': onlyDefault(
    'BOOLEAN',
    'true',
    'Register imported files; the ones that are written are known to every registry.',
  ),
} as const;

export const protobufConverterConfig: ConfigDef<typeof keys> = defineConfig(keys);

/** How Connect schemas and Protobuf are mapped. */
export interface ProtobufMapping {
  readonly nullables: 'plain' | 'optional' | 'wrapper';
  readonly isProto2OptionalKept: boolean;
  readonly isFullyNamed: boolean;
  readonly isScrubbed: boolean;
  readonly isUnionNumbered: boolean;
}

/** What a converter instance runs with. */
export interface ProtobufSettings extends RegistrySettings {
  readonly mapping: ProtobufMapping;
}

/** Parses the settings of one side; ConfigError with every problem. */
export const protobufSettings = (raw: RawConfig, isKey: boolean): ProtobufSettings => {
  const { values, problems } = protobufConverterConfig.parse(raw);
  const registry = registrySettings(raw, isKey, problems);
  return {
    ...registry,
    mapping: {
      nullables: values['wrapper.for.nullables'] ? 'wrapper' : values['optional.for.nullables'] ? 'optional' : 'plain',
      isProto2OptionalKept: values['optional.for.proto2'],
      isFullyNamed: values['enhanced.protobuf.schema.support'],
      isScrubbed: values['scrub.invalid.names'],
      isUnionNumbered: values['generate.index.for.unions'],
    },
  };
};
