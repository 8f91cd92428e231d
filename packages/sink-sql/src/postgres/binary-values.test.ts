import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { LogicalType } from '../types/logical-type.ts';
import { isoTimestampText, timestampText } from '../types/temporal-text.ts';
import { binaryArray, binaryTextArray } from './binary-array.ts';
import { binaryForm, type BinaryForm } from './binary-values.ts';
import { postgresEncoder } from './postgres-types.ts';

const formOf = (columnType: string): BinaryForm => {
  const form = binaryForm(columnType);
  if (form === undefined) throw new Error(`${columnType} has no binary form.`);
  return form;
};

/** The elements of an array as a server would find them. */
const elementsOf = (bytes: Buffer): (Buffer | null)[] => {
  const elements: (Buffer | null)[] = [];
  for (let at = 20; at < bytes.length;) {
    const length = bytes.readInt32BE(at);
    at += 4;
    elements.push(length < 0 ? null : bytes.subarray(at, at + length));
    at += Math.max(0, length);
  }
  return elements;
};

const micros = fc.integer({ min: -7_999_999_999_999_999, max: 7_999_999_999_999_999 });

describe('a value in binary form', () => {
  test('of 64 bits is the integer, in two halves', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        expect(elementsOf(binaryArray(formOf('bigint'), [value]))[0]?.readBigInt64BE()).toBe(BigInt(value));
      }),
    );
  });

  test('that is a moment counts microseconds from the year 2000, and has the text of its microseconds', () => {
    fc.assert(
      fc.property(micros, (value) => {
        const form = formOf('timestamp without time zone');
        expect(elementsOf(binaryArray(form, [value]))[0]?.readBigInt64BE()).toBe(BigInt(value) - 946_684_800_000_000n);
        expect(form.text(value)).toBe(timestampText(value, 'us'));
      }),
    );
  });

  test('of an ISO text in UTC is the moment that the text names, with any number of digits', () => {
    const digits = fc.integer({ min: 0, max: 6 });
    fc.assert(
      fc.property(micros, digits, (value, count) => {
        const text = timestampText(value, 'us');
        const iso = `${text.slice(0, 19).replace(' ', 'T')}${count === 0 ? '' : text.slice(19, 20 + count)}Z`;
        const number = postgresEncoder({ kind: 'zoned-timestamp' }, 'timestamp with time zone')(iso);
        const cut = 10 ** (6 - count);
        expect(number).toBe(Math.floor(value / cut) * cut);
        const bytes = Buffer.from(`[${iso}]`);
        expect(formOf('timestamp with time zone').numberOfText?.(bytes, 1, bytes.length - 1)).toBe(number);
      }),
    );
  });

  test.each([
    ['integer', { kind: 'integer', bits: 64 }, 2_147_483_648, '2147483648'],
    ['smallint', { kind: 'integer', bits: 32 }, 40_000, '40000'],
    ['bigint', { kind: 'integer', bits: 64 }, 9_223_372_036_854_775_807n, '9223372036854775807'],
    ['bigint', { kind: 'string', length: undefined }, '7', '7'],
    ['real', { kind: 'float', bits: 64 }, 0.1, '0.1'],
    ['timestamp without time zone', { kind: 'timestamp', unit: 'us' }, 9_223_372_036_825_200_000n, 'infinity'],
    ['timestamp without time zone', { kind: 'timestamp', unit: 'us' }, 8_000_000_000_000_001, timestampText(8_000_000_000_000_001, 'us')],
    ['timestamp with time zone', { kind: 'zoned-timestamp' }, '2026-02-29T00:00:00Z', isoTimestampText('2026-02-29T00:00:00Z', 'Z')],
    ['timestamp with time zone', { kind: 'zoned-timestamp' }, 'infinity', 'infinity'],
    ['timestamp with time zone', { kind: 'zoned-timestamp' }, '2026-02-28T01:00:00+01:00', '2026-02-28T01:00:00+01:00'],
    ['numeric', { kind: 'integer', bits: 32 }, 5, '5'],
  ] as readonly [string, LogicalType, unknown, string][])(
    'for %s is none where it would be another value: %j %s is sent as %s',
    (column, type, value, text) => {
      expect(postgresEncoder(type, column)(value)).toBe(text);
    },
  );

  test('that is a text is its UTF-8, whatever its length', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ minLength: 60, maxLength: 200 }));
    fc.assert(
      fc.property(fc.array(fc.option(text)), (texts) => {
        const found = elementsOf(binaryTextArray(25, texts));
        expect(found.map((bytes) => bytes?.toString('utf8') ?? null)).toEqual(
          texts.map((one) => (one === null ? null : Buffer.from(one).toString('utf8'))),
        );
      }),
    );
  });
});
