import { describe, expect, test } from '@jest/globals';
import { FakeTopicAdmin } from '@headrace/testkit';
import { subscribedPartitions } from './subscribed-partitions.ts';

const { signal } = new AbortController();

const namesOf = async (config: Readonly<Record<string, string>>): Promise<readonly string[]> => {
  const admin = new FakeTopicAdmin();
  for (const [topic, count] of [
    ['a', 2],
    ['ab', 1],
    ['b', 1],
    ['__consumer_offsets', 50],
  ] as const)
    admin.counts.set(topic, count);
  const partitions = await subscribedPartitions(admin, config, signal);
  return partitions.map(({ topic, partition }) => `${topic}/${String(partition)}`);
};

describe('what a sink subscribes to', () => {
  test('topics by name, blanks and repetitions aside, as far as they exist', async () => {
    expect(await namesOf({ topics: ' b, a ,a,missing,' })).toEqual(['a/0', 'a/1', 'b/0']);
  });

  test('topics whose whole name matches the pattern', async () => {
    expect(await namesOf({ 'topics.regex': 'a' })).toEqual(['a/0', 'a/1']);
    expect(await namesOf({ 'topics.regex': 'a|b' })).toEqual(['a/0', 'a/1', 'b/0']);
  });

  test('never Kafka’s own topics by a pattern', async () => {
    expect(await namesOf({ 'topics.regex': '.*' })).toEqual(['a/0', 'a/1', 'ab/0', 'b/0']);
  });
});
