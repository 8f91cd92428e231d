import { javaDouble, javaFloat } from './java-number.ts';
import type { Schema } from './schema.ts';
import { Struct } from './struct.ts';

/** A value as Java's `toString` prints Connect data: `Struct{a=1,b=x}` without absent fields, `[1, 2]`, `{a=1}`, `5.0`. */
export const javaText = (value: unknown, schema: Schema | null = null): string => {
  if (value === null || value === undefined) return 'null';
  if (value instanceof Struct) return structText(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return `[${value.map((item) => javaText(item, schema?.type === 'array' ? schema.items : null)).join(', ')}]`;
  if (value instanceof Map) return mapText(value, schema);
  return typeof value === 'number' ? numberText(value, schema) : (value as string | bigint | boolean).toString();
};

const mapText = (map: ReadonlyMap<unknown, unknown>, schema: Schema | null): string => {
  const [keys, values] = schema?.type === 'map' ? [schema.keys, schema.values] : [null, null];
  return `{${[...map].map(([key, item]) => `${javaText(key, keys)}=${javaText(item, values)}`).join(', ')}}`;
};

const structText = ({ schema, values }: Struct): string => {
  const present = schema.fields.filter(({ index }) => values[index] !== null && values[index] !== undefined);
  return `Struct{${present.map((field) => `${field.name}=${javaText(values[field.index], field.schema)}`).join(',')}}`;
};

/** Without a schema a whole number has no fraction: what it was in Java is not known. */
const numberText = (value: number, schema: Schema | null): string => {
  if (schema?.type === 'float32') return javaFloat(value);
  return schema?.type === 'float64' || !Number.isInteger(value) ? javaDouble(value) : String(value);
};

/** JSON as Jackson writes it: like JSON.stringify, but the digits of escapes are upper-case. */
export const javaJson = (value: unknown): string => {
  const json = JSON.stringify(value);
  if (!json.includes('\\u')) return json;
  return json.replace(/\\(?:u[0-9a-f]{4}|.)/g, (escape) => (escape.length > 2 ? `\\u${escape.slice(2).toUpperCase()}` : escape));
};
