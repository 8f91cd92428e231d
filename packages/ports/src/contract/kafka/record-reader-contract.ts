import { describe, expect, test } from '@jest/globals';
import { kafkaErrors } from '../../kafka-errors.ts';
import type { IncomingRecord, RecordParts } from '../../record-reader.ts';
import type { ForeignEntry, ForeignTransaction } from './kafka-harness.ts';
import { outgoing, valuesOf, type KafkaSession } from './kafka-session.ts';

const numbered = (prefix: string, count: number): readonly ForeignEntry[] =>
  Array.from({ length: count }, (_, index) => ({ key: 'k', value: `${prefix}${String(index)}` }));

const partsOf = ({ topic, partition, offset, key, value, headers, timestamp }: IncomingRecord): RecordParts => ({
  topic,
  partition,
  offset,
  key,
  value,
  headers,
  timestamp,
});

/** Key and value as whoever makes no view of them finds them. */
const inPlace = ({ bytes, keyStart, keyEnd, valueStart, valueEnd }: IncomingRecord): readonly (string | null)[] => {
  const textAt = (start: number, end: number): string | null => (end < start ? null : Buffer.from(bytes).toString('utf8', start, end));
  return [textAt(keyStart, keyEnd), textAt(valueStart, valueEnd)];
};

export const recordReaderContract = (session: KafkaSession): void => {
  describe('a reader', () => {
    pollContract(session);
    movesContract(session);
  });
  describe('a reader of transactions', () => {
    isolationContract(session);
  });
};

const pollContract = (session: KafkaSession): void => {
  const { signal } = session;

  test('gives records in offset order from the given position, at most as many as asked for', async () => {
    const topic = await session.newTopic();
    await session.fill(topic, ['0', '1', '2', '3', '4']);
    await using reader = await session.openReader(topic, { start: [{ topic, partition: 0, offset: 2n }] });
    const first = await reader.poll(2, 5_000, signal);
    expect(valuesOf(first)).toEqual(['2', '3']);
    expect(first.map(({ offset }) => offset)).toEqual([2n, 3n]);
    expect(reader.positions()).toEqual([{ topic, partition: 0, offset: 4n }]);
    expect(valuesOf(await session.take(reader, 1))).toEqual(['4']);
  });

  test('gives key, value, headers and time, repeated headers and nulls included', async () => {
    const topic = await session.newTopic();
    const headers = [
      { key: 'h', value: Buffer.from([0, 255]) },
      { key: 'h', value: null },
    ];
    await using writer = await session.openWriter({ guarantee: 'at-least-once' });
    await session.write(writer, [
      outgoing(topic, 'k', 'größer', { headers, timestamp: 1_700_000_000_123 }),
      outgoing(topic, null, null, { timestamp: 1 }),
    ]);
    await using reader = await session.openReader(topic);
    const taken = await session.take(reader, 2);
    expect(taken.map(partsOf)).toEqual([
      { topic, partition: 0, offset: 0n, key: Buffer.from('k'), value: Buffer.from('größer'), headers, timestamp: 1_700_000_000_123 },
      { topic, partition: 0, offset: 1n, key: null, value: null, headers: [], timestamp: 1 },
    ]);
    expect(taken.map(inPlace)).toEqual([
      ['k', 'größer'],
      [null, null],
    ]);
  });

  test('knows how far behind the end of its partition it is', async () => {
    const topic = await session.newTopic();
    await session.fill(topic, ['0', '1', '2', '3', '4']);
    await using reader = await session.openReader(topic);
    await reader.poll(2, 5_000, signal);
    expect(reader.maxLag()).toBe(3n);
    await session.take(reader, 3);
    expect(reader.maxLag()).toBe(0n);
  });

  test('waits its time where there is nothing to read, and gives nothing', async () => {
    await using reader = await session.openReader(await session.newTopic());
    expect(await reader.poll(10, 50, signal)).toEqual([]);
  });

  test('gives what arrives to a poll that waits', async () => {
    const topic = await session.newTopic();
    await using reader = await session.openReader(topic);
    const waiting = reader.poll(10, 20_000, signal);
    await session.fill(topic, ['new']);
    expect(valuesOf(await waiting)).toEqual(['new']);
  });

  test('ends a waiting poll with the reason of its signal', async () => {
    await using reader = await session.openReader(await session.newTopic());
    const controller = new AbortController();
    const waiting = reader.poll(10, 20_000, controller.signal);
    const reason = new DOMException('enough', 'AbortError');
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });

  test('lets everything through a buffer smaller than one record', async () => {
    const topic = await session.newTopic(2);
    const values = Array.from({ length: 40 }, (_, index) => `${String(index)}-${'x'.repeat(500)}`);
    await session.fill(topic, values, 0);
    await session.fill(topic, values, 1);
    const start = [0, 1].map((partition) => ({ topic, partition, offset: 0n }));
    await using reader = await session.openReader(topic, { start, bufferBytes: 100 });
    const records = await session.take(reader, 80);
    for (const partition of [0, 1]) expect(valuesOf(records.filter((record) => record.partition === partition))).toEqual(values);
  });
};

