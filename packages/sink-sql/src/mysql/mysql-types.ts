import type { Struct } from '@headrace/connector-api';
import { geometryOf, mysqlGeometry, pointGeometry } from '../types/geometry.ts';
import { jsonText } from '../types/json-text.ts';
import { perKind, type LogicalType, type PerKind, type TimeUnit } from '../types/logical-type.ts';
import { bitText, bufferOf, plainText, type TextOf } from '../types/plain-text.ts';
import { isoInUtc, isoTimestampText, withoutZulu } from '../types/temporal-text.ts';

const DECIMAL_DIGITS = 65;
const DECIMAL_SCALE = 30;
const LONGEST_SHORT_TEXT = 255;

const integerTypes = { 8: 'tinyint', 16: 'smallint', 32: 'int', 64: 'bigint' } as const;

/** `keyLength` in characters: set for key columns, which an index can only hold at a bounded length. */
const textType = (length: number | undefined, keyLength: number | undefined): string => {
  if (keyLength !== undefined) return `varchar(${String(Math.min(length ?? keyLength, keyLength))})`;
  return length !== undefined && length <= LONGEST_SHORT_TEXT ? `varchar(${String(length)})` : 'longtext';
};

const binaryType = (length: number | undefined, keyLength: number | undefined): string => {
  if (keyLength !== undefined) return `varbinary(${String(Math.min(length ?? keyLength, keyLength))})`;
  return length !== undefined && length <= LONGEST_SHORT_TEXT ? `varbinary(${String(length)})` : 'longblob';
};

const longText = (keyLength: number | undefined): string => textType(undefined, keyLength);
const shortText = (keyLength: number | undefined): string => textType(LONGEST_SHORT_TEXT, keyLength);

const fractionDigits = (unit: TimeUnit): string => (unit === 'ms' ? '3' : '6');

/** Digits that no decimal holds are kept as text: exact, though not a number to the server. */
const decimalType = (scale: number, precision: number, keyLength: number | undefined): string =>
  precision > DECIMAL_DIGITS || scale < 0 || scale > DECIMAL_SCALE || scale > precision
    ? textType(undefined, keyLength)
    : `decimal(${String(precision)},${String(scale)})`;

/** Per kind: the type of a column, whose texts have at most `keyLength` characters where it is part of the key. */
const columnTypes: PerKind<(keyLength: number | undefined) => string> = {
  boolean: () => () => 'tinyint(1)',
  integer:
    ({ bits }) =>
    () =>
      integerTypes[bits],
  float:
    ({ bits }) =>
    () =>
      bits === 32 ? 'float' : 'double',
  decimal:
    ({ scale, precision }) =>
    (keyLength) =>
      decimalType(scale, precision ?? DECIMAL_DIGITS, keyLength),
  'variable-decimal': () => longText,
  string:
    ({ length }) =>
    (keyLength) =>
      textType(length, keyLength),
  bytes:
    ({ length }) =>
    (keyLength) =>
      binaryType(length, keyLength),
  date: () => () => 'date',
  time:
    ({ unit }) =>
    () =>
      `time(${fractionDigits(unit)})`,
  timestamp:
    ({ unit }) =>
    () =>
      `datetime(${fractionDigits(unit)})`,
  'iso-date': () => () => 'date',
  'iso-time': () => () => 'time(6)',
  'iso-timestamp': () => () => 'datetime(6)',
  'zoned-timestamp': () => () => 'datetime(6)',
  'zoned-time': () => () => 'time(6)',
  year: () => () => 'year',
  'micro-duration': () => () => 'bigint',
  interval: () => shortText,
  uuid: () => () => 'char(36)',
  json: () => () => 'json',
  xml: () => longText,
  // Text, not enum(...): a label added at the source must not need a change of the target before its first row.
  enum: () => shortText,
  'enum-set': () => longText,
  bits:
    ({ length }) =>
    (keyLength) =>
      length === undefined || length > 64 ? longText(keyLength) : `bit(${String(length)})`,
  point: () => () => 'point',
  geometry: () => () => 'geometry',
  array: () => () => 'json',
  map: () => () => 'json',
};

/** Type of a column that is to be created. Temporal types without a zone hold UTC. */
export const mysqlColumnType = (type: LogicalType, keyLength: number | undefined): string => perKind(columnTypes, type)(keyLength);

/** Our sessions read backslashes as escapes. */
const quoteText = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;

const quoted =
  (text: TextOf): TextOf =>
  (value) =>
    quoteText(text(value));

/** MySQL has the years 0 to 9999 of our era and no infinity. */
const dated = (text: TextOf): TextOf =>
  quoted((value) => {
    const written = text(value);
    if (written.charAt(4) !== '-' || written.endsWith('BC')) throw new RangeError('the date is not within the years 0 to 9999');
    return written;
  });

const floatLiteral: TextOf = (value) => {
  if (!Number.isFinite(value)) throw new RangeError(`${String(value)} is no number here`);
  return Object.is(value, -0) ? '-0e0' : (value as number).toExponential();
};

/** Unquoted, so that a key is compared as a number; beyond 65 digits the parser would make it a double, so quoted. */
const decimalLiteral =
  (text: TextOf): TextOf =>
  (value) => {
    const written = text(value);
    return written.length <= DECIMAL_DIGITS ? written : `'${written}'`;
  };

const hexLiteral = (bytes: Buffer): string => `x'${bytes.toString('hex')}'`;

const byPlainText = (type: LogicalType) => (): TextOf => quoted(plainText(type));
const number = () => (): TextOf => String;
const datedPlain = (type: LogicalType) => (): TextOf => dated(plainText(type));
const datedIso = () => (): TextOf => dated((value) => isoTimestampText(value as string, ''));
const isoTime = () => (): TextOf => quoted((value) => withoutZulu(value as string));

/** Per kind: the writer of literals for a column of a type (as the catalog names it). */
const literals: PerKind<(columnType: string) => TextOf> = {
  boolean: () => () => (value) => (value === true ? '1' : '0'),
  integer: number,
  year: number,
  'micro-duration': number,
  float: () => () => floatLiteral,
  decimal: (type) => (columnType) => (columnType.startsWith('decimal') ? decimalLiteral(plainText(type)) : quoted(plainText(type))),
  date: datedPlain,
  timestamp: datedPlain,
  'zoned-timestamp': () => () => dated((value) => isoTimestampText(isoInUtc(value as string), '')),
  'iso-timestamp': datedIso,
  'iso-date': () => () => dated((value) => withoutZulu(value as string)),
  'iso-time': isoTime,
  'zoned-time': isoTime,
  bytes: () => () => (value) => hexLiteral(bufferOf(value)),
  bits: (type) => (columnType) =>
    columnType.startsWith('bit') ? (value) => `b'${bitText(value, undefined) || '0'}'` : quoted((value) => bitText(value, type.length)),
  point: () => () => (value) => hexLiteral(mysqlGeometry(pointGeometry(value as Struct))),
  geometry: () => () => (value) => hexLiteral(mysqlGeometry(geometryOf(value as Struct))),
  array: (type) => () => quoted(jsonText(type)),
  map: (type) => () => quoted(jsonText(type)),
  'variable-decimal': byPlainText,
  string: byPlainText,
  time: byPlainText,
  interval: byPlainText,
  uuid: byPlainText,
  json: byPlainText,
  xml: byPlainText,
  enum: byPlainText,
  'enum-set': byPlainText,
};

/** The value as a complete SQL literal for a column of `columnType` (as the catalog names it). */
export const mysqlLiteral = (type: LogicalType, columnType: string): TextOf => perKind(literals, type)(columnType);
