import { int64, type SchemaType } from '@headrace/connector-api';
import type { Long, Reader, Writer } from 'protobufjs';
import { types } from 'node:util';

/** A type of Protobuf that is no message: how it is written and read, and what it is in Connect. */
export interface Scalar {
  /** 0 varint, 1 eight bytes, 2 a length and bytes, 5 four bytes. */
  readonly wireType: 0 | 1 | 2 | 5;
  readonly type: Exclude<SchemaType, 'array' | 'map' | 'struct'>;
  /** What is read where nothing was written. */
  readonly zero: unknown;
  readonly fits: (value: unknown) => boolean;
  readonly write: (writer: Writer, value: unknown) => void;
  readonly read: (reader: Reader) => unknown;
}

const isNumber = (value: unknown): boolean => typeof value === 'number';
const isWhole = (value: unknown): boolean => typeof value === 'number' || typeof value === 'bigint';

/** Decimal text carries all 64 bits. */
const longOf = (value: unknown): number | string => (typeof value === 'bigint' ? String(value) : (value as number));

/** Unsigned numbers beyond 2^63 become negative, as in Java. */
const ofLong = ({ low, high }: Long): number | bigint => {
  const value = high * 4_294_967_296 + (low >>> 0);
  return Number.isSafeInteger(value) ? value : int64((BigInt(high) << 32n) | BigInt(low >>> 0));
};

/** An int64. */
export const readLong = (reader: Reader): number | bigint => ofLong(reader.int64());

type NumberMethod = 'int32' | 'sint32' | 'sfixed32' | 'uint32' | 'fixed32' | 'float' | 'double';
type LongMethod = 'int64' | 'sint64' | 'sfixed64' | 'uint64' | 'fixed64';

const number = (method: NumberMethod, type: Scalar['type'], wireType: Scalar['wireType']): Scalar => ({
  wireType,
  type,
  zero: 0,
  fits: isNumber,
  write: (writer, value) => writer[method](value as number),
  read: (reader) => reader[method](),
});

const long = (method: LongMethod, wireType: Scalar['wireType']): Scalar => ({
  wireType,
  type: 'int64',
  zero: 0,
  fits: isWhole,
  write: (writer, value) => writer[method](longOf(value)),
  read: (reader) => ofLong(reader[method]()),
});

export const scalars: Readonly<Record<string, Scalar>> = {
  int32: number('int32', 'int32', 0),
  sint32: number('sint32', 'int32', 0),
  sfixed32: number('sfixed32', 'int32', 5),
  // No Connect type holds 32 bits without a sign.
  uint32: number('uint32', 'int64', 0),
  fixed32: number('fixed32', 'int64', 5),
  int64: long('int64', 0),
  sint64: long('sint64', 0),
  uint64: long('uint64', 0),
  fixed64: long('fixed64', 1),
  sfixed64: long('sfixed64', 1),
  float: number('float', 'float32', 5),
  double: number('double', 'float64', 1),
  bool: {
    wireType: 0,
    type: 'boolean',
    zero: false,
    fits: (value) => typeof value === 'boolean',
    write: (writer, value) => writer.bool(value as boolean),
    read: (reader) => reader.bool(),
  },
  string: {
    wireType: 2,
    type: 'string',
    zero: '',
    fits: (value) => typeof value === 'string',
    write: (writer, value) => writer.string(value as string),
    read: (reader) => reader.string(),
  },
  bytes: {
    wireType: 2,
    type: 'bytes',
    zero: new Uint8Array(),
    fits: types.isUint8Array,
    write: (writer, value) => writer.bytes(value as Uint8Array),
    read: (reader) => reader.bytes(),
  },
};

/** Whether a value is what a reader finds where nothing was written. -0 is not: its bits would be lost. */
export const isZero = ({ zero, wireType }: Scalar, value: unknown): boolean =>
  types.isUint8Array(value) ? value.length === 0 : wireType === 1 || wireType === 5 ? Object.is(value, zero) : value === zero;

/** Google's messages around one value, by full name. */
export const wrappers: Readonly<Record<string, string>> = {
  'google.protobuf.DoubleValue': 'double',
  'google.protobuf.FloatValue': 'float',
  'google.protobuf.Int64Value': 'int64',
  'google.protobuf.UInt64Value': 'uint64',
  'google.protobuf.Int32Value': 'int32',
  'google.protobuf.UInt32Value': 'uint32',
  'google.protobuf.BoolValue': 'bool',
  'google.protobuf.StringValue': 'string',
  'google.protobuf.BytesValue': 'bytes',
};
