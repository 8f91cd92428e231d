import { Struct, withOptional, type Schema, type TransformPlugin } from '@headrace/connector-api';
import { defineConfig } from '@headrace/foundation';
import { types } from 'node:util';
import { invalid, parseConfig } from '../parse-config.ts';
import { parseFieldPath } from '../shape/field-path.ts';
import { nullDefaultKey } from '../shape/null-defaults.ts';
import { missingField, transformOfBothSides, unsuitable } from '../shape/side.ts';

const config = defineConfig({
  field: { type: 'STRING', importance: 'MEDIUM', doc: 'The field that takes the place of the whole.' },
  'field.syntax.version': {
    type: 'STRING',
    default: 'V1',
    values: ['V1', 'V2'],
    ignoreCase: true,
    importance: 'HIGH',
    doc: 'V1: the name of a field. V2: a path, a.b.c.',
  },
  ...nullDefaultKey,
});

/** Replaces the key or value by one of its fields. */
export const extractField: readonly TransformPlugin[] = transformOfBothSides('ExtractField', config, (raw, side) => {
  const { field, 'field.syntax.version': syntax, 'replace.null.with.default': isNullReplaced } = parseConfig(config, raw);
  const path = syntax.toUpperCase() === 'V2' ? parseFieldPath(field) : [field];
  if (path === undefined) throw invalid('field', `The path ${field} has a backtick without a partner.`);
  return (record) => {
    let schema = side.schemaOf(record);
    let value = side.valueOf(record);
    if (value === null || value === undefined) return record;
    for (const name of path) {
      if (schema === null) value = entryOf(value, name);
      else {
        const isAbsent = value === null;
        [schema, value] = fieldOf(schema, value, name, field);
        if (isAbsent) schema = withOptional(schema, true);
      }
    }
    return side.replace(record, schema, value ?? (isNullReplaced ? (schema?.defaultValue ?? null) : null));
  };
});

const fieldOf = (schema: Schema, value: unknown, name: string, field: string): readonly [Schema, unknown] => {
  if (schema.type !== 'struct') throw unsuitable('ExtractField', `"${name}" is looked for in a ${schema.type}`);
  const found = schema.fields[schema.indexByName.get(name) ?? -1];
  if (found === undefined) throw missingField('ExtractField', field);
  return [found.schema, value instanceof Struct ? (value.values[found.index] ?? null) : null];
};

const entryOf = (value: unknown, name: string): unknown => {
  if (value === null || value === undefined) return null;
  if (!types.isMap(value)) throw unsuitable('ExtractField', `"${name}" is looked for in what is neither a struct nor a map`);
  return value.get(name) ?? null;
};
