import { Struct, structOf, type Schema, type TransformPlugin } from '@headrace/connector-api';
import { defineConfig } from '@headrace/foundation';
import { types } from 'node:util';
import { parseConfig } from '../parse-config.ts';
import { nullDefaultKey, withDefaults } from '../shape/null-defaults.ts';
import { missingField, notEmpty, unsuitable, wholeTransform } from '../shape/side.ts';
import { planCache } from '../shape/struct-transform.ts';

const config = defineConfig({
  fields: { type: 'LIST', importance: 'HIGH', doc: 'Fields of the value that make the new key.', validate: notEmpty },
  ...nullDefaultKey,
});

/** Makes a new key of fields of the value. */
export const valueToKey: TransformPlugin = wholeTransform('ValueToKey', config, (raw) => {
  const { fields, 'replace.null.with.default': isNullReplaced } = parseConfig(config, raw);
  const planOf = planCache((schema: Schema) => {
    if (schema.type !== 'struct') throw unsuitable('ValueToKey', `its value is a ${schema.type}, not a struct`);
    const found = fields.map((name) => schema.fields[schema.indexByName.get(name) ?? -1] ?? failMissing(name));
    return { schema: structOf(found.map((field) => [field.name, field.schema])), indexes: found.map((field) => field.index) };
  });
  return (record) => {
    const { value, valueSchema } = record;
    if (valueSchema === null) {
      if (!types.isMap(value)) throw unsuitable('ValueToKey', 'its value is neither a struct nor a map');
      return { ...record, keySchema: null, key: new Map(fields.map((name) => [name, value.get(name) ?? null])) };
    }
    if (!(value instanceof Struct)) throw unsuitable('ValueToKey', 'it has no value');
    const { schema, indexes } = planOf(valueSchema);
    const { values } = isNullReplaced ? withDefaults(value) : value;
    return {
      ...record,
      keySchema: schema,
      key: new Struct(
        schema,
        indexes.map((index) => values[index]),
      ),
    };
  };
});

const failMissing = (name: string): never => {
  throw missingField('ValueToKey', name);
};
