import { describe, expect, test } from '@jest/globals';
import type { SourceRecord } from '@headrace/connector-api';
import { BatchBuilder } from './batch-builder.ts';

const record: SourceRecord = {
  topic: 't',
  partition: undefined,
  keySchema: null,
  key: null,
  valueSchema: null,
  value: null,
  headers: [],
  timestamp: undefined,
};

/** How many records make a batch of such a builder full. */
const recordsOf = (limit: number): number => {
  const builder = new BatchBuilder({ records: limit, bytes: 1_000 });
  for (let count = 0; ; count += 1) {
    if (builder.isFull()) return count;
    builder.objects().push(record);
    builder.settle();
  }
};

describe('A batch of objects', () => {
  test('is full before they get old, or earlier where that is asked for', () => {
    expect(recordsOf(10_000)).toBe(64);
    expect(recordsOf(10)).toBe(10);
  });
});
