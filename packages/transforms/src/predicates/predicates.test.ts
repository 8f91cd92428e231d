import type { SourceRecord } from '@headrace/connector-api';
import { describe, expect, test } from '@jest/globals';
import { predicates } from './predicates.ts';

const record: SourceRecord = {
  topic: 'shop.orders',
  partition: undefined,
  keySchema: null,
  key: null,
  valueSchema: null,
  value: null,
  headers: [{ key: 'h', schema: null, value: null }],
  timestamp: undefined,
};

describe('Predicates', () => {
  test.each([
    ['TopicNameMatches', { pattern: 'shop\\..*' }, true],
    ['TopicNameMatches', { pattern: 'shop' }, false],
    ['RecordIsTombstone', {}, true],
    ['HasHeaderKey', { name: 'h' }, true],
    ['HasHeaderKey', { name: 'i' }, false],
  ])('%s with %p holds: %p', (name, raw, expected) => {
    const plugin = predicates.find(({ classNames }) => classNames[0]?.endsWith(name));
    expect(plugin?.create(raw)(record)).toBe(expected);
  });
});
