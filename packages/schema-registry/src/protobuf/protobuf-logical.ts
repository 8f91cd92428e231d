import { bytesOfUnscaled, int64, unscaledOfBytes, type Schema } from '@headrace/connector-api';
import { RecordError } from '@headrace/foundation';
import type { Reader, Writer } from 'protobufjs';
import { errors } from '../errors.ts';
import { wellKnownTypes } from './protobuf-names.ts';
import { readLong } from './protobuf-scalars.ts';

/** A message that stands for one of Connect's logical types: the content of the message from and to the physical value. */
export interface LogicalMessage {
  write(writer: Writer, value: unknown, schema: Schema): void;
  read(reader: Reader, end: number, schema: Schema): unknown;
}

const DAY_MS = 86_400_000;

const decimal: LogicalMessage = {
  write: (writer, value, schema) => {
    const unscaled = unscaledOfBytes(value as Uint8Array);
    writer.uint32(0x0a).bytes(value as Uint8Array);
    const precision = String(unscaled < 0n ? -unscaled : unscaled).length;
    writer.uint32(0x10).uint32(precision);
    const scale = scaleOf(schema);
    if (scale !== 0) writer.uint32(0x18).int32(scale);
  },
  read: (reader, end, schema) => {
    let bytes = new Uint8Array();
    let scale = 0;
    eachField(reader, end, (number) => {
      if (number === 1) bytes = new Uint8Array(reader.bytes());
      else if (number === 3) scale = reader.int32();
      else return false;
      return true;
    });
    return rescaled(bytes, scale, scaleOf(schema));
  },
};

/** Days since the epoch. */
const date: LogicalMessage = {
  write: (writer, value) => {
    const day = new Date((value as number) * DAY_MS);
    writeNumbers(writer, [day.getUTCFullYear(), day.getUTCMonth() + 1, day.getUTCDate()]);
  },
  read: (reader, end) => {
    const [year = 0, month = 0, day = 0] = readNumbers(reader, end, 3);
    return Math.floor(new Date(0).setUTCFullYear(year, month - 1, day) / DAY_MS);
  },
};

/** Milliseconds since midnight. */
const time: LogicalMessage = {
  write: (writer, value) => {
    const ms = value as number;
    writeNumbers(writer, [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60, Math.floor(ms / 1_000) % 60, (ms % 1_000) * 1_000_000]);
  },
  read: (reader, end) => {
    const [hours = 0, minutes = 0, seconds = 0, nanos = 0] = readNumbers(reader, end, 4);
    return hours * 3_600_000 + minutes * 60_000 + seconds * 1_000 + Math.floor(nanos / 1_000_000);
  },
};

/** Milliseconds since the epoch. */
const timestamp: LogicalMessage = {
  write: (writer, value) => {
    const ms = BigInt(value as number | bigint);
    const rest = ((ms % 1_000n) + 1_000n) % 1_000n;
    const seconds = (ms - rest) / 1_000n;
    if (seconds !== 0n) writer.uint32(0x08).int64(String(seconds));
    if (rest !== 0n) writer.uint32(0x10).int32(Number(rest) * 1_000_000);
  },
  read: (reader, end) => {
    let seconds = 0n;
    let nanos = 0;
    eachField(reader, end, (number) => {
      if (number === 1) seconds = BigInt(readLong(reader));
      else if (number === 2) nanos = reader.int32();
      else return false;
      return true;
    });
    return int64(seconds * 1_000n + BigInt(Math.floor(nanos / 1_000_000)));
  },
};

export const logicalMessages: Readonly<Record<string, LogicalMessage>> = {
  [wellKnownTypes.decimal.message]: decimal,
  [wellKnownTypes.date.message]: date,
  [wellKnownTypes.time.message]: time,
  [wellKnownTypes.timestamp.message]: timestamp,
};

const scaleOf = (schema: Schema): number => Number(schema.parameters?.['scale'] ?? 0);

/** Each message says its scale; a Connect schema has one for all values. */
const rescaled = (bytes: Uint8Array, from: number, to: number): Uint8Array => {
  if (from === to) return bytes;
  const unscaled = unscaledOfBytes(bytes);
  if (to > from) return bytesOfUnscaled(unscaled * 10n ** BigInt(to - from));
  const divisor = 10n ** BigInt(from - to);
  if (unscaled % divisor === 0n) return bytesOfUnscaled(unscaled / divisor);
  throw new RecordError(errors.malformed_record.code, `A decimal has ${String(from)} fractional digits, its schema ${String(to)}.`);
};

/** Field n is the number at place n - 1. */
const writeNumbers = (writer: Writer, numbers: readonly number[]): void => {
  for (const [index, value] of numbers.entries()) if (value !== 0) writer.uint32((index + 1) << 3).int32(value);
};

const readNumbers = (reader: Reader, end: number, count: number): readonly number[] => {
  const numbers = new Array<number>(count).fill(0);
  eachField(reader, end, (number) => {
    if (number < 1 || number > count) return false;
    numbers[number - 1] = reader.int32();
    return true;
  });
  return numbers;
};

/** Calls `read` for each field up to `end`; what it does not take is skipped. */
export const eachField = (reader: Reader, end: number, read: (number: number, wireType: number) => boolean): void => {
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (!read(tag >>> 3, tag & 7)) reader.skipType(tag & 7);
  }
};
