import { javaDouble, javaFloat } from './java-number.ts';
import { bytesOfUnscaled, decimalSchema, decimalText, logicalNames } from './logical-types.ts';
import { arrayOf, int64, mapOf, primitive, type Schema, type SchemaType } from './schema.ts';
import { Struct } from './struct.ts';

/** A value with what is known of its type. */
export interface TypedValue {
  readonly schema: Schema | null;
  readonly value: unknown;
}

const dateSchema = primitive('int32', { name: logicalNames.date, version: 1 });
const timeSchema = primitive('int32', { name: logicalNames.time, version: 1 });
const timestampSchema = primitive('int64', { name: logicalNames.timestamp, version: 1 });

const primitives = {
  int8: primitive('int8'),
  int16: primitive('int16'),
  int32: primitive('int32'),
  int64: primitive('int64'),
  float32: primitive('float32'),
  float64: primitive('float64'),
  boolean: primitive('boolean'),
  string: primitive('string'),
} as const;

const DAY_MS = 86_400_000;

/**
 * The value that a text most likely stands for, as Kafka Connect guesses it for headers: null, booleans, the smallest number
 * type that holds a number, dates and times in ISO 8601, lists and maps of those; everything else is the text itself.
 * A list or map of values of several types has no schema.
 */
export const parseValueText = (text: string): TypedValue => {
  if (text === 'null') return { schema: null, value: null };
  if (text === 'true' || text === 'false') return { schema: primitives.boolean, value: text === 'true' };
  if (text.startsWith('[') || text.startsWith('{')) {
    const found = new Collection(text).read();
    if (found !== undefined) return found;
  }
  return scalarOf(text.trim()) ?? { schema: primitives.string, value: text };
};

const scalarOf = (token: string): TypedValue | undefined => (/^[-+\d]/.test(token) ? (temporalOf(token) ?? numberOf(token)) : undefined);

const DATE = /^\d{4}-\d\d-\d\d$/;
const TIME = /^\d\d:\d\d:\d\d\.\d{3}Z$/;
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const temporalOf = (token: string): TypedValue | undefined => {
  if (DATE.test(token)) return { schema: dateSchema, value: instantOf(token.split('-')) / DAY_MS };
  if (TIME.test(token)) return { schema: timeSchema, value: instantOf(['1970', '1', '1', ...token.slice(0, -1).split(/[:.]/)]) };
  if (TIMESTAMP.test(token)) return { schema: timestampSchema, value: instantOf(token.slice(0, -1).split(/[-T:.]/)) };
  return undefined;
};

/** As lenient as Java: a 13th month is the first of the next year. */
const instantOf = (parts: readonly string[]): number => {
  const at = (index: number): number => Number(parts[index] ?? '0');
  return Date.UTC(at(0), at(1) - 1, at(2), at(3), at(4), at(5), at(6));
};

const wholeTypes = [
  ['int8', 0x7fn],
  ['int16', 0x7fffn],
  ['int32', 0x7fff_ffffn],
  ['int64', 0x7fff_ffff_ffff_ffffn],
] as const;

/** Exponents beyond this are no numbers but a way to fill the memory. */
const MAX_EXPONENT = 10_000;

const numberOf = (token: string): TypedValue | undefined => {
  const match = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d{1,9}))?$/.exec(token);
  if (match === null) return undefined;
  const [, sign = '', whole = '', decimals = '', exponent = '0'] = match;
  if (whole + decimals === '' || Math.abs(Number(exponent)) > MAX_EXPONENT) return undefined;
  return exactNumber(token, BigInt(sign.replace('+', '') + '1') * BigInt(whole + decimals), decimals.length - Number(exponent));
};

const exactNumber = (token: string, unscaled: bigint, scale: number): TypedValue =>
  wholeNumber(unscaled, scale) ?? fraction(Number(token), scale) ?? { schema: decimalSchema(scale), value: bytesOfUnscaled(unscaled) };

const wholeNumber = (unscaled: bigint, scale: number): TypedValue | undefined => {
  const exact = integral(unscaled, scale);
  const type = exact === undefined ? undefined : wholeTypes.find(([, max]) => exact <= max && exact >= -max - 1n)?.[0];
  return exact === undefined || type === undefined ? undefined : { schema: primitives[type], value: int64(exact) };
};

const fraction = (value: number, scale: number): TypedValue | undefined => {
  if (scale === 0 || !Number.isFinite(value)) return undefined;
  const float = Math.fround(value);
  return Number.isFinite(float) ? { schema: primitives.float32, value: float } : { schema: primitives.float64, value };
};

/** The whole number that `unscaled` is at `scale`; undefined when it has a fraction, or too many digits to be of use. */
const integral = (unscaled: bigint, scale: number): bigint | undefined => {
  if (scale <= 0) return scale < -20 && unscaled !== 0n ? undefined : unscaled * 10n ** BigInt(-scale);
  const unit = 10n ** BigInt(scale);
  return unscaled % unit === 0n ? unscaled / unit : undefined;
};

/** A list `[...]` or map `{...:...}` at the start of a text. */
class Collection {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** undefined when it is none. What follows it does not count, as in Kafka Connect. */
  read(): TypedValue | undefined {
    return this.#takes('[') ? this.#list() : this.#takes('{') ? this.#map() : undefined;
  }

