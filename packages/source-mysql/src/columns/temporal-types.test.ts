import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ByteCursor } from '../binlog/byte-cursor.ts';
import { columnType } from '../binlog/column-types.ts';
import type { ColumnType, SqlColumn, TypeOptions } from './sql-column.ts';
import { dateColumnType, datetimeColumnType, timeColumnType, timestampColumnType } from './temporal-types.ts';

const options: TypeOptions = {
  decimals: 'precise',
  binary: 'bytes',
  time: 'microseconds',
  isUnsignedBigintPrecise: false,
  adjustsYears: false,
};

const column = (dataType: string, fraction: number, isNullable = true): SqlColumn => ({
  name: 'c',
  dataType,
  isUnsigned: false,
  isNullable,
  charset: null,
  length: 0,
  precision: 0,
  scale: -1,
  fraction,
  isZerofill: false,
  declared: [],
  values: [],
  defaultText: null,
  comment: '',
});

const read = (type: ColumnType, wire: number, fraction: number, bytes: Buffer): unknown => {
  const cursor = new ByteCursor(Buffer.concat([bytes, Buffer.from([0xaa])]));
  const value = type.logReader({ type: wire, metadata: fraction, isNullable: true })?.(cursor);
  expect(cursor.offset).toBe(bytes.length);
  return value;
};

const bigEndian = (value: bigint, width: number): Buffer => {
  const bytes = Buffer.alloc(width);
  for (let index = 0; index < width; index += 1) bytes[index] = Number((value >> BigInt((width - 1 - index) * 8)) & 0xffn);
  return bytes;
};

/** Microseconds cut to `fraction` digits. */
const cut = (micros: number, fraction: number): number => micros - (micros % 10 ** (6 - fraction));

/** The fraction's bytes hold an even number of digits. */
const stored = (micros: number, fraction: number): { value: bigint; width: number } => {
  const width = Math.ceil(fraction / 2);
  return { value: BigInt(micros / 10 ** (6 - width * 2)), width };
};

const moments = fc.record({
  date: fc.date({ min: new Date('0101-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }),
  micros: fc.nat({ max: 999_999 }),
  fraction: fc.nat({ max: 6 }),
});

describe('DATETIME', () => {
  test('every moment of the range is read to its microsecond, with every number of fractional digits', () => {
    fc.assert(
      fc.property(moments, ({ date, micros: all, fraction }) => {
        const micros = cut(all, fraction);
        const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()].map(BigInt);
        const clock = (BigInt(date.getUTCHours()) << 12n) | (BigInt(date.getUTCMinutes()) << 6n) | BigInt(date.getUTCSeconds());
        const packed = (1n << 39n) | (((year ?? 0n) * 13n + (month ?? 0n)) << 22n) | ((day ?? 0n) << 17n) | clock;
        const { value, width } = stored(micros, fraction);
        const bytes = Buffer.concat([bigEndian(packed, 5), bigEndian(value, width)]);
        const found = read(datetimeColumnType(column('datetime', fraction), options), columnType.datetime2, fraction, bytes);
        const seconds = BigInt(Math.floor(date.getTime() / 1_000));
        expect(BigInt(found as number | bigint)).toBe(seconds * 1_000_000n + BigInt(micros));
      }),
    );
  });

  test('a zero date is NULL where the column allows it, and the epoch where not', () => {
    const bytes = bigEndian(1n << 39n, 5);
    expect(read(datetimeColumnType(column('datetime', 0), options), columnType.datetime2, 0, bytes)).toBeNull();
    expect(read(datetimeColumnType(column('datetime', 0, false), options), columnType.datetime2, 0, bytes)).toBe(0);
  });

  test('a log with another number of fractional digits than the column has is not read with it', () => {
    const type = datetimeColumnType(column('datetime', 3), options);
    expect(type.logReader({ type: columnType.datetime2, metadata: 6, isNullable: true })).toBeUndefined();
  });
});

describe('TIME', () => {
  test('every time between -838:59:59 and 838:59:59 is read to its microsecond', () => {
    const limit = (838 * 3_600 + 59 * 60 + 59) * 1_000_000;
    fc.assert(
      fc.property(fc.integer({ min: -limit, max: limit }), fc.nat({ max: 6 }), (all, fraction) => {
        const magnitude = cut(Math.abs(all), fraction);
        const isNegative = all < 0 && magnitude > 0;
        const seconds = Math.floor(magnitude / 1_000_000);
        const clock = (Math.floor(seconds / 3_600) << 12) | (Math.floor((seconds % 3_600) / 60) << 6) | (seconds % 60);
        const { value, width } = stored(magnitude % 1_000_000, fraction);
        const packed = (BigInt(clock) << BigInt(width * 8)) | value;
        const middle = 1n << BigInt(23 + width * 8);
        const bytes = bigEndian(isNegative ? middle - packed : middle + packed, 3 + width);
        const found = read(timeColumnType(column('time', fraction), options), columnType.time2, fraction, bytes);
        expect(found).toBe(isNegative ? -magnitude : magnitude);
      }),
    );
  });
});

describe('TIMESTAMP', () => {
  test('seconds up to the year 2106 are shown in UTC with the digits that they have', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 0xff_ff_ff_ff }), fc.nat({ max: 999_999 }), fc.nat({ max: 6 }), (seconds, all, fraction) => {
        const micros = cut(all, fraction);
        const { value, width } = stored(micros, fraction);
        const bytes = Buffer.concat([bigEndian(BigInt(seconds), 4), bigEndian(value, width)]);
        const found = read(timestampColumnType(column('timestamp', fraction), options), columnType.timestamp2, fraction, bytes);
        const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?Z$/.exec(String(found));
        expect(match?.[1]).toBe(new Date(seconds * 1_000).toISOString().slice(0, 19));
        expect(Number((match?.[2] ?? '').padEnd(6, '0'))).toBe(micros);
      }),
    );
  });

  test('zero is the zero date', () => {
    expect(read(timestampColumnType(column('timestamp', 0), options), columnType.timestamp2, 0, Buffer.alloc(4))).toBeNull();
  });
});

describe('DATE', () => {
  test('every day is read', () => {
    fc.assert(
      fc.property(moments, ({ date }) => {
        const packed = date.getUTCFullYear() * 512 + (date.getUTCMonth() + 1) * 32 + date.getUTCDate();
        const bytes = Buffer.from([packed & 0xff, (packed >> 8) & 0xff, packed >> 16]);
        const found = read(dateColumnType(column('date', 0), options), columnType.date, 0, bytes);
        expect(found).toBe(Math.floor(date.getTime() / 86_400_000));
      }),
    );
  });
});
