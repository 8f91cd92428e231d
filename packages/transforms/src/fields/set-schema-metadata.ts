import { Struct, type Schema, type TransformPlugin } from '@headrace/connector-api';
import { defineConfig } from '@headrace/foundation';
import { invalid, parseConfig } from '../parse-config.ts';
import { nullDefaultKey, withDefaults } from '../shape/null-defaults.ts';
import { transformOfBothSides, unsuitable } from '../shape/side.ts';
import { planCache } from '../shape/struct-transform.ts';

const config = defineConfig({
  'schema.name': { type: 'STRING', default: null, importance: 'HIGH', doc: 'New name of the schema.' },
  'schema.version': { type: 'INT', default: null, importance: 'HIGH', doc: 'New version of the schema.' },
  ...nullDefaultKey,
});

/** Gives the schema of the key or value another name or version. */
export const setSchemaMetadata: readonly TransformPlugin[] = transformOfBothSides('SetSchemaMetadata', config, (raw, side) => {
  const { 'schema.name': name, 'schema.version': version, 'replace.null.with.default': isNullReplaced } = parseConfig(config, raw);
  if (name === null && version === null) throw invalid('schema.name', 'Neither schema.name nor schema.version is given.');
  const named = planCache((schema: Schema): Schema => ({
    ...schema,
    ...(name === null ? {} : { name }),
    ...(version === null ? {} : { version }),
  }));
  return (record) => {
    const schema = side.schemaOf(record);
    const value = side.valueOf(record);
    if (schema === null) {
      if (value === null) return record;
      throw unsuitable('SetSchemaMetadata', `its ${side.name} has no schema`);
    }
    const renamed = named(schema);
    return side.replace(
      record,
      renamed,
      value instanceof Struct && renamed.type === 'struct'
        ? new Struct(renamed, (isNullReplaced ? withDefaults(value) : value).values)
        : value,
    );
  };
});
