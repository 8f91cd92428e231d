import { describe, expect, test } from '@jest/globals';
import type { SourcePosition } from '@headrace/connector-api';
import { guarantees, positionOf, recordOf, valuesOf, type KafkaSession } from './kafka-session.ts';

export const kafkaWriterContract = (current: () => KafkaSession): void => {
  describe.each(guarantees)('a writer under %s', (guarantee) => {
    test('keeps the order of appends, in every partition', async () => {
      const session = current();
      const topic = await session.topic('order', 3);
      const writer = await session.writer({ transactionalId: session.harness.unique('order'), guarantee });
      for (let call = 0; call < 20; call += 1) {
        const records = [0, 1, 2].flatMap((partition) =>
          [`${String(call)}a`, `${String(call)}b`].map((value) => recordOf(topic, value, partition)),
        );
        await writer.append(records, [], session.signal);
      }
      await writer.flush(session.signal);
      const expected = Array.from({ length: 20 }, (_, call) => [`${String(call)}a`, `${String(call)}b`]).flat();
      const records = await session.readAll(topic);
      for (const partition of [0, 1, 2]) expect(valuesOf(records.filter((record) => record.partition === partition))).toEqual(expected);
      expect(records).toHaveLength(120);
    });

    test('keeps keys, values, headers and times, absent ones as well', async () => {
      const session = current();
      const topic = await session.topic('content');
      const writer = await session.writer({ transactionalId: session.harness.unique('content'), guarantee });
      const full = {
        ...recordOf(topic, 'größer'),
        headers: [
          { key: 'h', value: Buffer.from([0, 255]) },
          { key: 'h', value: null },
        ],
      };
      await writer.append([full, { ...full, key: null, value: null, headers: [], timestamp: 1 }], [], session.signal);
      await writer.flush(session.signal);
      expect(await session.readAll(topic)).toMatchObject([
        { topic, partition: 0, key: full.key, value: full.value, headers: full.headers, timestamp: full.timestamp },
        { topic, partition: 0, key: null, value: null, headers: [], timestamp: 1 },
      ]);
    });

    test('reports positions in order, each after the records before it are in Kafka', async () => {
      const session = current();
      const { ports, signal } = session;
      const topic = await session.topic('durable');
      const reported: { readonly position: SourcePosition; readonly ends: Promise<ReadonlyMap<unknown, bigint>> }[] = [];
      const onDurable = (positions: readonly SourcePosition[]): void => {
        for (const position of positions)
          reported.push({ position, ends: ports.admin.offsets([{ topic, partition: 0 }], 'latest', signal) });
      };
      const writer = await session.writer({ transactionalId: session.harness.unique('durable'), guarantee, onDurable });
      for (let n = 1; n <= 10; n += 1) {
        await writer.append([recordOf(topic, String(n))], [positionOf(n)], signal);
        if (n % 3 === 0) await writer.flush(signal);
      }
      await writer.flush(signal);
      const counts = reported.map(({ position }) => Number(position.offset?.['n']));
      expect(counts).toEqual([...new Set(counts)].sort((a, b) => a - b));
      expect(counts).toEqual(expect.arrayContaining([3, 6, 9, 10]));
      for (const [index, { ends }] of reported.entries()) {
        expect([...(await ends).values()][0]).toBeGreaterThanOrEqual(BigInt(counts[index] ?? 0));
      }
    });

    test('a flush has made records and positions readable, and one of nothing ends', async () => {
      const session = current();
      const topic = await session.topic('flush');
      const transactionalId = session.harness.unique('flush');
      const writer = await session.writer({ transactionalId, guarantee });
      await writer.flush(session.signal);
      await writer.append([recordOf(topic, 'a')], [positionOf(1)], session.signal);
      await writer.flush(session.signal);
      expect(valuesOf(await session.readAll(topic))).toEqual(['a']);
      expect(await session.ports.sourceOffsets.positions(transactionalId, session.signal)).toEqual([positionOf(1)]);
    });

    test('creates a missing topic with the settings asked for', async () => {
      const session = current();
      const topic = session.harness.unique('created');
      const topicSettings = () => ({ partitions: 2, replicationFactor: 1, configs: {} });
      const writer = await session.writer({ transactionalId: topic, guarantee, topicSettings });
      await session.write(writer, topic, ['a']);
      expect(await session.ports.admin.partitionCount(topic, session.signal)).toBe(2);
      expect(valuesOf(await session.readAll(topic))).toEqual(['a']);
    });

    test('a record that is too large fails the writer and tells which one it is', async () => {
      const session = current();
      const topic = await session.topic('large');
      const writer = await session.writer({ transactionalId: topic, guarantee, producerConfig: { 'max.request.size': '2000' } });
      const records = [recordOf(topic, 'small'), recordOf(topic, 'x'.repeat(3_000))];
      const attempt = async (): Promise<void> => {
        await writer.append(records, [], session.signal);
        await writer.flush(session.signal);
      };
      await expect(attempt()).rejects.toMatchObject({ code: 'kafka.record_too_large', reaction: 'record', fields: { topic, index: 1 } });
    });
  });

  describe('the topic admin', () => {
    test('creates a topic once, with its partitions', async () => {
      const { ports, harness, signal } = current();
      const topic = harness.unique('admin');
      const settings = { partitions: 4, replicationFactor: -1, configs: {} };
      expect(await ports.admin.partitionCount(topic, signal)).toBeNull();
      expect(await ports.admin.createTopic(topic, settings, signal)).toBe(true);
      expect(await ports.admin.createTopic(topic, settings, signal)).toBe(false);
      expect(await ports.admin.partitionCount(topic, signal)).toBe(4);
      expect(await ports.admin.topics(signal)).toContain(topic);
    });

    test('a topic name that Kafka does not allow is a task failure', async () => {
      const { ports, signal } = current();
      const creation = ports.admin.createTopic('no spaces', { partitions: 1, replicationFactor: -1, configs: {} }, signal);
      await expect(creation).rejects.toMatchObject({ code: 'kafka.topic_refused', reaction: 'task-failure' });
    });

    test('tells the first, the last and the last stable offset', async () => {
      const session = current();
      const { ports, harness, signal } = session;
      const place = { topic: await session.topic('ends'), partition: 0 };
      const writer = await session.writer({ transactionalId: place.topic, guarantee: 'at-least-once' });
      await session.write(writer, place.topic, ['a', 'b']);
      const open = await harness.transaction(place.topic, ['c']);
      const offset = async (spec: 'earliest' | 'latest' | 'last-stable') => (await ports.admin.offsets([place], spec, signal)).get(place);
      expect(await offset('earliest')).toBe(0n);
      expect(await offset('latest')).toBe(3n);
      expect(await offset('last-stable')).toBe(2n);
      await open.end(true);
    });
  });
};
