import type { Struct } from '@headrace/connector-api';
import { extendedWkb, geometryOf } from '../types/geometry.ts';
import { jsonText } from '../types/json-text.ts';
import { perKind, type LogicalType, type PerKind } from '../types/logical-type.ts';
import { bitText, bufferOf, plainText, type EncodeValue, type TextOf } from '../types/plain-text.ts';
import { isoTimestampText } from '../types/temporal-text.ts';
import { binaryForm } from './binary-values.ts';

const LARGEST_PRECISION = 1_000;

const numericType = (scale: number, precision: number | undefined): string =>
  precision === undefined || precision > LARGEST_PRECISION || scale < 0 || scale > precision
    ? 'numeric'
    : `numeric(${String(precision)},${String(scale)})`;

const fractionDigits = (unit: 'ms' | 'us' | 'ns'): string => (unit === 'ms' ? '3' : '6');

const integerTypes = { 8: 'smallint', 16: 'smallint', 32: 'integer', 64: 'bigint' } as const;

const columnTypes: PerKind<string> = {
  boolean: () => 'boolean',
  integer: ({ bits }) => integerTypes[bits],
  float: ({ bits }) => (bits === 32 ? 'real' : 'double precision'),
  decimal: ({ scale, precision }) => numericType(scale, precision),
  'variable-decimal': () => 'numeric',
  string: ({ length }) => (length === undefined ? 'text' : `varchar(${String(length)})`),
  bytes: () => 'bytea',
  date: () => 'date',
  time: ({ unit }) => `time(${fractionDigits(unit)})`,
  timestamp: ({ unit }) => `timestamp(${fractionDigits(unit)})`,
  'iso-date': () => 'date',
  'iso-time': () => 'time(6)',
  'iso-timestamp': () => 'timestamp(6)',
  'zoned-timestamp': () => 'timestamptz',
  'zoned-time': () => 'timetz',
  year: () => 'integer',
  'micro-duration': () => 'interval',
  interval: () => 'interval',
  uuid: () => 'uuid',
  json: () => 'json',
  xml: () => 'xml',
  enum: () => 'text',
  'enum-set': () => 'text',
  bits: ({ length }) => (length === undefined ? 'bit varying' : `bit(${String(length)})`),
  point: () => 'point',
  geometry: () => 'bytea',
  array: ({ items }) => `${perKind(columnTypes, items)}[]`,
  map: () => 'json',
};

/** Types that PostgreSQL sources propagate by name and that hold more than the type chosen without it. */
const propagatedTypes = new Set(['JSONB', 'CITEXT', 'INET', 'CIDR', 'MACADDR', 'MACADDR8', 'OID', 'MONEY', 'LTREE', 'TSVECTOR']);
const propagatedRanges = new Set(['INT4RANGE', 'INT8RANGE', 'NUMRANGE', 'TSRANGE', 'TSTZRANGE', 'DATERANGE']);

/** Type of a column that is to be created; `sourceType` is the propagated type name, where there is one. */
export const postgresColumnType = (type: LogicalType, sourceType?: string): string =>
  sourceType !== undefined && (propagatedTypes.has(sourceType) || propagatedRanges.has(sourceType))
    ? sourceType.toLowerCase()
    : perKind(columnTypes, type);

/** Kinds whose text we make ourselves: it has none of the characters that an array literal gives a meaning to. */
const bareKinds = new Set<LogicalType['kind']>([
  'boolean',
  'integer',
  'float',
  'decimal',
  'variable-decimal',
  'date',
  'time',
  'timestamp',
  'year',
  'bits',
]);

const SPECIAL = /["\\]/g;
const quotedElement: TextOf = (value) => {
  const text = value as string;
  // Few texts have any of them, and looking is cheaper than replacing nothing.
  const isPlain = !text.includes('"') && !text.includes('\\');
  return isPlain ? `"${text}"` : `"${text.replace(SPECIAL, String.raw`\$&`)}"`;
};
/** Hexadecimal bytea has one backslash, at a known place. */
const byteaElement: TextOf = (text) => `"\\${text as string}"`;

/** Writes the text of a value as an element of an array literal. */
export const arrayElement = (type: LogicalType): TextOf => {
  if (bareKinds.has(type.kind)) return String;
  return type.kind === 'bytes' ? byteaElement : quotedElement;
};

const arrayText = (type: LogicalType): TextOf => {
  const text = postgresText(type, '');
  const element = arrayElement(type);
  return (value) =>
    `{${(value as readonly unknown[]).map((item) => (item === null || item === undefined ? 'NULL' : element(text(item)))).join(',')}}`;
};

const vectorText: TextOf = (value) => `[${(value as readonly number[]).join(',')}]`;

/** PostGIS reads its extended binary as bare hexadecimal; without PostGIS the same bytes go into bytea. */
const geometryText = (columnType: string): TextOf => {
  const prefix = columnType === 'bytea' ? '\\x' : '';
  return (value) => prefix + extendedWkb(geometryOf(value as Struct)).toString('hex');
};

const byPlainText = (type: LogicalType) => (): TextOf => plainText(type);

/** Per kind: the writer for a column of a type (as the catalog names it, without modifiers). */
const texts: PerKind<(columnType: string) => TextOf> = {
  // '1' and '0' are read by boolean, and by the numeric types that other schemas keep booleans in.
  boolean: () => () => (value) => (value === true ? '1' : '0'),
  bytes: () => () => (value) => `\\x${bufferOf(value).toString('hex')}`,
  bits:
    ({ length }) =>
    () =>
    (value) =>
      bitText(value, length),
  'zoned-timestamp': () => () => (value) => isoTimestampText(value as string, 'Z'),
  'iso-timestamp': () => () => (value) => isoTimestampText(value as string, ''),
  'micro-duration': () => (columnType) => (columnType === 'bigint' ? String : (value) => `${String(value)} microseconds`),
  point: () => () => (value) => `(${String((value as Struct).get('x'))},${String((value as Struct).get('y'))})`,
  geometry: () => geometryText,
  array: (type) => (columnType) => (type.isVector && columnType.includes('vec') ? vectorText : arrayText(type.items)),
  map: (type) => () => jsonText(type),
  integer: byPlainText,
  float: byPlainText,
  decimal: byPlainText,
  'variable-decimal': byPlainText,
  string: byPlainText,
  date: byPlainText,
  time: byPlainText,
  timestamp: byPlainText,
  'iso-date': byPlainText,
  'iso-time': byPlainText,
  'zoned-time': byPlainText,
  year: byPlainText,
  interval: byPlainText,
  uuid: byPlainText,
  json: byPlainText,
  xml: byPlainText,
  enum: byPlainText,
  'enum-set': byPlainText,
};

/** What travels of a value: a number where its column has a binary form that can hold it (`binary-values.ts`), or text. */
export const postgresEncoder = (type: LogicalType, columnType: string): EncodeValue => {
  const text = postgresText(type, columnType);
  const form = binaryForm(columnType);
  return form?.holds(type) === true ? (value) => form.numberOf(value, type) ?? text(value) : text;
};

/** Text that PostgreSQL reads as the value, for a column of `columnType` (as the catalog names it, without modifiers). */
export const postgresText = (type: LogicalType, columnType: string): TextOf => perKind(texts, type)(columnType);
