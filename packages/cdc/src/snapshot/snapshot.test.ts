import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { afterChunk, isSnapshotDone, progressFromJson, progressToJson, startSnapshot } from './snapshot-plan.ts';
import { WatermarkWindow, windowKey } from './watermark-window.ts';

describe('snapshot progress', () => {
  test('goes table by table, and inside a table by key', () => {
    const begun = startSnapshot(['a', 'b']);
    const inside = afterChunk(begun, ['7']);
    expect(inside).toEqual({ remaining: ['a', 'b'], lastKey: ['7'] });
    const next = afterChunk(inside, null);
    expect(next).toEqual({ remaining: ['b'], lastKey: null });
    expect(isSnapshotDone(next)).toBe(false);
    expect(isSnapshotDone(afterChunk(next, null))).toBe(true);
  });

  test('survives being stored', () => {
    const progress = fc.record({ remaining: fc.array(fc.string()), lastKey: fc.option(fc.array(fc.string()), { nil: null }) });
    fc.assert(
      fc.property(progress, (value) => {
        expect(progressFromJson(JSON.parse(JSON.stringify(progressToJson(value))))).toEqual(value);
      }),
    );
  });

  test.each([null, 1, {}, { remaining: [1] }, { remaining: 'a' }])('%j is no progress', (value) => {
    expect(progressFromJson(value)).toBeUndefined();
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
