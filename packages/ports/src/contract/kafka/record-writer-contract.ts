import { describe, expect, test } from '@jest/globals';
import type { SourcePosition } from '@headrace/connector-api';
import { kafkaErrors } from '../../kafka-errors.ts';
import type { IncomingRecord } from '../../record-reader.ts';
import type { Guarantee } from '../../record-writer.ts';
import { encodedOf } from './encoded.ts';
import { javaPlacements } from './java-placements.ts';
import { guarantees, outgoing, positionAt, textOf, valuesOf, type KafkaSession } from './kafka-session.ts';

export const recordWriterContract = (session: KafkaSession): void => {
  describe.each(guarantees)('a writer under %s', (guarantee) => {
    recordsContract(session, guarantee);
    positionsContract(session, guarantee);
  });

  describe('transactions', () => {
    transactionsContract(session);
  });
};

const recordsContract = (session: KafkaSession, guarantee: Guarantee): void => {
  const { signal } = session;

  test('records of a key arrive in the order of the calls, also when nobody waits between them', async () => {
    const topic = await session.newTopic(3);
    await using writer = await session.openWriter({ guarantee });
    const keys = ['x', 'y', 'z'];
    const calls = Array.from({ length: 60 }, (_, call) =>
      writer.append(
        keys.map((key) => outgoing(topic, key, `${key}${String(call)}`)),
        [],
        signal,
      ),
    );
    await Promise.all(calls);
    await writer.flush(signal);
    const records = await session.harness.read(topic, 'read_committed');
    for (const key of keys) expect(valuesOf(records, key)).toEqual(Array.from({ length: 60 }, (_, call) => `${key}${String(call)}`));
    expect(records).toHaveLength(180);
  });

  test('many records of one append all arrive, in order', async () => {
    const topic = await session.newTopic();
    await using writer = await session.openWriter({ guarantee });
    const values = Array.from({ length: 20_000 }, (_, index) => String(index));
    await session.write(
      writer,
      values.map((value) => outgoing(topic, 'same', value)),
    );
    expect(await session.committedValues(topic)).toEqual(values);
  });

  test('key, value, headers and time arrive as they were given, nulls and empty bytes included', async () => {
    const topic = await session.newTopic();
    await using writer = await session.openWriter({ guarantee });
    const headers = [
      { key: 'größe', value: Buffer.from([0, 255]) },
      { key: 'none', value: null },
    ];
    await session.write(writer, [
      outgoing(topic, 'k', 'größer', { headers, timestamp: 1_700_000_000_123 }),
      outgoing(topic, 'k', null, { timestamp: 1_600_000_000_000 }),
      outgoing(topic, null, ''),
    ]);
    const found = (await session.harness.read(topic, 'read_committed')).map(contentOf);
    expect(found[0]).toEqual({ key: 'k', value: 'größer', timestamp: 1_700_000_000_123, headers: ['größe=00ff', 'none=null'] });
    expect(found[1]).toEqual({ key: 'k', value: null, timestamp: 1_600_000_000_000, headers: [] });
    expect(found[2]).toMatchObject({ key: null, value: '', headers: [] });
  });

  test('encoded records arrive among the others in their order, nulls and headers included, placed as Java places their keys', async () => {
    const [topic, other] = [await session.newTopic(3), await session.newTopic()];
    await using writer = await session.openWriter({ guarantee });
    const headers = [{ key: 'from', value: Buffer.from('bytes') }];
    const placed = javaPlacements.map(({ key }) => ({ topic, key, value: `of ${key}` }));
    const contents = [...placed, { topic: other, key: 'k', value: 'first' }, { topic: other, key: 'k', value: null }];
    const last = encodedOf([{ topic: other, key: null, value: 'last' }]);
    await writer.append([encodedOf(contents, headers), outgoing(other, 'k', 'between'), last], [], signal);
    await writer.flush(signal);
    const found = await session.harness.read(topic, 'read_committed');
    expect(new Map(found.map(({ key, partition }) => [textOf(key), partition]))).toEqual(
      new Map(javaPlacements.map(({ key, of3 }) => [key, of3])),
    );
    expect(found.every(({ key, value }) => textOf(value) === `of ${String(textOf(key))}`)).toBe(true);
    const ofOther = (await session.harness.read(other, 'read_committed')).map(contentOf);
    expect(ofOther.map(({ key, value }) => [key, value])).toEqual([
      ['k', 'first'],
      ['k', null],
      ['k', 'between'],
      [null, 'last'],
    ]);
    expect(ofOther[0]).toMatchObject({ headers: ['from=6279746573'] });
    expect(ofOther[2]).toMatchObject({ headers: [] });
  });

  test.each([3, 25] as const)('keys are placed where Java places them, in %i partitions', async (partitions) => {
    const topic = await session.newTopic(partitions);
    await using writer = await session.openWriter({ guarantee });
    await session.write(
      writer,
      javaPlacements.map(({ key }) => outgoing(topic, key, 'v')),
    );
    const found = (await session.harness.read(topic, 'read_committed')).map(({ key, partition }) => [textOf(key), partition] as const);
    expect(new Map(found)).toEqual(new Map(javaPlacements.map(({ key, of3, of25 }) => [key, partitions === 3 ? of3 : of25])));
  });

  test('records with a partition of their own go there, and those without a key to several', async () => {
    const topic = await session.newTopic(3);
    await using writer = await session.openWriter({ guarantee });
    for (let call = 0; call < 6; call += 1) {
      await session.write(writer, [outgoing(topic, null, 'free'), outgoing(topic, 'a', 'placed', { partition: 2 })]);
    }
    const records = await session.harness.read(topic, 'read_committed');
    expect(records.filter(({ key }) => key !== null).map(({ partition }) => partition)).toEqual([2, 2, 2, 2, 2, 2]);
    expect(new Set(records.filter(({ key }) => key === null).map(({ partition }) => partition)).size).toBeGreaterThan(1);
  });

  test('a missing topic is created with its settings', async () => {
    const topic = session.harness.name('created');
    const topicSettings = () => ({ partitions: 4, replicationFactor: -1, configs: {} });
    await using writer = await session.openWriter({ guarantee, topicSettings });
    await session.write(writer, [outgoing(topic, 'k', 'v')]);
    expect(await session.otherPorts.admin.partitionCount(topic, signal)).toBe(4);
    expect(await session.committedValues(topic)).toEqual(['v']);
  });

  test('a small buffer slows the flow and does not stop it', async () => {
    const topic = await session.newTopic();
    await using writer = await session.openWriter({ guarantee, bufferBytes: 10 });
    for (let call = 0; call < 10; call += 1) await writer.append([outgoing(topic, 'k', String(call))], [], signal);
    await writer.flush(signal);
    expect(await session.committedValues(topic)).toHaveLength(10);
  });

  test('a record that is too large ends the writer with an error that names topic and place', async () => {
    const topic = await session.newTopic();
    await using writer = await session.openWriter({ guarantee, producerConfig: { 'max.request.size': '5000' } });
    const writing = session.write(writer, [outgoing(topic, 'k', 'small'), outgoing(topic, 'k', 'x'.repeat(6_000))]);
    const { code } = kafkaErrors.record_too_large;
    await expect(writing).rejects.toMatchObject({ code, reaction: 'record', fields: { topic, index: 1 } });
  });

  test('a closed writer takes nothing any more', async () => {
    const topic = await session.newTopic();
    const writer = await session.openWriter({ guarantee });
    await writer[Symbol.asyncDispose]();
    await expect(writer.append([outgoing(topic, 'k', 'v')], [], signal)).rejects.toMatchObject({ name: 'AbortError' });
  });
};

