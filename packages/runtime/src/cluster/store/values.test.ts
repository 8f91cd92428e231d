import { describe, expect, test } from '@jest/globals';
import { codecs, partitionsOf } from './values.ts';

describe('stored values', () => {
  test('read back as they were written, with their version in front', () => {
    const value = { workerId: 'w1:8083', session: '77' };
    const text = codecs.owner.encode(value);
    expect(JSON.parse(text)).toEqual({ version: 1, ...value });
    expect(codecs.owner.decode({ key: '/k', value: text })).toEqual(value);
  });

  test('of a version that this release does not know are named, not guessed', () => {
    const decode = () => codecs.owner.decode({ key: '/k', value: '{"version":2,"workerId":"w1"}' });
    expect(decode).toThrow('Value of "/k" has version 2, this worker reads 1.');
  });

  test('partitions are kept by topic and given one by one', () => {
    expect(partitionsOf({ config: {}, partitions: { t: [0, 2], u: [1] } })).toEqual([
      { topic: 't', partition: 0 },
      { topic: 't', partition: 2 },
      { topic: 'u', partition: 1 },
    ]);
  });
});
