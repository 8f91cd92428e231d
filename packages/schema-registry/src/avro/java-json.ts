/**
 * JSON as Jackson writes it. Registries compare schema texts, and a schema of ours must equal the one Confluent's
 * converter registered for the same table, so numbers and escapes follow Java.
 */

import { javaString } from '@headrace/connector-api';

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
  if (typeof value === 'string') return javaString(value);
  if (typeof value === 'boolean') return String(value);
  if (isRaw(value)) return value.raw;
  if (isObject(value)) return `{${[...value].map(([key, item]) => `${javaString(key)}:${javaText(item)}`).join(',')}}`;
  return `[${value.map(javaText).join(',')}]`;
};

/** Double.toString: a fraction always, an exponent outside 10^-3 to 10^7. */
export const javaDouble = (value: number): string => javaDecimal(value, String(value));

/** Float.toString: the shortest digits that give the same 32-bit value. */
export const javaFloat = (value: number): string => {
  for (let digits = 1; digits < 9; digits += 1) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === Math.fround(value)) return javaDecimal(Number(text), String(Number(text)));
  }
  return javaDecimal(value, String(value));
};

const javaDecimal = (value: number, text: string): string => {
  if (!Number.isFinite(value)) return javaString(Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity');
  const size = Math.abs(value);
  if (Object.is(value, -0)) return '-0.0';
  if (size === 0 || (size >= 1e-3 && size < 1e7)) return text.includes('.') ? text : `${text}.0`;
  const [mantissa = '0', exponent = '0'] = value.toExponential().split('e');
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${String(Number(exponent))}`;
};
