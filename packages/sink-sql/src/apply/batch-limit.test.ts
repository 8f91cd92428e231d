import { describe, expect, test } from '@jest/globals';
import { BatchLimit } from './batch-limit.ts';

const limitOf = () => new BatchLimit({ maxRecords: 1_000, maxBytes: 10_000, targetMs: 100 });

describe('the size of a batch', () => {
  test('shrinks to what a slow target takes in time, and grows back when it is quick', () => {
    const limit = limitOf();
    limit.took(1_000, 1_000);
    expect(limit.records).toBe(50);
    for (let commit = 0; commit < 20; commit += 1) limit.took(limit.records, 5);
    expect(limit.records).toBe(1_000);
  });

  test('is one record at least, however slow the target', () => {
    const limit = limitOf();
    limit.took(1, 60_000);
    expect(limit.records).toBe(1);
    expect(limit.isFull(0, 0)).toBe(false);
  });

  test('does not grow by batches that were small for other reasons', () => {
    const limit = limitOf();
    limit.took(1_000, 1_000);
    limit.took(3, 1);
    expect(limit.records).toBe(50);
  });

  test('is bounded by bytes too', () => {
    expect(limitOf().isFull(1, 10_000)).toBe(true);
    expect(limitOf().isFull(1, 9_999)).toBe(false);
  });
});
