import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { SourcePosition } from '@headrace/connector-api';
import { hasCode, hasReaction, type RecordError } from '@headrace/foundation';
import { kafkaErrors } from '../kafka-errors.ts';
import type { IncomingRecord } from '../record-reader.ts';
import type { RecordWriter, RecordWriterOptions } from '../record-writer.ts';
import { outgoing, textOf, valuesOf, writerOptions, type KafkaHarness } from './kafka-harness.ts';

/** Where Java's default partitioner puts these keys, of 3 and of 25 partitions; computed with the Utils of Kafka's client 4.1.0. */
export const javaPlacements: readonly { readonly key: string; readonly of3: number; readonly of25: number }[] = [
  { key: 'a', of3: 1, of25: 24 },
  { key: 'b', of3: 2, of25: 21 },
  { key: 'ab', of3: 2, of25: 9 },
  { key: 'abc', of3: 0, of25: 7 },
  { key: 'abcd', of3: 2, of25: 0 },
  { key: 'abcde', of3: 1, of25: 16 },
  { key: 'order-1', of3: 1, of25: 1 },
  { key: 'order-2', of3: 0, of25: 18 },
  { key: 'customer:42', of3: 2, of25: 10 },
  { key: '{"id":1}', of3: 0, of25: 16 },
  { key: '{"id":1001}', of3: 2, of25: 4 },
  { key: '', of3: 0, of25: 6 },
  { key: 'äöü€', of3: 1, of25: 22 },
  { key: '["inventory",{"server":"dbserver1"}]', of3: 1, of25: 3 },
  { key: '0000000000000000000000000000001', of3: 0, of25: 19 },
  { key: 'k7', of3: 1, of25: 8 },
  { key: 'k8', of3: 2, of25: 15 },
  { key: 'k9', of3: 2, of25: 4 },
];

const contentOf = ({ key, value, timestamp, headers }: IncomingRecord): Record<string, unknown> => ({
  key: textOf(key),
  value: textOf(value),
  timestamp,
  headers: headers.map((header) => `${header.key}=${String(textOf(header.value))}`),
});

