import { bytesOfUnscaled, decimalSchema, int64, primitive, unscaledOfBytes } from '@headrace/connector-api';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mysqlLiteral } from '../mysql/mysql-types.ts';
import { postgresText } from '../postgres/postgres-types.ts';
import { logicalTypeOf } from './logical-type.ts';
import { bitText, floatText } from './plain-text.ts';
import { dateText, isoInUtc, isoTimestampText, timestampText, timeText } from './temporal-text.ts';

/** Years that JavaScript's Date has, as an independent calendar. */
const days = fc.integer({ min: -719_162, max: 2_932_896 });
const isoDay = (day: number): string => new Date(day * 86_400_000).toISOString().slice(0, 10);

describe('the text of dates and times', () => {
  test('a date is that of the calendar', () => {
    fc.assert(fc.property(days, (day) => expect(dateText(day)).toBe(isoDay(day))));
  });

  test('a timestamp keeps every microsecond, before and after 1970', () => {
    fc.assert(
      fc.property(days, fc.integer({ min: 0, max: 86_399_999 }), fc.integer({ min: 0, max: 999 }), (day, ms, us) => {
        const millis = day * 86_400_000 + ms;
        const iso = new Date(millis).toISOString().replace('T', ' ').slice(0, -1);
        const micros = BigInt(millis) * 1_000n + BigInt(us);
        const digits = String(us).padStart(3, '0');
        expect(timestampText(millis, 'ms')).toBe(iso);
        expect(timestampText(int64(micros), 'us')).toBe(iso + digits);
        expect(timestampText(int64(micros * 1_000n), 'ns')).toBe(iso + digits);
      }),
    );
  });

  test.each([
    [-719_163, '0001-12-31 BC'],
    [2_932_897, '10000-01-01'],
    [11_016, '2000-02-29'],
    [-25_509, '1900-02-28'],
    [-25_508, '1900-03-01'],
  ])('day %d is %s', (day, text) => {
    expect(dateText(day)).toBe(text);
  });

  test('times are exact to their unit, negative and beyond a day', () => {
    expect(timeText(86_399_999, 'ms')).toBe('23:59:59.999');
    expect(timeText(86_400_000_000, 'us')).toBe('24:00:00.000000');
    expect(timeText(-1, 'us')).toBe('-00:00:00.000001');
    expect(timeText(-3_020_399_000_000, 'us')).toBe('-838:59:59.000000');
  });

  test('nanoseconds that no column holds are refused and never cut', () => {
    expect(() => timestampText(1_001, 'ns')).toThrow(RangeError);
    expect(() => timeText(1_001, 'ns')).toThrow(RangeError);
  });

  test('an ISO date-time becomes what a database reads', () => {
    expect(isoTimestampText('2024-02-29T23:59:59.999999Z', 'Z')).toBe('2024-02-29 23:59:59.999999Z');
    expect(isoTimestampText('+21016-11-04T06:51:30Z', 'Z')).toBe('21016-11-04 06:51:30Z');
    expect(isoTimestampText('-4713-12-31T00:00:00Z', '')).toBe('4714-12-31 00:00:00 BC');
    expect(isoTimestampText('0000-01-01T00:00:00Z', '')).toBe('0001-01-01 00:00:00 BC');
    expect(isoTimestampText('infinity', 'Z')).toBe('infinity');
  });

  test('an ISO date-time with an offset is the same moment in UTC', () => {
    expect(isoInUtc('2024-03-01T01:30:00.123456+02:00')).toBe('2024-02-29T23:30:00.123456Z');
    expect(isoInUtc('0001-01-01T00:00-05:30')).toBe('0001-01-01T05:30Z');
    expect(isoInUtc('9999-12-31T23:59:59-01:00')).toBe('+010000-01-01T00:59:59Z');
    expect(isoInUtc('2024-02-29T23:59:59.5Z')).toBe('2024-02-29T23:59:59.5Z');
  });
});

describe('the text of numbers', () => {
  test('a decimal has all its digits, in both dialects', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 65n), max: 10n ** 65n }), fc.integer({ min: 0, max: 30 }), (unscaled, scale) => {
        const type = logicalTypeOf(decimalSchema(scale))!;
        for (const text of [postgresText(type, 'numeric'), mysqlLiteral(type, 'decimal(65,30)')]) {
          const written = text(bytesOfUnscaled(unscaled)).replaceAll("'", '');
          const [, fraction = ''] = written.split('.');
          expect(fraction).toHaveLength(scale);
          expect(BigInt(written.replace('.', ''))).toBe(unscaled);
        }
        expect(unscaledOfBytes(bytesOfUnscaled(unscaled))).toBe(unscaled);
      }),
    );
  });

  test('a float reads back as itself', () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        expect(Number(floatText(value))).toBe(value);
        if (!Number.isFinite(value)) return;
        expect(Number(mysqlLiteral({ kind: 'float', bits: 64 }, 'double')(value))).toBe(value);
      }),
    );
  });

  test('a 64-bit integer keeps all its digits', () => {
    const type = logicalTypeOf(primitive('int64'))!;
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        expect(postgresText(type, 'bigint')(int64(value))).toBe(String(value));
        expect(mysqlLiteral(type, 'bigint')(int64(value))).toBe(String(value));
      }),
    );
  });

  test('MySQL refuses what it has no number or date for', () => {
    expect(() => mysqlLiteral({ kind: 'float', bits: 64 }, 'double')(Number.NaN)).toThrow(RangeError);
    expect(() => mysqlLiteral({ kind: 'date' }, 'date')(-719_529)).toThrow(RangeError);
    expect(() => mysqlLiteral({ kind: 'date' }, 'date')(2_932_897)).toThrow(RangeError);
  });

  test('bits are written with the most significant first and filled up', () => {
    expect(bitText(Uint8Array.of(5), 3)).toBe('101');
    expect(bitText(Uint8Array.of(1, 2), 10)).toBe('1000000001');
    expect(bitText(Uint8Array.of(1), 12)).toBe('000000000001');
  });
});
