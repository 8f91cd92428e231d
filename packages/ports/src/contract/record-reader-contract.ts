import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { kafkaErrors } from '../kafka-errors.ts';
import type { IncomingRecord, RecordReader, RecordReaderOptions } from '../record-reader.ts';
import { outgoing, textOf, valuesOf, writerOptions, type ForeignEntry, type KafkaHarness } from './kafka-harness.ts';

const numbered = (prefix: string, count: number): readonly ForeignEntry[] =>
  Array.from({ length: count }, (_, index) => ({ key: 'k', value: `${prefix}${String(index)}` }));

/** What every record reader does, the one in memory and the one on real brokers alike. */
export const recordReaderContract = (name: string, open: () => Promise<KafkaHarness>): void => {
  describe(name, () => {
    let harness: KafkaHarness;
    const { signal } = new AbortController();

    beforeAll(async () => {
      harness = await open();
    });
    afterAll(() => harness.close());

    const newTopic = async (partitions = 1): Promise<string> => {
      const topic = harness.name('topic');
      await harness.ports.admin.createTopic(topic, { partitions, replicationFactor: -1, configs: {} }, signal);
      return topic;
    };
    const openReader = (topic: string, given: Partial<RecordReaderOptions> = {}): Promise<RecordReader> =>
      harness.ports.readers.open({ start: [{ topic, partition: 0, offset: 0n }], isolation: 'read_committed', ...given }, signal);
    const write = async (topic: string, values: readonly string[], partition = 0): Promise<void> => {
      await using writer = await harness.ports.writers.open(
        writerOptions({ transactionalId: harness.name('writer'), guarantee: 'at-least-once' }),
        signal,
      );
      await writer.append(
        values.map((value) => outgoing(topic, 'k', value, { partition })),
        [],
        signal,
      );
      await writer.flush(signal);
    };
    /** Polls until `count` records came or nothing more does. */
    const readMany = async (reader: RecordReader, count: number): Promise<readonly IncomingRecord[]> => {
      const records: IncomingRecord[] = [];
      for (let attempt = 0; attempt < 50 && records.length < count; attempt += 1) records.push(...(await reader.poll(100, 500, signal)));
      return records;
    };
    /** Everything up to the end of partition 0, as the reader's positions say. */
    const readToEnd = async (reader: RecordReader, topic: string): Promise<readonly IncomingRecord[]> => {
      const place = { topic, partition: 0 };
      const end = (await harness.ports.admin.offsets([place], 'latest', signal)).get(place) ?? 0n;
      const records: IncomingRecord[] = [];
      for (let attempt = 0; attempt < 100 && (reader.positions()[0]?.offset ?? 0n) < end; attempt += 1) {
        records.push(...(await reader.poll(1_000, 300, signal)));
      }
      expect(reader.positions()).toEqual([{ ...place, offset: end }]);
      return records;
    };

    test('records come in offset order from the given position, at most as many as asked for', async () => {
      const topic = await newTopic();
      await write(topic, ['0', '1', '2', '3', '4']);
      const all = await harness.read(topic, 'read_committed');
      const second = all[2];
      await using reader = await openReader(topic, { start: [{ topic, partition: 0, offset: second?.offset ?? 0n }] });
      const first = await reader.poll(2, 5_000, signal);
      expect(valuesOf(first)).toEqual(['2', '3']);
      expect(reader.positions()).toEqual([{ topic, partition: 0, offset: (second?.offset ?? 0n) + 2n }]);
      expect(valuesOf(await readMany(reader, 1))).toEqual(['4']);
    });

    test('a poll with nothing to read waits its time and gives nothing', async () => {
      const topic = await newTopic();
      await using reader = await openReader(topic);
      expect(await reader.poll(10, 50, signal)).toEqual([]);
    });

    test('a waiting poll gets what arrives', async () => {
      const topic = await newTopic();
      await using reader = await openReader(topic);
      const waiting = reader.poll(10, 20_000, signal);
      await write(topic, ['new']);
      expect(valuesOf(await waiting)).toEqual(['new']);
    });

    test('a waiting poll ends when it is aborted', async () => {
      const topic = await newTopic();
      await using reader = await openReader(topic);
      const controller = new AbortController();
      const waiting = reader.poll(10, 20_000, controller.signal);
      controller.abort(new DOMException('stop', 'AbortError'));
      await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    });

    test('aborted records are never given: two aborts and a commit of one producer in one answer', async () => {
      const topic = await newTopic();
      const transactionalId = harness.name('foreign');
      for (const [prefix, isCommit] of [
        ['bad', false],
        ['good', true],
        ['worse', false],
        ['fine', true],
      ] as const) {
        const transaction = await harness.begin(transactionalId);
        await transaction.send(topic, 0, numbered(prefix, 3));
        await (isCommit ? transaction.commit() : transaction.abort());
      }
      await using reader = await openReader(topic);
      expect(valuesOf(await readToEnd(reader, topic))).toEqual(['good0', 'good1', 'good2', 'fine0', 'fine1', 'fine2']);
    });

    test('an abort that spans many answers is dropped whole, and what others wrote between is given', async () => {
      const topic = await newTopic();
      const aborted = await harness.begin(harness.name('foreign'));
      const kept = await harness.begin(harness.name('foreign'));
      for (let round = 0; round < 12; round += 1) {
        await aborted.send(topic, 0, numbered(`bad${String(round)}-${'x'.repeat(300)}-`, 10));
        await kept.send(topic, 0, numbered(`good${String(round)}-`, 2));
      }
      await kept.commit();
      await aborted.abort();
      await write(topic, ['last']);
      await using reader = await openReader(topic, { consumerConfig: { 'max.partition.fetch.bytes': '4000', 'fetch.max.bytes': '4000' } });
      const expected = Array.from({ length: 12 }, (_, round) => [`good${String(round)}-0`, `good${String(round)}-1`]).flat();
      expect(valuesOf(await readToEnd(reader, topic))).toEqual([...expected, 'last']);
    });

    test('an open transaction holds back what is behind it until it ends', async () => {
      const topic = await newTopic();
      const transaction = await harness.begin(harness.name('foreign'));
      await transaction.send(topic, 0, [{ key: 'k', value: 'open' }]);
      await write(topic, ['behind']);
      await using reader = await openReader(topic);
      expect(await reader.poll(10, 300, signal)).toEqual([]);
      await transaction.commit();
      expect(valuesOf(await readMany(reader, 2))).toEqual(['open', 'behind']);
    });

    test('read_uncommitted gives aborted records too, and no markers', async () => {
      const topic = await newTopic();
      const transaction = await harness.begin(harness.name('foreign'));
      await transaction.send(topic, 0, [{ key: 'k', value: 'aborted' }]);
      await transaction.abort();
      await write(topic, ['plain']);
      await using reader = await openReader(topic, { isolation: 'read_uncommitted' });
      expect(valuesOf(await readToEnd(reader, topic))).toEqual(['aborted', 'plain']);
    });

    test('a paused partition gives nothing while others go on, and loses nothing', async () => {
      const topic = await newTopic(2);
      await write(topic, ['a0', 'a1', 'a2'], 0);
      await write(topic, ['b0', 'b1', 'b2'], 1);
      const start = [0, 1].map((partition) => ({ topic, partition, offset: 0n }));
      await using reader = await openReader(topic, { start });
      reader.pause([{ topic, partition: 0 }]);
      expect(valuesOf(await readMany(reader, 3))).toEqual(['b0', 'b1', 'b2']);
      reader.resume([{ topic, partition: 0 }]);
      expect(valuesOf(await readMany(reader, 3))).toEqual(['a0', 'a1', 'a2']);
    });

    test('seek goes back, and forward', async () => {
      const topic = await newTopic();
      await write(topic, ['0', '1', '2', '3']);
      const all = await harness.read(topic, 'read_committed');
      await using reader = await openReader(topic);
      expect(await readMany(reader, 4)).toHaveLength(4);
      reader.seek({ topic, partition: 0, offset: all[1]?.offset ?? 0n });
      expect(valuesOf(await readMany(reader, 3))).toEqual(['1', '2', '3']);
      reader.seek({ topic, partition: 0, offset: all[3]?.offset ?? 0n });
      expect(valuesOf(await readMany(reader, 1))).toEqual(['3']);
    });

    test('a position that does not exist any more is an error, never a jump', async () => {
      const topic = await newTopic();
      await write(topic, ['0', '1', '2', '3']);
      const all = await harness.read(topic, 'read_committed');
      await harness.trim(topic, 0, all[2]?.offset ?? 0n);
      await using reader = await openReader(topic);
      await expect(readMany(reader, 1)).rejects.toMatchObject({ reaction: 'task-failure', code: kafkaErrors.offset_out_of_range.code });
    });

    test('a buffer smaller than one record still lets everything through', async () => {
      const topic = await newTopic(2);
      const values = Array.from({ length: 40 }, (_, index) => `${String(index)}-${'x'.repeat(500)}`);
      await write(topic, values, 0);
      await write(topic, values, 1);
      await using reader = await openReader(topic, {
        start: [0, 1].map((partition) => ({ topic, partition, offset: 0n })),
        bufferBytes: 100,
      });
      const records = await readMany(reader, 80);
      for (const partition of [0, 1]) {
        expect(records.filter((record) => record.partition === partition).map(({ value }) => textOf(value))).toEqual(values);
      }
    });
  });
};
