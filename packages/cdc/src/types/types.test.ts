import { describe, expect, test } from '@jest/globals';
import { decimalBytes, type Struct, unscaledOfBytes } from '@headrace/connector-api';
import fc from 'fast-check';
import { decimalType, variableDecimalType } from './decimal-types.ts';
import { civilFromDays, daysFromCivil, isoDateText, isoTimeText } from './iso-text.ts';
import { dateType, timestampType, timeType } from './temporal-types.ts';

const decimalText = fc
  .tuple(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), fc.integer({ min: 0, max: 20 }))
  .map(([unscaled, scale]) => {
    const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
    const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
    return { text: unscaled < 0n ? `-${text}` : text, unscaled, scale };
  });

describe('decimals', () => {
  test('fixed scale gives exactly the unscaled bytes, by the short and by the long way', () => {
    fc.assert(
      fc.property(decimalText, ({ text, scale }) => {
        const bytes = decimalType('precise', scale, 60).fromText(text) as Uint8Array;
        expect(Buffer.from(bytes)).toEqual(Buffer.from(decimalBytes(text, scale)));
      }),
    );
  });

  test('small integers of every byte length come out shortest', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        const bytes = decimalType('precise', 0, 20).fromText(String(value)) as Uint8Array;
        expect(Buffer.from(bytes)).toEqual(Buffer.from(decimalBytes(String(value), 0)));
      }),
    );
  });

  test('variable scale drops trailing zeros and keeps the value', () => {
    fc.assert(
      fc.property(decimalText, ({ text, unscaled, scale }) => {
        const struct = variableDecimalType('precise').fromText(text) as Struct;
        const [actualScale, bytes] = struct.values as [number, Uint8Array];
        expect(unscaledOfBytes(bytes) * 10n ** BigInt(scale - actualScale)).toBe(unscaled);
        expect(actualScale === 0 || unscaledOfBytes(bytes) % 10n !== 0n).toBe(true);
      }),
    );
  });

  test.each(['NaN', 'Infinity', '-Infinity', '', '-', '12e3'])('%p has no precise value', (text) => {
    expect(() => decimalType('precise', 2, 10).fromText(text)).toThrow(RangeError);
    expect(() => variableDecimalType('precise').fromText(text)).toThrow(RangeError);
  });
});

describe('calendar', () => {
  test('days and civil dates are inverse over all of PostgreSQL', () => {
    fc.assert(
      fc.property(fc.integer({ min: -2_500_000, max: 110_000_000 }), (days) => {
        const { year, month, day } = civilFromDays(days);
        expect(daysFromCivil(year, month, day)).toBe(days);
      }),
    );
  });

  test('agrees with Date where Date can tell', () => {
    fc.assert(
      fc.property(fc.integer({ min: -700_000, max: 2_900_000 }), (days) => {
        expect(isoDateText(days)).toBe(new Date(days * 86_400_000).toISOString().split('T')[0]);
      }),
    );
  });

  test.each([
    [daysFromCivil(21_016, 11, 4), '+21016-11-04'],
    [daysFromCivil(-4_712, 12, 31), '-4712-12-31'],
    [daysFromCivil(1, 1, 1), '0001-01-01'],
  ])('day %d prints as %s', (days, text) => expect(isoDateText(days)).toBe(text));

  test.each([
    [42_690_123_789, undefined, '11:51:30.123789'],
    [42_690_120_000, undefined, '11:51:30.12'],
    [42_690_000_000, undefined, '11:51:30'],
    [42_690_000_000, 6, '11:51:30.000000'],
    [42_690_123_789, 0, '11:51:30'],
    [0, 3, '00:00:00.000'],
  ])('%d microseconds with %p digits print as %s', (micros, digits, text) => expect(isoTimeText(micros, digits)).toBe(text));
});

describe('time.precision.mode', () => {
  const micros = 14_711_789_123;
  test.each([
    ['adaptive', 3, 'io.debezium.time.Time', 14_711_789],
    ['adaptive', 6, 'io.debezium.time.MicroTime', micros],
    ['adaptive_time_microseconds', 0, 'io.debezium.time.MicroTime', micros],
    ['connect', 6, 'org.apache.kafka.connect.data.Time', 14_711_789],
    ['nanoseconds', 6, 'io.debezium.time.NanoTime', micros * 1_000],
    ['isostring', 6, 'io.debezium.time.IsoTime', '04:05:11.789123Z'],
  ] as const)('time under %s with %d digits is %s', (mode, scale, name, value) => {
    const type = timeType(mode, scale);
    expect([type.schema.name, type.fromMicros(micros)]).toEqual([name, value]);
  });

  test('a timestamp beyond the safe integers becomes a bigint without loss', () => {
    const type = timestampType('adaptive', 6);
    expect(type.fromParts(2_000_000, 1)).toBe(172_800_000_000_000_001n);
    expect(type.fromParts(-1, 86_399_999_999)).toBe(-1);
    expect(timestampType('adaptive', 3).fromParts(-1, 86_399_999_999)).toBe(-1);
  });

  test('dates', () => {
    expect(dateType('adaptive').fromDays(17_424)).toBe(17_424);
    expect(dateType('isostring').fromDays(17_424)).toBe('2017-09-15Z');
  });
});
