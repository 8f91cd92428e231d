import { Struct, structOf, type Schema, type TransformPlugin } from '@headrace/connector-api';
import { defineConfig } from '@headrace/foundation';
import { parseConfig } from '../parse-config.ts';
import { transformOfBothSides } from '../shape/side.ts';
import { planCache } from '../shape/struct-transform.ts';

const config = defineConfig({
  field: { type: 'STRING', importance: 'MEDIUM', doc: 'Name of the only field of the new struct or map.' },
});

/** Wraps the key or value into a struct of one field. */
export const hoistField: readonly TransformPlugin[] = transformOfBothSides('HoistField', config, (raw, side) => {
  const { field } = parseConfig(config, raw);
  const wrapped = planCache((schema: Schema) => structOf([[field, schema]]));
  return (record) => {
    const schema = side.schemaOf(record);
    const value = side.valueOf(record);
    if (schema === null) return side.replace(record, null, new Map([[field, value]]));
    const outer = wrapped(schema);
    return side.replace(record, outer, new Struct(outer, [value]));
  };
});