  #list(): TypedValue | undefined {
    const items: TypedValue[] = [];
    if (this.#takes(']')) return { schema: null, value: [] };
    do {
      const item = this.#item();
      if (item === undefined) return undefined;
      items.push(item);
    } while (this.#takes(','));
    if (!this.#takes(']')) return undefined;
    const schema = commonSchema(items);
    return { schema: schema === undefined ? null : arrayOf(schema), value: items.map(({ value }) => value) };
  }

  #map(): TypedValue | undefined {
    const entries: (readonly [TypedValue, TypedValue])[] = [];
    if (this.#takes('}')) return { schema: null, value: new Map() };
    do {
      const key = this.#item();
      const item = key === undefined || !this.#takes(':') ? undefined : this.#item();
      if (key === undefined || item === undefined) return undefined;
      entries.push([key, item]);
    } while (this.#takes(','));
    if (!this.#takes('}')) return undefined;
    const keys = commonSchema(entries.map(([key]) => key));
    const values = commonSchema(entries.map(([, item]) => item));
    const value = new Map(entries.map(([key, item]) => [key.value, item.value]));
    return { schema: keys === undefined || values === undefined ? null : mapOf(keys, values), value };
  }

  #item(): TypedValue | undefined {
    this.#blanks();
    const quoted = /^"((?:[^"\\]|\\.)*)"/s.exec(this.#text.slice(this.#at));
    if (quoted !== null) {
      this.#at += quoted[0].length;
      return { schema: primitives.string, value: (quoted[1] ?? '').replace(/\\(.)/gs, '$1') };
    }
    const nested = this.read();
    if (nested !== undefined) return nested;
    // A time has colons of its own: the longest token that is a value counts.
    const rest = this.#text.slice(this.#at);
    for (const pattern of [/^[^,\]}"]+/, /^[^,\]}":]+/]) {
      const token = pattern.exec(rest)?.[0] ?? '';
      const trimmed = token.trim();
      const found =
        trimmed === 'true' || trimmed === 'false' ? { schema: primitives.boolean, value: trimmed === 'true' } : scalarOf(trimmed);
      if (found === undefined) continue;
      this.#at += token.length;
      return found;
    }
    return undefined;
  }

  #takes(character: string): boolean {
    this.#blanks();
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #blanks(): void {
    while (this.#text[this.#at] === ' ') this.#at += 1;
  }
}

const numberRank: Readonly<Partial<Record<SchemaType, number>>> = { int8: 0, int16: 1, int32: 2, int64: 3, float32: 4, float64: 5 };

/** The schema that all items have or, for numbers, fit into; undefined when there is none. */
const commonSchema = (items: readonly TypedValue[]): Schema | undefined => {
  let common: Schema | undefined;
  for (const { schema } of items) {
    if (schema === null) return undefined;
    if (common === undefined || common === schema) common = schema;
    else if (isNumber(common) && isNumber(schema)) common = rankOf(schema) > rankOf(common) ? schema : common;
    else if (JSON.stringify(common) !== JSON.stringify(schema)) return undefined;
  }
  return common;
};

const rankOf = ({ type }: Schema): number => numberRank[type] ?? -1;
const isNumber = (schema: Schema): boolean => schema.name === undefined && rankOf(schema) >= 0;

/** A value as Kafka Connect writes it into a header; texts and bytes inside lists, maps and structs are quoted. */
export const valueText = ({ schema, value }: TypedValue): string => {
  if (typeof value === 'string') return value;
  return value instanceof Uint8Array ? bytesText(schema, value) : embedded(schema, value);
};

const embedded = (schema: Schema | null, value: unknown): string => {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') return numberText(schema, value);
  if (!(value instanceof Uint8Array)) return collectionText(schema, value);
  return isDecimal(schema) ? bytesText(schema, value) : quoted(bytesText(schema, value));
};

/** No JSON: what is no quote and no backslash stands as it is. */
const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, '\\$&')}"`;

const collectionText = (schema: Schema | null, value: unknown): string => {
  if (Array.isArray(value)) {
    const items = schema?.type === 'array' ? schema.items : null;
    return `[${value.map((item) => embedded(items, item)).join(',')}]`;
  }
  if (value instanceof Map) {
    const [keys, values] = schema?.type === 'map' ? [schema.keys, schema.values] : [null, null];
    return pairs([...(value as ReadonlyMap<unknown, unknown>)].map(([key, item]) => [embedded(keys, key), embedded(values, item)]));
  }
  if (value instanceof Struct) {
    return pairs(value.schema.fields.map((field) => [quoted(field.name), embedded(field.schema, value.values[field.index])]));
  }
  return (value as bigint | boolean).toString();
};

const pairs = (entries: readonly (readonly [string, string])[]): string => `{${entries.map(([key, item]) => `${key}:${item}`).join(',')}}`;

const isDecimal = (schema: Schema | null): boolean => schema?.name === logicalNames.decimal;

const bytesText = (schema: Schema | null, bytes: Uint8Array): string =>
  isDecimal(schema) ? decimalText(bytes, Number(schema?.parameters?.['scale'] ?? 0)) : Buffer.from(bytes).toString('base64');

/** All are one class in Java, and the value decides: up to the first day it is a time, at midnight a date. */
const momentText = (ms: number): string => {
  const text = new Date(ms).toISOString();
  if (ms < DAY_MS) return text.slice(text.indexOf('T') + 1);
  return ms % DAY_MS === 0 ? text.slice(0, text.indexOf('T')) : text;
};

const numberText = (schema: Schema | null, value: number): string => {
  switch (schema?.name) {
    case logicalNames.timestamp:
    case logicalNames.time:
      return momentText(value);
    case logicalNames.date:
      return momentText(value * DAY_MS);
    default:
      break;
  }
  if (schema?.type === 'float64') return javaDouble(value);
  return schema?.type === 'float32' ? javaFloat(value) : String(value);
};
