import { primitive, Struct, type Converter, type Schema, type SchemaAndValue } from '@headrace/connector-api';

/**
 * Kafka Connect's SimpleHeaderConverter: a header is the text of its value, and what is read is guessed from the text:
 * `null`, booleans, whole numbers of the smallest type that holds them, fractions, everything else a string. Dates, lists
 * and maps in texts stay strings here.
 */
export const simpleHeaderConverter: Converter = {
  encoderFor: () => Promise.resolve((value) => (value === null || value === undefined ? null : Buffer.from(textOf(value)))),
  decode: (_topic, bytes) => (bytes === null ? { schema: null, value: null } : guess(Buffer.from(bytes).toString('utf8'))),
};

const textOf = (value: unknown): string => (typeof value === 'string' ? value : embedded(value));

/** Inside lists, maps and structs texts are quoted. */
const embedded = (value: unknown): string => {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return `[${value.map(embedded).join(',')}]`;
  if (value instanceof Map) return pairs([...(value as ReadonlyMap<unknown, unknown>)]);
  if (value instanceof Struct) return pairs(value.schema.fields.map((field) => [field.name, value.values[field.index]]));
  return (value as number | bigint | boolean).toString();
};

const pairs = (entries: readonly (readonly [unknown, unknown])[]): string =>
  `{${entries.map(([key, item]) => `${embedded(key)}:${embedded(item)}`).join(',')}}`;

const schemas = {
  int8: primitive('int8'),
  int16: primitive('int16'),
  int32: primitive('int32'),
  int64: primitive('int64'),
  float32: primitive('float32'),
  float64: primitive('float64'),
  boolean: primitive('boolean'),
  string: primitive('string'),
} as const;

const limits: readonly (readonly [keyof typeof schemas, bigint])[] = [
  ['int8', 0x7fn],
  ['int16', 0x7fffn],
  ['int32', 0x7fff_ffffn],
  ['int64', 0x7fff_ffff_ffff_ffffn],
];

const guess = (text: string): SchemaAndValue => {
  if (text === 'null') return { schema: null, value: null };
  if (text === 'true' || text === 'false') return of('boolean', text === 'true');
  if (/^[+-]?\d{1,19}$/.test(text)) return integer(text);
  if (/^[+-]?\d*\.\d+(?:[eE][+-]?\d+)?$/.test(text)) return fraction(Number(text));
  if (/^"(?:[^"\\]|\\.)*"$/.test(text)) return of('string', text.slice(1, -1).replace(/\\(.)/g, '$1'));
  return of('string', text);
};

const of = (type: keyof typeof schemas, value: unknown): { schema: Schema; value: unknown } => ({ schema: schemas[type], value });

const integer = (text: string): SchemaAndValue => {
  const value = BigInt(text.replace(/^\+/, ''));
  const type = limits.find(([, max]) => value <= max && value >= -max - 1n)?.[0];
  if (type === undefined) return of('string', text);
  return of(type, type === 'int64' && !Number.isSafeInteger(Number(value)) ? value : Number(value));
};

const fraction = (value: number): SchemaAndValue => of(Number.isFinite(Math.fround(value)) ? 'float32' : 'float64', value);
