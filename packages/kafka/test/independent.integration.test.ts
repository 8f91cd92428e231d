import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '@headrace/foundation';
import type { IncomingRecord, KafkaPorts, OutgoingRecord, RecordWriter, RecordWriterOptions } from '@headrace/ports';
import { CompressionTypes, Partitioners, type Transaction } from 'kafkajs';
import { readCommitted } from './read-committed.ts';
import { TestBroker } from './test-broker.ts';

const { signal } = new AbortController();
const time = 1_700_000_000_000;

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

const createTopic = async (name: string, partitions = 1): Promise<string> => {
  const topic = broker.unique(name);
  await ports.admin.createTopic(topic, { partitions, replicationFactor: 1, configs: {} }, signal);
  return topic;
};

/** Everything of partition 0 by our reader. */
const readOurs = async (topic: string, consumerConfig: Readonly<Record<string, string>> = {}): Promise<readonly IncomingRecord[]> => {
  const end = await broker.endOffset(topic);
  const start = [{ topic, partition: 0, offset: 0n }];
  await using reader = await ports.readers.open({ start, isolation: 'read_committed', consumerConfig }, signal);
  const records: IncomingRecord[] = [];
  await broker.until(async () => {
    records.push(...(await reader.poll(1_000, 100, signal)));
    return (reader.positions()[0]?.offset ?? 0n) >= end;
  });
  return records;
};

const openWriter = (
  options: Pick<RecordWriterOptions, 'transactionalId' | 'guarantee'> & Partial<RecordWriterOptions>,
): Promise<RecordWriter> =>
  ports.writers.open(
    {
      connector: options.transactionalId,
      fencedTopics: [],
      confirmOwnership: () => Promise.resolve(true),
      onDurable: () => undefined,
      ...options,
    },
    signal,
  );

