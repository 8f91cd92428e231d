/**
 * MySQL's binary JSON as text. A document is a type byte and a value; objects and arrays hold the number of their members
 * and their size, then (objects) where each key lies, then for each value its type and either the value itself, where it
 * fits, or where it lies; all places count from the start of the container. "Large" containers have 4-byte numbers, small
 * ones 2. Keys are printed in stored order, without blanks.
 */
import { ByteCursor } from '../binlog/byte-cursor.ts';
import { decimalPlainText, unscaledReader } from './decimal.ts';

const type = {
  smallObject: 0x00,
  largeObject: 0x01,
  smallArray: 0x02,
  largeArray: 0x03,
  literal: 0x04,
  int16: 0x05,
  uint16: 0x06,
  int32: 0x07,
  uint32: 0x08,
  int64: 0x09,
  uint64: 0x0a,
  double: 0x0b,
  string: 0x0c,
  opaque: 0x0f,
} as const;

/** MySQL types inside opaque values. */
const opaque = { decimal: 246, date: 10, time: 11, datetime: 12, timestamp: 7 } as const;

/** Text of a JSON column's bytes; an empty value, which the server makes of invalid defaults, is null. */
export const jsonText = (bytes: Buffer): string => {
  if (bytes.length === 0) return 'null';
  return valueText(bytes[0] ?? 0, bytes, 1);
};

type ValueText = (bytes: Buffer, start: number) => string;

const valueTexts = new Map<number, ValueText>([
  [type.smallObject, (bytes, start) => containerText(bytes, start, false, true)],
  [type.largeObject, (bytes, start) => containerText(bytes, start, true, true)],
  [type.smallArray, (bytes, start) => containerText(bytes, start, false, false)],
  [type.largeArray, (bytes, start) => containerText(bytes, start, true, false)],
  [type.literal, (bytes, start) => literalText(bytes[start] ?? 0)],
  [type.int16, (bytes, start) => String(bytes.readInt16LE(start))],
  [type.uint16, (bytes, start) => String(bytes.readUInt16LE(start))],
  [type.int32, (bytes, start) => String(bytes.readInt32LE(start))],
  [type.uint32, (bytes, start) => String(bytes.readUInt32LE(start))],
  [type.int64, (bytes, start) => String(bytes.readBigInt64LE(start))],
  [type.uint64, (bytes, start) => String(bytes.readBigUInt64LE(start))],
  [type.double, (bytes, start) => doubleText(bytes.readDoubleLE(start))],
  [type.string, (bytes, start) => stringText(bytes, start)],
  [type.opaque, (bytes, start) => opaqueText(bytes, start)],
]);

const valueText = (kind: number, bytes: Buffer, start: number): string => {
  const toText = valueTexts.get(kind);
  if (toText === undefined) throw new RangeError(`JSON value has unknown type ${String(kind)}.`);
  return toText(bytes, start);
};

const literalText = (value: number): string => (value === 0 ? 'null' : value === 1 ? 'true' : 'false');

/** A whole number keeps its point, so that it stays a double. */
const doubleText = (value: number): string => {
  const text = Object.is(value, -0) ? '-0' : String(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
};

/** Length in groups of 7 bits, lowest first, each but the last with its top bit set; then the bytes. */
const variableLength = (bytes: Buffer, start: number): { length: number; start: number } => {
  let length = 0;
  let offset = start;
  for (let factor = 1; ; factor *= 128) {
    const byte = bytes[offset] ?? 0;
    offset += 1;
    length += (byte & 0x7f) * factor;
    if ((byte & 0x80) === 0) return { length, start: offset };
  }
};

const stringText = (bytes: Buffer, start: number): string => {
  const text = variableLength(bytes, start);
  return JSON.stringify(bytes.toString('utf8', text.start, text.start + text.length));
};

const isInlined = (kind: number, isLarge: boolean): boolean =>
  kind === type.literal || kind === type.int16 || kind === type.uint16 || (isLarge && (kind === type.int32 || kind === type.uint32));

const containerText = (bytes: Buffer, start: number, isLarge: boolean, isObject: boolean): string => {
  const width = isLarge ? 4 : 2;
  const number = (offset: number): number => bytes.readUIntLE(offset, width);
  const count = number(start);
  const keys = start + 2 * width;
  const values = keys + (isObject ? count * (width + 2) : 0);
  const members: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const entry = values + index * (1 + width);
    const kind = bytes[entry] ?? 0;
    const place = isInlined(kind, isLarge) ? entry + 1 : start + number(entry + 1);
    const value = valueText(kind, bytes, place);
    if (!isObject) {
      members.push(value);
      continue;
    }
    const key = keys + index * (width + 2);
    const keyStart = start + number(key);
    const keyText = JSON.stringify(bytes.toString('utf8', keyStart, keyStart + bytes.readUInt16LE(key + width)));
    members.push(`${keyText}:${value}`);
  }
  return isObject ? `{${members.join(',')}}` : `[${members.join(',')}]`;
};

const opaqueText = (bytes: Buffer, start: number): string => {
  const kind = bytes[start] ?? 0;
  const body = variableLength(bytes, start + 1);
  const value = bytes.subarray(body.start, body.start + body.length);
  switch (kind) {
    case opaque.decimal:
      return opaqueDecimal(value);
    case opaque.date:
    case opaque.datetime:
    case opaque.timestamp:
      return JSON.stringify(opaqueDatetime(value, kind === opaque.date));
    case opaque.time:
      return JSON.stringify(opaqueTime(value));
    default:
      return JSON.stringify(`base64:type${String(kind)}:${value.toString('base64')}`);
  }
};

/** Precision and scale (1 byte each), then the packed decimal. */
const opaqueDecimal = (value: Buffer): string => {
  const [precision = 0, scale = 0] = value;
  return decimalPlainText(unscaledReader(precision, scale)(new ByteCursor(value, 2)), scale);
};

const two = (value: number): string => String(value).padStart(2, '0');
const fractionText = (micros: number): string => `.${String(micros).padStart(6, '0')}`;

/** 8 bytes: microseconds (24 bits), then second (6), minute (6), hour (5), day (5), year * 13 + month. */
const opaqueDatetime = (value: Buffer, isDate: boolean): string => {
  const packed = value.readBigInt64LE(0);
  const micros = Number(packed & 0xff_ff_ffn);
  const whole = Number((packed < 0n ? -packed : packed) >> 24n);
  const day = Math.floor(whole / 2 ** 17);
  const time = whole % 2 ** 17;
  const yearMonth = Math.floor(day / 32);
  const date = `${String(Math.floor(yearMonth / 13)).padStart(4, '0')}-${two(yearMonth % 13)}-${two(day % 32)}`;
  if (isDate) return date;
  return `${date} ${two(time >> 12)}:${two((time >> 6) & 63)}:${two(time & 63)}${fractionText(micros)}`;
};

/** 8 bytes, signed: microseconds (24 bits), then second (6), minute (6), hour (10). */
const opaqueTime = (value: Buffer): string => {
  const packed = value.readBigInt64LE(0);
  const magnitude = packed < 0n ? -packed : packed;
  const whole = Number(magnitude >> 24n);
  const clock = `${two((whole >> 12) & 0x3ff)}:${two((whole >> 6) & 63)}:${two(whole & 63)}`;
  return `${packed < 0n ? '-' : ''}${clock}${fractionText(Number(magnitude & 0xff_ff_ffn))}`;
};
