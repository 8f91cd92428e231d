import { javaDouble, javaFloat, Struct, type MapSchema, type Schema } from '@headrace/connector-api';
import { isEntryList } from './avro-shape.ts';
import { javaNumber, type JavaJson } from './java-json.ts';

/** A default in Avro's JSON form: bytes are a string of ISO-8859-1 characters. */
export const avroDefault = (schema: Schema, value: unknown): JavaJson => {
  if (value === null || value === undefined) return null;
  switch (schema.type) {
    case 'float32':
      return javaNumber(value as number, javaFloat);
    case 'float64':
      return javaNumber(value as number, javaDouble);
    case 'boolean':
    case 'string':
      return value as string | boolean;
    case 'bytes':
      return Buffer.from(value as Uint8Array).toString('latin1');
    case 'array':
      return (value as readonly unknown[]).map((item) => avroDefault(schema.items, item));
    case 'map':
      return mapDefault(schema, [...(value as ReadonlyMap<unknown, unknown>)]);
    case 'struct': {
      const values = value instanceof Struct ? value.values : [];
      return new Map(schema.fields.map((field) => [field.name, avroDefault(field.schema, values[field.index])]));
    }
    default:
      return { raw: (value as number | bigint).toString() };
  }
};

const mapDefault = (schema: MapSchema, entries: readonly (readonly [unknown, unknown])[]): JavaJson => {
  if (isEntryList(schema)) return entries.map(([key, item]) => [avroDefault(schema.keys, key), avroDefault(schema.values, item)]);
  return new Map(entries.map(([key, item]) => [key as string, avroDefault(schema.values, item)]));
};
