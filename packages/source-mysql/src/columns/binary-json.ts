/** MySQL's binary JSON as text, as the documents of change events have it: keys in stored order, no blanks. */
import { ByteCursor } from '../binlog/byte-cursor.ts';
import { isContainer, JsonContainer, jsonKind, variableLength } from '../json/json-layout.ts';
import { decimalPlainText, unscaledReader } from './decimal.ts';

/** MySQL types inside opaque values. */
const opaque = { decimal: 246, date: 10, time: 11, datetime: 12, timestamp: 7 } as const;

/** Text of a JSON column's bytes; an empty value, which the server makes of invalid defaults, is null. */
export const jsonText = (bytes: Buffer): string => {
  if (bytes.length === 0) return 'null';
  return valueText(bytes[0] ?? 0, bytes, 1);
};

type ValueText = (bytes: Buffer, start: number) => string;

const valueTexts = new Map<number, ValueText>([
  [jsonKind.literal, (bytes, start) => literalText(bytes[start] ?? 0)],
  [jsonKind.int16, (bytes, start) => String(bytes.readInt16LE(start))],
  [jsonKind.uint16, (bytes, start) => String(bytes.readUInt16LE(start))],
  [jsonKind.int32, (bytes, start) => String(bytes.readInt32LE(start))],
  [jsonKind.uint32, (bytes, start) => String(bytes.readUInt32LE(start))],
  [jsonKind.int64, (bytes, start) => String(bytes.readBigInt64LE(start))],
  [jsonKind.uint64, (bytes, start) => String(bytes.readBigUInt64LE(start))],
  [jsonKind.double, (bytes, start) => doubleText(bytes.readDoubleLE(start))],
  [jsonKind.string, (bytes, start) => stringText(bytes, start)],
  [jsonKind.opaque, (bytes, start) => opaqueText(bytes, start)],
]);

const valueText = (kind: number, bytes: Buffer, start: number): string => {
  if (isContainer(kind)) return containerText(new JsonContainer(kind, bytes, start));
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

const stringText = (bytes: Buffer, start: number): string => {
  const text = variableLength(bytes, start);
  return JSON.stringify(bytes.toString('utf8', text.start, text.start + text.length));
};

const containerText = (container: JsonContainer): string => {
  const { bytes, count, isObject } = container;
  const members: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const value = valueText(container.kind(index), bytes, container.place(index));
    members.push(isObject ? `${JSON.stringify(container.key(index))}:${value}` : value);
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
