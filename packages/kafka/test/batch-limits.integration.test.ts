import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { hasCode, type RecordError } from '@headrace/foundation';
import { kafkaErrors, type OutgoingRecord, type RecordWriter, type RecordWriterOptions } from '@headrace/ports';
import type { KafkaHarness } from '@headrace/ports/contract';
import { openKafkajsHarness } from './kafkajs-harness.ts';

const { signal } = new AbortController();
let harness: KafkaHarness;

beforeAll(async () => {
  harness = await openKafkajsHarness();
});
afterAll(() => harness.close());

const newTopic = async (configs: Record<string, string>): Promise<string> => {
  const topic = harness.name('topic');
  await harness.ports.admin.createTopic(topic, { partitions: 1, replicationFactor: -1, configs }, signal);
  return topic;
};

const openWriter = (given: Pick<RecordWriterOptions, 'guarantee'> & Partial<RecordWriterOptions>): Promise<RecordWriter> =>
  harness.ports.writers.open(
    {
      transactionalId: harness.name('writer'),
      connector: 'limits',
      fencedTopics: [],
      confirmOwnership: () => Promise.resolve(true),
      onDurable: () => undefined,
      ...given,
    },
    signal,
  );

const record = (topic: string, value: string): OutgoingRecord => ({
  topic,
  partition: undefined,
  key: Buffer.from('k'),
  value: Buffer.from(value),
  headers: [],
  timestamp: undefined,
});

const readBack = async (topic: string): Promise<readonly (string | undefined)[]> =>
  (await harness.read(topic, 'read_committed')).map(({ value }) => value?.toString('utf8'));

describe.each(['at-least-once', 'exactly-once'] as const)('under %s', (guarantee) => {
  test('a batch larger than the topic allows is split until it fits, order and every record kept', async () => {
    const topic = await newTopic({ 'max.message.bytes': '1500' });
    const values = Array.from({ length: 300 }, (_, index) => `${String(index)}-${'x'.repeat(90)}`);
    await using writer = await openWriter({ guarantee });
    for (let start = 0; start < values.length; start += 100) {
      await writer.append(
        values.slice(start, start + 100).map((value) => record(topic, value)),
        [],
        signal,
      );
    }
    await writer.flush(signal);
    expect(await readBack(topic)).toEqual(values);
  });

  test('one record larger than the topic allows is an error that names the topic', async () => {
    const topic = await newTopic({ 'max.message.bytes': '1500' });
    await using writer = await openWriter({ guarantee });
    const error: unknown = await writer
      .append([record(topic, 'x'.repeat(3_000))], [], signal)
      .then(() => writer.flush(signal))
      .catch((caught: unknown) => caught);
    expect(hasCode(error, kafkaErrors.record_too_large.code)).toBe(true);
    expect((error as RecordError).fields['topic']).toBe(topic);
  });

  test('many partitions share requests, and each keeps its order', async () => {
    const topic = harness.name('topic');
    await harness.ports.admin.createTopic(topic, { partitions: 40, replicationFactor: -1, configs: {} }, signal);
    await using writer = await openWriter({ guarantee, producerConfig: { 'max.request.size': '20000', 'batch.size': '4000' } });
    const rounds = 200;
    for (let round = 0; round < rounds; round += 1) {
      const records = Array.from({ length: 40 }, (_, partition) => ({ ...record(topic, String(round).padEnd(80)), partition }));
      await writer.append(records, [], signal);
    }
    await writer.flush(signal);
    const records = await harness.read(topic, 'read_committed');
    const expected = Array.from({ length: rounds }, (_, round) => round);
    for (let partition = 0; partition < 40; partition += 1) {
      expect(records.filter((found) => found.partition === partition).map(({ value }) => Number(value?.toString('utf8')))).toEqual(
        expected,
      );
    }
  });
});

test.each([
  { what: 'records that fill batches go into the transaction under way', bytes: 600_000, transactions: 1 },
  { what: 'fewer of them wait for the next one once linger.ms is over', bytes: 60, transactions: 2 },
])('$what', async ({ bytes, transactions }) => {
  const topic = await newTopic({});
  let ended = 0;
  const onRecordsDurable = (): void => {
    ended += 1;
  };
  await using writer = await openWriter({ guarantee: 'exactly-once', producerConfig: { 'linger.ms': '0' }, onRecordsDurable });
  const values = ['a', 'b'].map((letter) => letter.repeat(bytes));
  // The second is encoded while the first is on its way: a request takes longer than that.
  for (const value of values) await writer.append([record(topic, value)], [], signal);
  await writer.flush(signal);
  expect(await readBack(topic)).toEqual(values);
  expect(ended).toBe(transactions);
});

test('a producer setting that makes no sense is refused, all of them at once', async () => {
  const opening = openWriter({ guarantee: 'exactly-once', producerConfig: { 'compression.type': 'brotli', 'linger.ms': 'soon' } });
  await expect(opening).rejects.toMatchObject({ reaction: 'config', problems: [{ key: 'compression.type' }, { key: 'linger.ms' }] });
});
