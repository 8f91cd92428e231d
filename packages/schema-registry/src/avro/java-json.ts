/**
 * JSON as Jackson writes it. Registries compare schema texts, and a schema of ours must equal the one Confluent's
 * converter registered for the same table, so numbers and escapes follow Java.
 */

import { javaJson } from '@headrace/connector-api';

/** A JSON value with its text decided: `{ raw }` is printed as it is. */
export type JavaJson = string | boolean | null | RawJson | readonly JavaJson[] | JavaObject;
type JavaObject = ReadonlyMap<string, JavaJson>;

export interface RawJson {
  readonly raw: string;
}

const isObject = (value: readonly JavaJson[] | JavaObject): value is JavaObject => value instanceof Map;

const isRaw = (value: JavaJson): value is RawJson => typeof value === 'object' && value !== null && 'raw' in value;

export const javaText = (value: JavaJson): string => {
  if (value === null) return 'null';
  if (typeof value === 'string') return javaJson(value);
  if (typeof value === 'boolean') return String(value);
  if (isRaw(value)) return value.raw;
  if (isObject(value)) return `{${[...value].map(([key, item]) => `${javaJson(key)}:${javaText(item)}`).join(',')}}`;
  return `[${value.map(javaText).join(',')}]`;
};

/** A number by its `toString` in Java, given as a function; what JSON has no number for is a text. */
export const javaNumber = (value: number, toText: (value: number) => string): JavaJson =>
  Number.isFinite(value) ? { raw: toText(value) } : String(value);
