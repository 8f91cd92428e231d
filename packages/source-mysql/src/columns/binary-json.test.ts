import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { documentBytes } from '../../test/json-bytes.ts';
import { jsonText } from './binary-json.ts';

describe('binary JSON', () => {
  test.each([false, true])('any document reads back as itself (large containers: %p)', (isLarge) => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const parsed = JSON.parse(jsonText(documentBytes(value, isLarge))) as unknown;
        expect(parsed).toStrictEqual(value);
      }),
      { numRuns: 300 },
    );
  });

  test('a text longer than one length byte can say is read whole', () => {
    const text = 'ü'.repeat(20_000);
    expect(JSON.parse(jsonText(documentBytes({ text }, false)))).toEqual({ text });
  });

  test.each([
    ['0500 80', '-32768'],
    ['06ff ff', '65535'],
    ['07 00000080', '-2147483648'],
    ['08 ffffffff', '4294967295'],
    ['09 0000000000000080', '-9223372036854775808'],
    ['0a ffffffffffffffff', '18446744073709551615'],
    ['0b 000000000000f03f', '1.0'],
    ['0b 9a9999999999b93f', '0.1'],
    ['0f f6 04 0402 8c 2d', '12.45'],
  ])('bytes %p are %p', (hex, text) => {
    expect(jsonText(Buffer.from(hex.replaceAll(' ', ''), 'hex'))).toBe(text);
  });

  test('dates and times inside a document are texts with microseconds', () => {
    const packed = (whole: bigint, micros: bigint, kind: number): Buffer => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64LE((whole << 24n) | micros);
      return Buffer.concat([Buffer.from([0x0f, kind, 8]), bytes]);
    };
    const day = ((2024n * 13n + 2n) << 5n) | 29n;
    const clock = (23n << 12n) | (59n << 6n) | 58n;
    expect(jsonText(packed((day << 17n) | clock, 123_456n, 12))).toBe('"2024-02-29 23:59:58.123456"');
    expect(jsonText(packed(day << 17n, 0n, 10))).toBe('"2024-02-29"');
    expect(jsonText(packed((838n << 12n) | (59n << 6n) | 59n, 1n, 11))).toBe('"838:59:59.000001"');
  });

  test('an empty value is null, and an unknown type is refused', () => {
    expect(jsonText(Buffer.alloc(0))).toBe('null');
    expect(() => jsonText(Buffer.from([0x0d, 0]))).toThrow(/unknown type 13/);
  });
});
