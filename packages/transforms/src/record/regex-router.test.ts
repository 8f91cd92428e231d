import type { SourceRecord } from '@headrace/connector-api';
import { describe, expect, test } from '@jest/globals';
import { regexRouter } from './regex-router.ts';
import { timestampRouter } from './timestamp-router.ts';

const record = (topic: string, timestamp?: number): SourceRecord => ({
  topic,
  partition: undefined,
  keySchema: null,
  key: null,
  valueSchema: null,
  value: null,
  headers: [],
  timestamp,
});

describe('Routers', () => {
  test.each([
    ['shop\\.public\\.(.*)', '$1', 'shop.public.orders', 'orders'],
    ['([^.]+)\\.([^.]+)\\.([^.]+)', '$3_$1', 'a.b.c', 'c_a'],
    ['(?<db>\\w+)\\.t', '${db}-x', 'shop.t', 'shop-x'],
    ['(?i)SHOP', 'x', 'shop', 'x'],
    ['orders', 'x', 'orders2', 'orders2'],
    ['a(.*)', '\\$1', 'abc', '$1'],
  ])('%s with %s makes of %s the topic %s', (regex, replacement, topic, expected) => {
    expect(regexRouter.create({ regex, replacement })(record(topic))?.topic).toBe(expected);
  });

  test('a pattern that is none is refused by name', () => {
    expect(() => regexRouter.create({ regex: '(', replacement: '' })).toThrow(
      'Invalid value ( for configuration regex: Invalid regular expression',
    );
  });

  test('the timestamp router formats in UTC', () => {
    const transform = timestampRouter.create({ 'topic.format': '${topic}.${timestamp}', 'timestamp.format': "yyyy-MM-dd'T'HH" });
    expect(transform(record('t', Date.UTC(2026, 10, 3, 4)))?.topic).toBe('t.2026-11-03T04');
    expect(() => transform(record('t'))).toThrow('it has no timestamp');
  });
});
