import { Struct, structOf, type ConnectRecord, type Header, type Schema, type TransformPlugin } from '@headrace/connector-api';
import { defineConfig } from '@headrace/foundation';
import { types } from 'node:util';
import { parseConfig } from '../parse-config.ts';
import { missingField, transformOfBothSides, unsuitable, type Side } from '../shape/side.ts';
import { basicsOf, planCache } from '../shape/struct-transform.ts';

const config = defineConfig({
  fields: { type: 'LIST', importance: 'HIGH', doc: 'Fields whose values become headers.' },
  headers: { type: 'LIST', importance: 'HIGH', doc: 'Names of the headers, one per field.' },
  operation: { type: 'STRING', values: ['move', 'copy'], ignoreCase: true, importance: 'HIGH', doc: 'Whether the fields stay.' },
});

/** Moves or copies fields into headers. */
export const headerFrom: readonly TransformPlugin[] = transformOfBothSides('HeaderFrom', config, (raw, side) => {
  const { fields, headers, operation } = parseConfig(config, raw);
  if (fields.length !== headers.length) throw unsuitable('HeaderFrom', 'fields and headers are not of the same number');
  const isMove = operation.toLowerCase() === 'move';
  const without = planCache((schema: Schema & { readonly type: 'struct' }) => {
    const kept = schema.fields.filter(({ name }) => !fields.includes(name));
    return {
      kept,
      schema: structOf(
        kept.map((field) => [field.name, field.schema]),
        basicsOf(schema),
      ),
    };
  });
  return (record) => {
    const value = side.valueOf(record);
    if (value === null || value === undefined) return record;
    const added = fields.map((field, index) => ({ key: headers[index] ?? field, ...fieldOf(side, record, field) }));
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

const fieldOf = (side: Side, record: ConnectRecord, name: string): Omit<Header, 'key'> => {
  const value = side.valueOf(record);
  if (value instanceof Struct) {
    const field = value.schema.fields[value.schema.indexByName.get(name) ?? -1];
    if (field === undefined) throw missingField('HeaderFrom', name);
    return { schema: field.schema, value: value.values[field.index] ?? null };
  }
  if (!types.isMap(value)) throw unsuitable('HeaderFrom', `its ${side.name} is neither a struct nor a map`);
  return { schema: null, value: value.get(name) ?? null };
};