const positionsContract = (session: KafkaSession, guarantee: Guarantee): void => {
  const { signal } = session;

  test('positions are reported in order, each when the records before it are in Kafka', async () => {
    const place = { topic: await session.newTopic(), partition: 0 };
    const reported: { readonly at: number; readonly ends: Promise<ReadonlyMap<unknown, bigint>> }[] = [];
    const onDurable = (positions: readonly SourcePosition[]): void => {
      for (const { offset } of positions) {
        reported.push({ at: Number(offset?.['at']), ends: session.ports.admin.offsets([place], 'latest', signal) });
      }
    };
    await using writer = await session.openWriter({ guarantee, onDurable });
    for (let at = 1; at <= 10; at += 1) {
      await writer.append([outgoing(place.topic, 'k', String(at))], [positionAt(at)], signal);
      if (at % 3 === 0) await writer.flush(signal);
    }
    await writer.flush(signal);
    const order = reported.map(({ at }) => at);
    expect(order).toEqual([...new Set(order)].sort((a, b) => a - b));
    expect(order).toEqual(expect.arrayContaining([3, 6, 9, 10]));
    for (const { at, ends } of reported) expect((await ends).get(place)).toBeGreaterThanOrEqual(BigInt(at));
  });

  test('records are counted as they become durable, each once', async () => {
    const topic = await session.newTopic();
    const counts: number[] = [];
    await using writer = await session.openWriter({ guarantee, onRecordsDurable: (records) => counts.push(records) });
    for (let size = 1; size <= 4; size += 1) {
      await writer.append(
        Array.from({ length: size }, () => outgoing(topic, 'k', 'v')),
        [positionAt(size)],
        signal,
      );
      if (size % 2 === 0) await writer.flush(signal);
    }
    expect(counts.reduce((sum, records) => sum + records, 0)).toBe(10);
    expect(counts.every((records) => records > 0)).toBe(true);
  });

  test('positions are stored when flush resolves, for other workers too, and numbers keep all of their digits', async () => {
    const topic = await session.newTopic();
    const connector = session.harness.name('connector');
    await using writer = await session.openWriter({ guarantee, connector });
    const large = 9_007_199_254_740_993n;
    for (let step = 0n; step < 5n; step += 1n) await writer.append([outgoing(topic, 'k', 'v')], [positionAt(large + step)], signal);
    await writer.flush(signal);
    expect(await session.otherPorts.sourceOffsets.positions(connector, signal)).toEqual([positionAt(large + 4n)]);
  });

  test('a position is stored without records too, a null offset drops it, and a flush of nothing ends', async () => {
    const connector = session.harness.name('connector');
    await using writer = await session.openWriter({ guarantee, connector });
    await writer.flush(signal);
    await session.write(writer, [], [positionAt(1)]);
    expect(await session.ports.sourceOffsets.positions(connector, signal)).toEqual([positionAt(1)]);
    await session.write(writer, [], [{ ...positionAt(1), offset: null }]);
    expect(await session.ports.sourceOffsets.positions(connector, signal)).toEqual([]);
  });
};

