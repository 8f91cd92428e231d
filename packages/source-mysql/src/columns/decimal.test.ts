import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ByteCursor } from '../binlog/byte-cursor.ts';
import { decimalPlainText, unscaledBytes, unscaledReader } from './decimal.ts';

/** Bytes for a group of digits: the fewest that hold its largest number, but never fewer than the format's table says. */
const groupBytes = (digits: string): number[] => {
  const width = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4][digits.length] ?? 0;
  const hex = BigInt(digits)
    .toString(16)
    .padStart(width * 2, '0');
  return [...Buffer.from(hex, 'hex')];
};

const pieces = (digits: string, isOddFirst: boolean): string[] => {
  const odd = digits.length % 9;
  const rest = isOddFirst ? digits.slice(0, odd) : digits.slice(digits.length - odd);
  const whole = isOddFirst ? digits.slice(odd) : digits.slice(0, digits.length - odd);
  const groups = whole.match(/.{9}/g) ?? [];
  return [...(isOddFirst ? [rest] : []), ...groups, ...(isOddFirst ? [] : [rest])].filter((group) => group !== '');
};

/** The server's packed form, written from its description and not from our reader. */
const pack = (unscaled: bigint, precision: number, scale: number): Buffer => {
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(precision, '0');
  const whole = pieces(digits.slice(0, precision - scale), true);
  const fraction = pieces(digits.slice(precision - scale), false);
  const bytes = Buffer.from([...whole, ...fraction].flatMap(groupBytes));
  bytes[0] = (bytes[0] ?? 0) ^ 0x80;
  return unscaled < 0n ? Buffer.from(bytes.map((byte) => byte ^ 0xff)) : bytes;
};

const decimals = fc
  .tuple(fc.integer({ min: 1, max: 65 }), fc.nat({ max: 30 }))
  .map(([precision, scale]) => ({ precision, scale: Math.min(scale, precision) }))
  .chain((type) => {
    const limit = 10n ** BigInt(type.precision) - 1n;
    return fc.record({ type: fc.constant(type), unscaled: fc.oneof(fc.bigInt(-limit, limit), fc.constantFrom(0n, limit, -limit)) });
  });

describe('packed decimals', () => {
  test('the example of the format: 1234567890.1234 as DECIMAL(14,4), and its negative', () => {
    const read = unscaledReader(14, 4);
    expect(read(new ByteCursor(Buffer.from('810dfb38d204d2', 'hex')))).toBe(12_345_678_901_234);
    expect(read(new ByteCursor(Buffer.from('7ef204c72dfb2d', 'hex')))).toBe(-12_345_678_901_234);
  });

  test('every precision and scale is read exactly, and the cursor is left behind the value', () => {
    fc.assert(
      fc.property(decimals, ({ type: { precision, scale }, unscaled }) => {
        const packed = pack(unscaled, precision, scale);
        const cursor = new ByteCursor(Buffer.concat([packed, Buffer.from([0xaa])]));
        expect(BigInt(unscaledReader(precision, scale)(cursor))).toBe(unscaled);
        expect(cursor.offset).toBe(packed.length);
      }),
      { numRuns: 500 },
    );
  });

  test('the two’s complement is the shortest one and says the same number', () => {
    fc.assert(
      fc.property(decimals, ({ type: { precision, scale }, unscaled }) => {
        const value = unscaledReader(precision, scale)(new ByteCursor(pack(unscaled, precision, scale)));
        const bytes = Buffer.from(unscaledBytes(value));
        const bits = bytes.length * 8;
        expect(BigInt.asIntN(bits, BigInt(`0x${bytes.toString('hex')}`))).toBe(unscaled);
        if (bytes.length > 1) expect(BigInt.asIntN(bits - 8, unscaled)).not.toBe(unscaled);
      }),
    );
  });

  test.each([
    [0, 0, '0'],
    [0, 2, '0.00'],
    [-5, 3, '-0.005'],
    [-1230, 2, '-12.30'],
    [12_345_678_901_234_567_890n, 10, '1234567890.1234567890'],
  ])('%p with scale %p is written %p', (unscaled, scale, text) => {
    expect(decimalPlainText(unscaled, scale)).toBe(text);
  });
});
