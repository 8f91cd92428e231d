import { Struct, type Schema, type TransformPlugin } from '@headrace/connector-api';
import { defineConfig } from '@headrace/foundation';
import { types } from 'node:util';
import { parseConfig } from '../parse-config.ts';
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
});

/** Replaces the key or value by one of its fields. */
export const extractField: readonly TransformPlugin[] = transformOfBothSides('ExtractField', config, (raw, side) => {
  const { field, 'field.syntax.version': syntax } = parseConfig(config, raw);
  const path = syntax.toUpperCase() === 'V2' ? pathOf(field) : [field];
  return (record) => {
    let schema = side.schemaOf(record);
    let value = side.valueOf(record);
    for (const name of path) {
      if (value === null || value === undefined) break;
      [schema, value] = step(schema, value, name, field);
    }
    return side.replace(record, schema, value ?? null);
  };
});

const step = (schema: Schema | null, value: unknown, name: string, field: string): readonly [Schema | null, unknown] => {
  if (value instanceof Struct && schema?.type === 'struct') {
    const found = schema.fields[schema.indexByName.get(name) ?? -1];
    if (found === undefined) throw missingField('ExtractField', field);
    return [found.schema, value.get(name)];
  }
  if (!types.isMap(value)) throw unsuitable('ExtractField', `"${name}" is looked for in what is neither a struct nor a map`);
  return [null, value.get(name) ?? null];
};

/** `a.b`, and `` a.`b.c` `` for a name with a dot. */
const pathOf = (text: string): readonly string[] =>
  [...text.matchAll(/`((?:[^`\\]|\\.)*)`|([^.]+)/g)].map(([, quoted, plain]) => plain ?? (quoted ?? '').replaceAll('\\`', '`'));
