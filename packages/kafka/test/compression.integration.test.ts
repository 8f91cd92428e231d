import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { KafkaPorts, OutgoingRecord } from '@headrace/ports';
import { readCommitted } from './read-committed.ts';
import { TestBroker } from './test-broker.ts';

// The broker's own codecs are the judge: a topic's compression.type makes it unpack what arrives and pack it anew.
const { signal } = new AbortController();
const codecs = ['gzip', 'snappy', 'lz4', 'zstd'] as const;

let broker: TestBroker;
let ports: KafkaPorts;

beforeAll(async () => {
  broker = await TestBroker.connect();
  ports = broker.ports();
});
afterAll(async () => {
  await ports[Symbol.asyncDispose]();
  await broker[Symbol.asyncDispose]();
});

/** Some that shrink and some that do not, in sizes around the blocks of the codecs. */
const contents = (): readonly Buffer[] =>
  Array.from({ length: 40 }, (_, n) => (n % 2 === 0 ? Buffer.alloc(n * 997, `text ${String(n)} `) : randomBytes(n * 331)));

const hex = (bytes: readonly (Buffer | null)[]): readonly (string | undefined)[] => bytes.map((each) => each?.toString('hex'));

const createTopic = async (compression: string): Promise<string> => {
  const topic = broker.unique(compression);
  await ports.admin.createTopic(topic, { partitions: 1, replicationFactor: 1, configs: { 'compression.type': compression } }, signal);
  return topic;
};

const recordOf = (topic: string, value: Buffer): OutgoingRecord => ({
  topic,
  partition: 0,
  key: null,
  value,
  headers: [],
  timestamp: undefined,
});

describe.each(codecs)('%s', (codec) => {
  test.each(['at-least-once', 'exactly-once'] as const)('as we write it under %s is what the broker reads', async (guarantee) => {
    const topic = await createTopic('uncompressed');
    const values = contents();
    await using writer = await ports.writers.open(
      {
        transactionalId: topic,
        connector: topic,
        guarantee,
        fencedTopics: [],
        producerConfig: { 'compression.type': codec },
        confirmOwnership: () => Promise.resolve(true),
        onDurable: () => undefined,
      },
      signal,
    );
    await writer.append(
      values.map((value) => recordOf(topic, value)),
      [],
      signal,
    );
    await writer.flush(signal);
    const found = await readCommitted(broker.client, topic, values.length);
    expect(hex(found.map(({ value }) => value))).toEqual(hex(values));
  });

  test('as the broker writes it is what we read', async () => {
    const topic = await createTopic(codec);
    const values = contents();
    const producer = broker.client.producer();
    await producer.connect();
    try {
      await producer.send({ topic, messages: values.map((value) => ({ partition: 0, value })) });
    } finally {
      await producer.disconnect();
    }
    const start = [{ topic, partition: 0, offset: 0n }];
    await using reader = await ports.readers.open({ start, isolation: 'read_committed' }, signal);
    const found: (Buffer | null)[] = [];
    await broker.until(async () => {
      found.push(...(await reader.poll(1_000, 100, signal)).map(({ value }) => value));
      return found.length >= values.length;
    });
    expect(hex(found)).toEqual(hex(values));
  });
});
