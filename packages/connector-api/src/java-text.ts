import { Struct } from './struct.ts';

/** A value as Java's `toString` prints Connect data: `Struct{a=1,b=x}` without absent fields, `[1, 2]`, `{a=1}`. */
export const javaText = (value: unknown): string => {
  if (value instanceof Struct) {
    const present = value.schema.fields.filter((field) => value.values[field.index] !== null && value.values[field.index] !== undefined);
    return `Struct{${present.map((field) => `${field.name}=${javaText(value.values[field.index])}`).join(',')}}`;
  }
  if (value === null || value === undefined) return 'null';
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return `[${value.map(javaText).join(', ')}]`;
  if (value instanceof Map) return `{${[...value].map(([key, item]) => `${javaText(key)}=${javaText(item)}`).join(', ')}}`;
  return (value as string | number | bigint | boolean).toString();
};
