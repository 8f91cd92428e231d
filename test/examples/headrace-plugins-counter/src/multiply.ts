import { defineConfig, RecordError, Struct, type TransformPlugin } from '@headrace/connector-api';

const config = defineConfig({
  field: { type: 'STRING', default: 'number', importance: 'HIGH', doc: 'Field with a whole number.' },
  by: { type: 'LONG', default: '2', importance: 'HIGH', doc: 'What it is multiplied by.' },
});

/** Multiplies one field of the value; tombstones pass. */
export const multiply: TransformPlugin = {
  kind: 'transformation',
  classNames: ['org.example.Multiply'],
  version: '1.0.0',
  config,
  create: (raw) => {
    const { field, by } = config.parse(raw).values;
    return (record) => {
      const { value } = record;
      if (value === null) return record;
      const number = value instanceof Struct ? value.get(field) : undefined;
      if (!(value instanceof Struct) || typeof number !== 'bigint') {
        throw new RecordError('example.no_number', `The value has no field ${field} with a whole number.`);
      }
      const values = value.schema.fields.map((each, index) => (each.name === field ? number * BigInt(by) : value.values[index]));
      return { ...record, value: new Struct(value.schema, values) };
    };
  },
};
