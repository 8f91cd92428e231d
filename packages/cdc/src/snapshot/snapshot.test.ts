import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { piecesFromJson, piecesToJson } from './snapshot-pieces.ts';
import { WatermarkWindow, windowKey } from './watermark-window.ts';

describe('pieces of a snapshot', () => {
  const key = fc.option(fc.array(fc.string()), { nil: null });
  const pieces = fc.array(fc.record({ table: fc.string(), after: key, until: key }));

  test('survive being stored', () => {
    fc.assert(
      fc.property(pieces, (value) => {
        expect(piecesFromJson(JSON.parse(JSON.stringify(piecesToJson(value))))).toEqual(value);
      }),
    );
  });

  test.each([null, 1, {}, { remaining: [1] }, { remaining: 'a' }, { pieces: [[1]] }])('%j are no pieces', (value) => {
    expect(piecesFromJson(value)).toBeUndefined();
  });
});

describe('watermark window', () => {
  test('hands out what the log did not change, in the order read', () => {
    const window = new WatermarkWindow<string>('t');
    window.drop('4');
    window.fill(new Map(['1', '2', '3', '4'].map((key) => [key, `row ${key}`])));
    window.drop('2');
    window.drop('9');
    expect(window.close()).toEqual(['row 1', 'row 3']);
    expect(window.size).toBe(0);
  });

  test('hands out nothing after a truncate', () => {
    const before = new WatermarkWindow<string>('t');
    before.dropAll();
    before.fill(new Map([['1', 'row']]));
    expect(before.close()).toEqual([]);
    const after = new WatermarkWindow<string>('t');
    after.fill(new Map([['1', 'row']]));
    after.dropAll();
    expect(after.close()).toEqual([]);
  });

  test('no two keys share a text', () => {
    const key = fc.array(fc.option(fc.string(), { nil: null }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(key, key, (left, right) => {
        expect(windowKey(left) === windowKey(right)).toBe(JSON.stringify(left) === JSON.stringify(right));
      }),
    );
  });
});