const movesContract = (session: KafkaSession): void => {
  test('gives nothing of a paused partition while others go on, and loses nothing by it', async () => {
    const topic = await session.newTopic(2);
    await session.fill(topic, ['a0', 'a1', 'a2'], 0);
    await session.fill(topic, ['b0', 'b1', 'b2'], 1);
    await using reader = await session.openReader(topic, { start: [0, 1].map((partition) => ({ topic, partition, offset: 0n })) });
    reader.pause([{ topic, partition: 0 }]);
    expect(valuesOf(await session.take(reader, 3))).toEqual(['b0', 'b1', 'b2']);
    expect(await reader.poll(10, 50, session.signal)).toEqual([]);
    reader.resume([{ topic, partition: 0 }]);
    expect(valuesOf(await session.take(reader, 3))).toEqual(['a0', 'a1', 'a2']);
  });

  test('goes on where it is sent by seek, back and forth', async () => {
    const topic = await session.newTopic();
    await session.fill(topic, ['0', '1', '2', '3']);
    await using reader = await session.openReader(topic);
    expect(await session.take(reader, 4)).toHaveLength(4);
    reader.seek({ topic, partition: 0, offset: 1n });
    expect(reader.positions()).toEqual([{ topic, partition: 0, offset: 1n }]);
    expect(valuesOf(await session.take(reader, 1))).toEqual(['1']);
    reader.seek({ topic, partition: 0, offset: 3n });
    expect(valuesOf(await session.take(reader, 1))).toEqual(['3']);
  });

  test.each([
    ['any more', 0n],
    ['yet', 1_000n],
  ])('fails at a position that does not exist %s, and never jumps', async (_, offset) => {
    const topic = await session.newTopic();
    await session.fill(topic, ['0', '1', '2', '3']);
    await session.harness.trim(topic, 0, 2n);
    await using reader = await session.openReader(topic, { start: [{ topic, partition: 0, offset }] });
    const { code } = kafkaErrors.offset_out_of_range;
    await expect(session.take(reader, 1)).rejects.toMatchObject({ reaction: 'task-failure', code });
  });
};

const isolationContract = (session: KafkaSession): void => {
  const begin = (transactionalId = session.harness.name('foreign')): Promise<ForeignTransaction> => session.harness.begin(transactionalId);

  test('never gives aborted records: two aborts and a commit of one producer in one answer', async () => {
    const topic = await session.newTopic();
    const transactionalId = session.harness.name('foreign');
    for (const [prefix, isCommit] of [
      ['bad', false],
      ['good', true],
      ['worse', false],
      ['fine', true],
    ] as const) {
      const transaction = await begin(transactionalId);
      await transaction.send(topic, 0, numbered(prefix, 3));
      await (isCommit ? transaction.commit() : transaction.abort());
    }
    await using reader = await session.openReader(topic);
    const records = await session.takeToEnd(reader, topic);
    expect(valuesOf(records)).toEqual(['good0', 'good1', 'good2', 'fine0', 'fine1', 'fine2']);
    // Each transaction takes the place of its three records and of a marker.
    expect(records.map(({ offset }) => offset)).toEqual([4n, 5n, 6n, 12n, 13n, 14n]);
  });

  test('drops an abort that spans many answers whole, and gives what others wrote between', async () => {
    const topic = await session.newTopic();
    const aborted = await begin();
    const kept = await begin();
    for (let round = 0; round < 12; round += 1) {
      await aborted.send(topic, 0, numbered(`bad${String(round)}-${'x'.repeat(300)}-`, 10));
      await kept.send(topic, 0, numbered(`good${String(round)}-`, 2));
    }
    await kept.commit();
    await aborted.abort();
    await session.fill(topic, ['last']);
    const consumerConfig = { 'max.partition.fetch.bytes': '4000', 'fetch.max.bytes': '4000' };
    await using reader = await session.openReader(topic, { consumerConfig });
    const expected = Array.from({ length: 12 }, (_, round) => [`good${String(round)}-0`, `good${String(round)}-1`]).flat();
    expect(valuesOf(await session.takeToEnd(reader, topic))).toEqual([...expected, 'last']);
  });

  test('is held back by an open transaction until it ends, unless it reads uncommitted records', async () => {
    const topic = await session.newTopic();
    const transaction = await begin();
    await transaction.send(topic, 0, [{ key: 'k', value: 'open' }]);
    await session.fill(topic, ['behind']);
    await using committed = await session.openReader(topic);
    await using uncommitted = await session.openReader(topic, { isolation: 'read_uncommitted' });
    expect(valuesOf(await session.take(uncommitted, 2))).toEqual(['open', 'behind']);
    expect(await committed.poll(10, 200, session.signal)).toEqual([]);
    expect(committed.positions()).toEqual([{ topic, partition: 0, offset: 0n }]);
    await transaction.commit();
    expect(valuesOf(await session.take(committed, 2))).toEqual(['open', 'behind']);
  });

  test('gets aborted records too when it reads uncommitted ones, and no markers', async () => {
    const topic = await session.newTopic();
    const transaction = await begin();
    await transaction.send(topic, 0, [{ key: 'k', value: 'aborted' }]);
    await transaction.abort();
    await session.fill(topic, ['plain']);
    await using reader = await session.openReader(topic, { isolation: 'read_uncommitted' });
    expect(valuesOf(await session.takeToEnd(reader, topic))).toEqual(['aborted', 'plain']);
  });
};
