import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bytesOfUnscaled, decimalBytes, decimalText, unscaledOfBytes } from './logical-types.ts';

describe('decimals', () => {
  test.each([
    ['0', '00'],
    ['127', '7f'],
    ['128', '0080'],
    ['-1', 'ff'],
    ['-129', 'ff7f'],
  ])('%s has the shortest two complement that Java writes', (value, hex) => {
    expect(Buffer.from(bytesOfUnscaled(BigInt(value))).toString('hex')).toBe(hex);
  });

  test('unscaled values survive the round trip', () => {
    fc.assert(fc.property(fc.bigInt(), (value) => unscaledOfBytes(bytesOfUnscaled(value)) === value));
  });

  test('text survives the round trip at its scale', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.integer({ min: 0, max: 40 }), (unscaled, scale) => {
        const text = decimalText(bytesOfUnscaled(unscaled), scale);
        expect(decimalText(decimalBytes(text, scale), scale)).toBe(text);
      }),
    );
  });

  test('more fractional digits than the scale are refused, not cut', () => {
    expect(() => decimalBytes('1.234', 2)).toThrow(RangeError);
  });
});
