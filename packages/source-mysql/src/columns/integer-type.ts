import { decimalSchema, int64, primitive, bytesOfUnscaled, type Schema } from '@headrace/connector-api';
import { semantic, typeNames } from '@headrace/cdc';
import type { ByteCursor } from '../binlog/byte-cursor.ts';
import { columnType } from '../binlog/column-types.ts';
import { intReader, withCopy } from './byte-writers.ts';
import type { ColumnReader, ColumnType, SqlColumn, TypeOptions } from './sql-column.ts';

interface Width {
  readonly wire: number;
  readonly signed: Schema;
  readonly unsigned: Schema;
  readonly readSigned: ColumnReader;
  readonly readUnsigned: ColumnReader;
  /** Of the binary result protocol, where MEDIUMINT takes 4 bytes; undefined: as in the log. */
  readonly resultSigned?: ColumnReader;
  readonly resultUnsigned?: ColumnReader;
}

const tiny = intReader((cursor) => (cursor.u8() << 24) >> 24);
const short = intReader((cursor) => (cursor.u16() << 16) >> 16);
const medium = intReader((cursor) => (cursor.u24() << 8) >> 8);
const long = intReader((cursor) => cursor.u32() | 0);
const u8 = intReader((cursor) => cursor.u8());
const u16 = intReader((cursor) => cursor.u16());
const u24 = intReader((cursor) => cursor.u24());
/** MEDIUMINT in 4 bytes. */
const wideU24 = long;
const u32: ColumnReader = withCopy(
  (cursor) => cursor.u32(),
  (output, cursor) => {
    output.long(cursor.u32());
  },
);

/** High words up to here keep the whole within the safe integers. */
const SAFE_HIGH = 2 ** 21 - 1;

/** 64 bits as signed: unsigned values from 2^63 on wrap, as Debezium's `long` mode does. */
const readLonglong = (cursor: ByteCursor): number | bigint => {
  const low = cursor.u32();
  const high = cursor.u32() | 0;
  if (high <= SAFE_HIGH && high >= -SAFE_HIGH) return high * 4_294_967_296 + low;
  return int64((BigInt(high) << 32n) | BigInt(low));
};

const longlong: ColumnReader = withCopy(readLonglong, (output, cursor) => {
  const value = readLonglong(cursor);
  if (typeof value === 'number') output.long(value);
  else output.bigLong(value);
});

const preciseLonglong = (cursor: ByteCursor): Uint8Array => bytesOfUnscaled(cursor.u64());

const int16 = primitive('int16');
const int32 = primitive('int32');
const int64Schema = primitive('int64');

const widths: Readonly<Record<string, Width>> = {
  tinyint: { wire: columnType.tiny, signed: int16, unsigned: int16, readSigned: tiny, readUnsigned: u8 },
  smallint: { wire: columnType.short, signed: int16, unsigned: int32, readSigned: short, readUnsigned: u16 },
  mediumint: {
    wire: columnType.int24,
    signed: int32,
    unsigned: int32,
    readSigned: medium,
    readUnsigned: u24,
    resultSigned: long,
    resultUnsigned: wideU24,
  },
  int: { wire: columnType.long, signed: int32, unsigned: int64Schema, readSigned: long, readUnsigned: u32 },
  bigint: { wire: columnType.longlong, signed: int64Schema, unsigned: int64Schema, readSigned: longlong, readUnsigned: longlong },
};

/** TINYINT to BIGINT; undefined for other types. */
export const integerType = (column: SqlColumn, options: TypeOptions): ColumnType | undefined => {
  const width = widths[column.dataType];
  if (width === undefined) return undefined;
  if (column.dataType === 'bigint' && column.isUnsigned && options.isUnsignedBigintPrecise) return preciseBigint;
  const read = column.isUnsigned ? width.readUnsigned : width.readSigned;
  return {
    schema: column.isUnsigned ? width.unsigned : width.signed,
    logReader: (wire) => (wire.type === width.wire ? read : undefined),
    resultReader: (column.isUnsigned ? width.resultUnsigned : width.resultSigned) ?? read,
    fromDefault: (text) => (INTEGER.test(text) ? int64(BigInt.asIntN(64, BigInt(text))) : undefined),
  };
};

const INTEGER = /^-?\d+$/;

const preciseBigint: ColumnType = {
  schema: decimalSchema(0, { parameters: { 'connect.decimal.precision': '20' } }),
  logReader: (wire) => (wire.type === columnType.longlong ? preciseLonglong : undefined),
  resultReader: preciseLonglong,
  fromDefault: (text) => (INTEGER.test(text) ? bytesOfUnscaled(BigInt(text)) : undefined),
};

/** One byte counted from 1900, 0 for the year 0000. */
const readYear = intReader((cursor) => {
  const value = cursor.u8();
  return value === 0 ? 0 : 1_900 + value;
});

export const yearType: ColumnType = {
  schema: semantic('int32', typeNames.year),
  logReader: (wire) => (wire.type === columnType.year ? readYear : undefined),
  resultReader: u16,
  fromDefault: (text) => (INTEGER.test(text) ? Number(text) : undefined),
};

const readFlag: ColumnReader = withCopy(
  (cursor) => cursor.u8() === 1,
  (output, cursor) => {
    output.byte(cursor.u8() === 1 ? 1 : 0);
  },
);

/** BIT(1) is a boolean, BIT(n) its bytes, lowest first. */
export const bitType = (column: SqlColumn): ColumnType => {
  const width = (column.length + 7) >> 3;
  const toValue = column.length === 1 ? (bytes: Buffer) => bytes[0] === 1 : (bytes: Buffer) => Buffer.from(bytes).reverse();
  return {
    schema:
      column.length === 1 ? primitive('boolean') : semantic('bytes', typeNames.bits, { parameters: { length: String(column.length) } }),
    logReader: (wire) => {
      if (wire.type !== columnType.bit || bitsOf(wire.metadata) !== column.length) return undefined;
      return column.length === 1 ? readFlag : (cursor) => toValue(cursor.view(width));
    },
    resultReader: (cursor) => toValue(cursor.view(cursor.lengthEncoded())),
    fromDefault: (text) => {
      const digits = BITS.exec(text)?.[1];
      if (digits === undefined) return undefined;
      const bytes = Buffer.from(
        BigInt(`0b${digits}`)
          .toString(16)
          .padStart(width * 2, '0'),
        'hex',
      );
      return toValue(bytes);
    },
  };
};

const BITS = /^b'([01]+)'$/;

/** Table maps give the odd bits in the low byte, whole bytes in the high one. */
export const bitsOf = (metadata: number): number => (metadata >> 8) * 8 + (metadata & 0xff);
