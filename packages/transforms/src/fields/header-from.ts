import { Struct, type Header, type StructSchema, type TransformPlugin } from '@headrace/connector-api';
import { defineConfig } from '@headrace/foundation';
import { types } from 'node:util';
import { invalid, parseConfig } from '../parse-config.ts';
import { nullDefaultKey, withDefaults } from '../shape/null-defaults.ts';
import { missingField, notEmpty, transformOfBothSides, unsuitable, type Side } from '../shape/side.ts';
import { planCache, reshaped } from '../shape/struct-transform.ts';

const config = defineConfig({
  fields: { type: 'LIST', importance: 'HIGH', doc: 'Fields whose values become headers.', validate: notEmpty },
  headers: { type: 'LIST', importance: 'HIGH', doc: 'Names of the headers, one per field.', validate: notEmpty },
  operation: { type: 'STRING', values: ['move', 'copy'], importance: 'HIGH', doc: 'Whether the fields stay.' },
  ...nullDefaultKey,
});

/** Moves or copies fields into headers. A tombstone passes. */
export const headerFrom: readonly TransformPlugin[] = transformOfBothSides('HeaderFrom', config, (raw, side) => {
  const { fields, headers, operation, 'replace.null.with.default': isNullReplaced } = parseConfig(config, raw);
  if (fields.length !== headers.length) throw invalid('headers', 'fields and headers must have the same number of entries.');
  const isMove = operation === 'move';
  const without = planCache((schema: StructSchema) => {
    const kept = schema.fields.filter(({ name }) => !fields.includes(name));
    return {
      kept,
      schema: reshaped(
        'HeaderFrom',
        schema,
        kept.map((field) => [field.name, field.schema]),
      ),
    };
  });
  return (record) => {
    const whole = side.valueOf(record);
    if (whole === null || whole === undefined) return record;
    const value = isNullReplaced && whole instanceof Struct ? withDefaults(whole) : whole;
    const added = fields.map((field, index) => ({ key: headers[index] ?? field, ...fieldOf(side, value, field) }));
    const extended = { ...record, headers: [...record.headers, ...added] };
    if (!isMove) return extended;
    if (value instanceof Struct) {
      const { kept, schema } = without(value.schema);
      return side.replace(
        extended,
        schema,
        new Struct(
          schema,
          kept.map((field) => value.values[field.index]),
        ),
      );
    }
    return side.replace(extended, null, new Map([...(value as Map<string, unknown>)].filter(([name]) => !fields.includes(name))));
  };
});

const fieldOf = (side: Side, value: unknown, name: string): Omit<Header, 'key'> => {
  if (value instanceof Struct) {
    const field = value.schema.fields[value.schema.indexByName.get(name) ?? -1];
    if (field === undefined) throw missingField('HeaderFrom', name);
    return { schema: field.schema, value: value.values[field.index] ?? null };
  }
  if (!types.isMap(value)) throw unsuitable('HeaderFrom', `its ${side.name} is neither a struct nor a map`);
  return { schema: null, value: value.get(name) ?? null };
};