const transactionsContract = (session: KafkaSession): void => {
  const { signal } = session;

  test('back to back all commit, one after the other', async () => {
    const topic = await session.newTopic();
    await using writer = await session.openWriter({ guarantee: 'exactly-once' });
    for (let step = 0; step < 30; step += 1) await session.write(writer, [outgoing(topic, 'k', String(step))], [positionAt(step)]);
    expect(await session.committedValues(topic)).toEqual(Array.from({ length: 30 }, (_, step) => String(step)));
  });

  test('show the records and the position of an append together or not at all', async () => {
    const topic = await session.newTopic(3);
    const connector = session.harness.name('connector');
    const writer = await session.openWriter({ guarantee: 'exactly-once', connector });
    for (let step = 1; step <= 20; step += 1) {
      const records = Array.from({ length: 50 }, (_, index) => outgoing(topic, `k${String(index)}`, String(step)));
      await writer.append(records, [positionAt(step)], signal);
    }
    await writer[Symbol.asyncDispose]();
    const position = await session.ports.sourceOffsets.position(connector, positionAt(0).partition, signal);
    const visible = await session.harness.read(topic, 'read_committed');
    expect(visible).toHaveLength(Number(position?.['at'] ?? 0) * 50);
  });

  test('of others on the same partition change nothing for ours', async () => {
    const topic = await session.newTopic();
    const transaction = await session.harness.begin(session.harness.name('foreign'));
    await transaction.send(topic, 0, [{ key: 'k', value: 'open' }]);
    await using writer = await session.openWriter({ guarantee: 'exactly-once' });
    await session.write(writer, [outgoing(topic, 'k', 'ours')]);
    await transaction.abort();
    expect(await session.committedValues(topic)).toEqual(['ours']);
  });
};

const contentOf = ({ key, value, timestamp, headers }: IncomingRecord): Record<string, unknown> => ({
  key: textOf(key),
  value: textOf(value),
  timestamp,
  headers: headers.map((header) => `${header.key}=${header.value?.toString('hex') ?? 'null'}`),
});