/** Transactions of one kafkajs producer, one after the other. */
const foreign = async (topic: string, run: (begin: () => Promise<Transaction>) => Promise<void>): Promise<void> => {
  const producer = broker.client.producer({ transactionalId: `${topic}-foreign`, idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  const before = await broker.endOffset(topic);
  await run(() => producer.transaction());
  await producer.disconnect();
  await broker.until(async () => (await broker.endOffset(topic)) > before);
};

const send = async (transaction: Transaction, topic: string, values: readonly (string | Buffer)[]): Promise<void> => {
  await transaction.send({ topic, messages: values.map((value) => ({ partition: 0, value })) });
};

/** Bytes as text: a matcher that walks through them takes seconds. */
const hex = (bytes: Uint8Array | null): string | null => (bytes === null ? null : Buffer.from(bytes).toString('hex'));

interface Content {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly timestamp: number | string | undefined;
}

const shown = (records: readonly Content[]) =>
  records.map(({ key, value, headers, timestamp }) => ({
    key: hex(key),
    value: hex(value),
    headers: Object.entries(headers).map(([name, bytes]) => [name, hex(bytes as Uint8Array)]),
    timestamp: Number(timestamp),
  }));

const byName = (headers: readonly { readonly key: string; readonly value: Uint8Array | null }[]) =>
  Object.fromEntries(headers.map(({ key, value }) => [key, value]));

const texts = (records: readonly { readonly value: Buffer | null }[]) => records.map(({ value }) => value?.toString());

describe('our reader after transactions of another client', () => {
  test('drops two aborted transactions of one producer that come in one fetch, and gives what is between and after', async () => {
    const topic = await createTopic('two-aborts');
    await foreign(topic, async (begin) => {
      for (const [value, isCommit] of [
        ['x', false],
        ['a', true],
        ['y', false],
        ['b', true],
      ] as const) {
        const transaction = await begin();
        await send(transaction, topic, [value, value]);
        await (isCommit ? transaction.commit() : transaction.abort());
      }
    });
    expect(texts(await readOurs(topic))).toEqual(['a', 'a', 'b', 'b']);
  });

  test('drops an abort that is larger than a fetch', async () => {
    const topic = await createTopic('large-abort');
    const large = randomBytes(20_000);
    await foreign(topic, async (begin) => {
      const aborted = await begin();
      for (let batch = 0; batch < 12; batch += 1) await send(aborted, topic, [large]);
      await aborted.abort();
      const committed = await begin();
      await send(committed, topic, ['a', large, 'b']);
      await committed.commit();
    });
    const records = await readOurs(topic, { 'fetch.max.bytes': '30000', 'max.partition.fetch.bytes': '30000' });
    expect(records.map(({ value }) => value?.length)).toEqual([1, large.length, 1]);
    expect(records[1]?.value?.equals(large)).toBe(true);
  });

  test('gives transactions back to back in their order', async () => {
    const topic = await createTopic('back-to-back');
    const expected: string[] = [];
    await foreign(topic, async (begin) => {
      for (let n = 0; n < 30; n += 1) {
        const transaction = await begin();
        await send(transaction, topic, [String(n)]);
        if (n % 7 === 3) await transaction.abort();
        else {
          await transaction.commit();
          expected.push(String(n));
        }
      }
    });
    expect(texts(await readOurs(topic, { 'max.partition.fetch.bytes': '200' }))).toEqual(expected);
  });
});

describe('our writer, looked at by another client', () => {
  test.each(['at-least-once', 'exactly-once'] as const)('places keys under %s where Java does', async (guarantee) => {
    const partitions = 25;
    const topic = await createTopic('placed', partitions);
    const keys = [
      ...Array.from({ length: 100 }, (_, n) => Buffer.from(`key-${String(n)}`)),
      ...[0, 1, 2, 3, 4, 5, 7, 33].map((size) => randomBytes(size)),
    ];
    await using writer = await openWriter({ transactionalId: topic, guarantee });
    const records = keys.map((key) => ({ topic, partition: undefined, key, value: key, headers: [], timestamp: time }));
    await writer.append(records, [], signal);
    await writer.flush(signal);
    const place = Partitioners.DefaultPartitioner();
    const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
      partitionErrorCode: 0,
      partitionId,
      leader: 1,
      replicas: [1],
      isr: [1],
    }));
    const found = await readCommitted(broker.client, topic, keys.length);
    const expected = keys.map(
      (key) => `${key.toString('hex')} in ${String(place({ topic, partitionMetadata, message: { key, value: null } }))}`,
    );
    expect(found.map(({ key, partition }) => `${key?.toString('hex') ?? ''} in ${String(partition)}`).sort()).toEqual(expected.sort());
  });

  test.each([
    ['none', 'at-least-once'],
    ['none', 'exactly-once'],
    ['gzip', 'at-least-once'],
    ['gzip', 'exactly-once'],
  ] as const)('has written, compressed by %s under %s, the very bytes', async (compression, guarantee) => {
    const topic = await createTopic('bytes');
    await using writer = await openWriter({ transactionalId: topic, guarantee, producerConfig: { 'compression.type': compression } });
    const records: OutgoingRecord[] = Array.from({ length: 200 }, (_, n) => ({
      topic,
      partition: 0,
      key: n % 5 === 0 ? null : randomBytes(n % 40),
      value: n % 7 === 0 ? null : randomBytes(n * 20),
      headers:
        n % 3 === 0
          ? []
          : [
              { key: 'größe', value: randomBytes(n) },
              { key: 'other', value: Buffer.from(String(n)) },
            ],
      timestamp: time + ((n * 37) % 1_000) - 500,
    }));
    await writer.append(records, [], signal);
    await writer.flush(signal);
    const found = await readCommitted(broker.client, topic, records.length);
    expect(shown(found.map((record) => ({ ...record, headers: record.headers ?? {} })))).toEqual(
      shown(records.map(({ key, value, timestamp, headers }) => ({ key, value, timestamp, headers: byName(headers) }))),
    );
  });

  test.each(['at-least-once', 'exactly-once'] as const)(
    'taken over under %s while it writes: what is visible and the stored position agree',
    async (guarantee) => {
      const topic = await createTopic('taken-over');
      const options = { transactionalId: topic, guarantee, fencedTopics: [topic] };
      const record = (n: number): OutgoingRecord => ({
        topic,
        partition: 0,
        key: null,
        value: Buffer.from(String(n)),
        headers: [],
        timestamp: time,
      });
      await using first = await openWriter(options);
      const writing = (async () => {
        for (let n = 1; ; n += 1) {
          await first.append([record(n)], [{ partition: { p: 1 }, offset: { n } }], signal);
          await systemClock.sleep(1, signal);
        }
      })();
      const refused = expect(writing).rejects.toMatchObject({ reaction: 'retry' });
      await broker.until(async () => (await broker.endOffset(topic)) > 50n);
      await using second = await openWriter(options);
      const stored = await ports.sourceOffsets.position(topic, { p: 1 }, signal);
      const next = Number(stored?.['n']) + 1;
      expect(next).toBeGreaterThan(1);
      await refused;
      await second.append([record(-1)], [], signal);
      await second.flush(signal);
      // The end of a transaction is answered before its marker is written, and until then nobody sees its records.
      let ours: readonly number[] = [];
      await broker.until(async () => (ours = (await readOurs(topic)).map(({ value }) => Number(value))).includes(-1));
      const theirs = (await readCommitted(broker.client, topic, ours.length)).map(({ value }) => Number(value));
      expect(theirs).toEqual(ours);
      const ofFirst = ours.slice(0, -1);
      expect(ours.at(-1)).toBe(-1);
      expect(ofFirst).toEqual(ofFirst.map((_, index) => index + 1));
      if (guarantee === 'exactly-once') expect(ofFirst).toHaveLength(next - 1);
      else expect(ofFirst.length).toBeGreaterThanOrEqual(next - 1);
    },
  );
});

describe('our reader after another client has written', () => {
  test.each([CompressionTypes.None, CompressionTypes.GZIP])('gives the very bytes, compression %s', async (compression) => {
    const topic = await createTopic('theirs');
    const messages = Array.from({ length: 100 }, (_, n) => ({
      partition: 0,
      key: n % 5 === 0 ? null : randomBytes(1 + (n % 40)),
      value: n % 7 === 0 ? null : randomBytes(n * 20),
      headers: n % 3 === 0 ? {} : { größe: randomBytes(n) },
      timestamp: String(time + ((n * 37) % 1_000) - 500),
    }));
    const producer = broker.client.producer();
    await producer.connect();
    await producer.send({ topic, messages, compression });
    await producer.disconnect();
    const records = await readOurs(topic);
    expect(shown(records.map(({ key, value, timestamp, headers }) => ({ key, value, timestamp, headers: byName(headers) })))).toEqual(
      shown(messages),
    );
  });
});