/** What every record writer does, the one in memory and the one on real brokers alike. */
export const recordWriterContract = (name: string, open: () => Promise<KafkaHarness>): void => {
  describe(name, () => {
    let harness: KafkaHarness;
    const { signal } = new AbortController();

    beforeAll(async () => {
      harness = await open();
    });
    afterAll(() => harness.close());

    const newTopic = async (partitions = 3): Promise<string> => {
      const topic = harness.name('topic');
      await harness.ports.admin.createTopic(topic, { partitions, replicationFactor: -1, configs: {} }, signal);
      return topic;
    };
    const openWriter = (given: Partial<RecordWriterOptions>, ports = harness.ports): Promise<RecordWriter> =>
      ports.writers.open(writerOptions({ transactionalId: harness.name('writer'), guarantee: 'exactly-once', ...given }), signal);

    describe.each(['at-least-once', 'exactly-once'] as const)('with the guarantee %s', (guarantee) => {
      test('records of a key arrive in the order of the calls, also when nobody waits between them', async () => {
        const topic = await newTopic();
        await using writer = await openWriter({ guarantee });
        const calls = Array.from({ length: 60 }, (_, call) =>
          writer.append(
            ['x', 'y', 'z'].map((key) => outgoing(topic, key, `${key}${String(call)}`)),
            [],
            signal,
          ),
        );
        await Promise.all(calls);
        await writer.flush(signal);
        const records = await harness.read(topic, 'read_committed');
        for (const key of ['x', 'y', 'z']) {
          expect(valuesOf(records, key)).toEqual(Array.from({ length: 60 }, (_, call) => `${key}${String(call)}`));
        }
      });

      test('key, value, headers and time arrive as they were given, nulls and empty bytes included', async () => {
        const topic = await newTopic(1);
        await using writer = await openWriter({ guarantee });
        const headers = [
          { key: 'one', value: Buffer.from('1') },
          { key: 'none', value: null },
        ];
        await writer.append(
          [
            outgoing(topic, 'k', 'v', { headers, timestamp: 1_700_000_000_123 }),
            outgoing(topic, 'k', null, { timestamp: 1_600_000_000_000 }),
            outgoing(topic, null, ''),
          ],
          [],
          signal,
        );
        await writer.flush(signal);
        const found = (await harness.read(topic, 'read_committed')).map(contentOf);
        expect(found[0]).toEqual({ key: 'k', value: 'v', timestamp: 1_700_000_000_123, headers: ['one=1', 'none=null'] });
        expect(found[1]).toEqual({ key: 'k', value: null, timestamp: 1_600_000_000_000, headers: [] });
        expect(found[2]).toMatchObject({ key: null, value: '', headers: [] });
      });

      test('keys are placed where Java places them', async () => {
        for (const partitions of [3, 25] as const) {
          const topic = await newTopic(partitions);
          await using writer = await openWriter({ guarantee });
          await writer.append(
            javaPlacements.map(({ key }) => outgoing(topic, key, 'v')),
            [],
            signal,
          );
          await writer.flush(signal);
          const found = (await harness.read(topic, 'read_committed')).map(({ key, partition }) => [textOf(key), partition]);
          expect(new Map(found as [string, number][])).toEqual(
            new Map(javaPlacements.map((placement) => [placement.key, partitions === 3 ? placement.of3 : placement.of25])),
          );
        }
      });

      test('records without a key and with a partition of their own arrive', async () => {
        const topic = await newTopic();
        await using writer = await openWriter({ guarantee });
        for (let call = 0; call < 6; call += 1) {
          await writer.append(
            [outgoing(topic, null, `free${String(call)}`), outgoing(topic, 'a', `two${String(call)}`, { partition: 2 })],
            [],
            signal,
          );
          await writer.flush(signal);
        }
        const records = await harness.read(topic, 'read_committed');
        expect(records.filter(({ partition, value }) => partition === 2 && textOf(value)?.startsWith('two'))).toHaveLength(6);
        expect(new Set(records.filter(({ key }) => key === null).map(({ partition }) => partition)).size).toBeGreaterThan(1);
      });

      test('positions are reported in order, stored in the offsets topic and durable when flush resolves', async () => {
        const topic = await newTopic();
        const reported: SourcePosition[] = [];
        const connector = harness.name('connector');
        await using writer = await openWriter({
          guarantee,
          connector,
          onDurable: (positions) => {
            reported.push(...positions);
          },
        });
        const position = (lsn: bigint): SourcePosition => ({ partition: { server: 's' }, offset: { lsn } });
        for (let step = 0n; step < 5n; step += 1n)
          await writer.append([outgoing(topic, 'k', String(step))], [position(9_007_199_254_740_993n + step)], signal);
        await writer.flush(signal);
        expect(reported.at(-1)).toEqual(position(9_007_199_254_740_997n));
        const order = reported.map(({ offset }) => offset?.['lsn'] as bigint);
        expect(order).toEqual(order.toSorted((a, b) => Number(a - b)));
        expect(await harness.otherPorts.sourceOffsets.position(connector, { server: 's' }, signal)).toEqual({
          lsn: 9_007_199_254_740_997n,
        });
      });

      test('a position is stored without records too, and a null offset drops it', async () => {
        const connector = harness.name('connector');
        await using writer = await openWriter({ guarantee, connector });
        await writer.append([], [{ partition: { a: 1 }, offset: { at: 1 } }], signal);
        await writer.flush(signal);
        expect(await harness.ports.sourceOffsets.position(connector, { a: 1 }, signal)).toEqual({ at: 1 });
        await writer.append([], [{ partition: { a: 1 }, offset: null }], signal);
        await writer.flush(signal);
        expect(await harness.ports.sourceOffsets.position(connector, { a: 1 }, signal)).toBeNull();
      });

      test('a missing topic is created with its settings', async () => {
        const topic = harness.name('created');
        await using writer = await openWriter({ guarantee, topicSettings: () => ({ partitions: 4, replicationFactor: -1, configs: {} }) });
        await writer.append([outgoing(topic, 'k', 'v')], [], signal);
        await writer.flush(signal);
        expect(await harness.otherPorts.admin.partitionCount(topic, signal)).toBe(4);
        expect(valuesOf(await harness.read(topic, 'read_committed'))).toEqual(['v']);
      });

      test('a small buffer slows the flow and does not stop it', async () => {
        const topic = await newTopic();
        await using writer = await openWriter({ guarantee, bufferBytes: 10 });
        for (let call = 0; call < 10; call += 1) await writer.append([outgoing(topic, 'k', `v${String(call)}`)], [], signal);
        await writer.flush(signal);
        expect(valuesOf(await harness.read(topic, 'read_committed'))).toHaveLength(10);
      });

      test('many records of one append all arrive, in order', async () => {
        const topic = await newTopic();
        await using writer = await openWriter({ guarantee });
        const values = Array.from({ length: 20_000 }, (_, index) => String(index));
        await writer.append(
          values.map((value) => outgoing(topic, 'same', value)),
          [],
          signal,
        );
        await writer.flush(signal);
        expect(valuesOf(await harness.read(topic, 'read_committed'))).toEqual(values);
      });

      test('a record that is too large ends the writer with an error that names topic and place', async () => {
        const topic = await newTopic(1);
        await using writer = await openWriter({ guarantee, producerConfig: { 'max.request.size': '5000' } });
        const failing = writer
          .append([outgoing(topic, 'k', 'small'), outgoing(topic, 'k', 'x'.repeat(6_000))], [], signal)
          .then(() => writer.flush(signal));
        const error: unknown = await failing.catch((caught: unknown) => caught);
        expect(hasCode(error, kafkaErrors.record_too_large.code)).toBe(true);
        expect((error as RecordError).fields).toEqual({ topic, index: 1 });
      });

      test('after a take-over the former owner is refused and none of its records can be seen', async () => {
        const topic = await newTopic();
        const transactionalId = harness.name('contested');
        let isOwner = true;
        await using stale = await openWriter({
          guarantee,
          transactionalId,
          fencedTopics: [topic],
          confirmOwnership: () => Promise.resolve(isOwner),
        });
        await stale.append([outgoing(topic, 'k', 'before')], [], signal);
        await stale.flush(signal);
        await using owner = await openWriter({ guarantee, transactionalId, fencedTopics: [topic] }, harness.otherPorts);
        isOwner = false;
        const late = stale
          .append([outgoing(topic, 'k', 'late')], [{ partition: { p: 1 }, offset: { o: 1 } }], signal)
          .then(() => stale.flush(signal));
        await expect(late).rejects.toMatchObject({ reaction: 'fenced' });
        await expect(stale.failure).rejects.toMatchObject({ code: kafkaErrors.fenced.code });
        await owner.append([outgoing(topic, 'k', 'after')], [], signal);
        await owner.flush(signal);
        expect(valuesOf(await harness.read(topic, 'read_committed'))).toEqual(['before', 'after']);
        expect(await harness.ports.sourceOffsets.position(transactionalId, { p: 1 }, signal)).toBeNull();
      });

      test('a stale owner that opens again is refused, and the rightful owner goes on', async () => {
        const topic = await newTopic();
        const transactionalId = harness.name('contested');
        await using owner = await openWriter({ guarantee, transactionalId, fencedTopics: [topic] });
        const opening = openWriter({ guarantee, transactionalId, confirmOwnership: () => Promise.resolve(false) }, harness.otherPorts);
        await expect(opening).rejects.toMatchObject({ reaction: 'fenced' });
        await owner.append([outgoing(topic, 'k', 'v')], [], signal);
        await owner.flush(signal);
        expect(valuesOf(await harness.read(topic, 'read_committed'))).toEqual(['v']);
      });

      test('an owner whose producer was reset fails to start again, and a new writer then works', async () => {
        const topic = await newTopic();
        const transactionalId = harness.name('reset');
        await using writer = await openWriter({ guarantee, transactionalId, fencedTopics: [topic] });
        await writer.append([outgoing(topic, 'k', 'first')], [], signal);
        await writer.flush(signal);
        await harness.otherPorts.admin.fence([transactionalId], signal, [topic, harness.offsetsTopic]);
        const refused: unknown = await writer
          .append([outgoing(topic, 'k', 'refused')], [], signal)
          .then(() => writer.flush(signal))
          .catch((caught: unknown) => caught);
        expect(hasReaction(refused, 'retry') && hasCode(refused, kafkaErrors.producer_reset.code)).toBe(true);
        await expect(writer.append([], [], signal)).rejects.toBe(refused);
        await using again = await openWriter({ guarantee, transactionalId, fencedTopics: [topic] });
        await again.append([outgoing(topic, 'k', 'second')], [], signal);
        await again.flush(signal);
        expect(valuesOf(await harness.read(topic, 'read_committed'))).toEqual(['first', 'second']);
      });

      test('a closed writer takes nothing any more', async () => {
        const topic = await newTopic();
        const writer = await openWriter({ guarantee });
        await writer[Symbol.asyncDispose]();
        await expect(writer.append([outgoing(topic, 'k', 'v')], [], signal)).rejects.toMatchObject({ name: 'AbortError' });
      });
    });

    test('back-to-back transactions all commit, one after the other', async () => {
      const topic = await newTopic(1);
      await using writer = await openWriter({ guarantee: 'exactly-once' });
      for (let step = 0; step < 30; step += 1) {
        await writer.append([outgoing(topic, 'k', String(step))], [{ partition: { p: 1 }, offset: { step } }], signal);
        await writer.flush(signal);
      }
      expect(valuesOf(await harness.read(topic, 'read_committed'))).toEqual(Array.from({ length: 30 }, (_, step) => String(step)));
    });

    test('records and position of an append are visible together or not at all', async () => {
      const topic = await newTopic();
      const connector = harness.name('connector');
      const writer = await openWriter({ guarantee: 'exactly-once', connector });
      const batches = 20;
      for (let step = 1; step <= batches; step += 1) {
        const records = Array.from({ length: 50 }, (_, index) => outgoing(topic, `k${String(index)}`, String(step)));
        await writer.append(records, [{ partition: { p: 1 }, offset: { step } }], signal);
      }
      await writer[Symbol.asyncDispose]();
      await using successor = await openWriter({ guarantee: 'exactly-once', transactionalId: harness.name('other') });
      await successor.flush(signal);
      const position = await harness.ports.sourceOffsets.position(connector, { p: 1 }, signal);
      const visible = await harness.read(topic, 'read_committed');
      expect(visible).toHaveLength(Number(position?.['step'] ?? 0) * 50);
    });

    test('a transaction is not visible before its end, and its abort leaves nothing', async () => {
      const topic = await newTopic(1);
      const transaction = await harness.begin(harness.name('foreign'));
      await transaction.send(topic, 0, [{ key: 'k', value: 'open' }]);
      await using writer = await openWriter({ guarantee: 'exactly-once' });
      await writer.append([outgoing(topic, 'k', 'ours')], [], signal);
      await writer.flush(signal);
      await transaction.abort();
      expect(valuesOf(await harness.read(topic, 'read_committed'))).toEqual(['ours']);
    });
  });
};
