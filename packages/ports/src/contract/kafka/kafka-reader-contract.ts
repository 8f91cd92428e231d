import { describe, expect, test } from '@jest/globals';
import type { IncomingRecord, RecordReader } from '../../record-reader.ts';
import { valuesOf, type KafkaSession } from './kafka-session.ts';

const take = async (session: KafkaSession, reader: RecordReader, count: number): Promise<readonly IncomingRecord[]> => {
  const records: IncomingRecord[] = [];
  await session.until(async () => {
    records.push(...(await reader.poll(count - records.length, 100, session.signal)));
    return records.length >= count;
  });
  return records;
};

const filled = async (session: KafkaSession, values: readonly string[]): Promise<string> => {
  const topic = await session.topic('read');
  await session.write(await session.writer({ transactionalId: topic, guarantee: 'at-least-once' }), topic, values);
  return topic;
};

export const kafkaReaderContract = (current: () => KafkaSession): void => {
  describe('a reader', () => {
    test('gives committed records only, in the order of their offsets, and its positions skip markers', async () => {
      const session = current();
      const topic = await session.topic('committed');
      for (const [values, isCommit] of [
        [['a', 'b'], true],
        [['x'], false],
        [['y', 'z'], false],
        [['c'], true],
      ] as const) {
        await (await session.harness.transaction(topic, values)).end(isCommit);
      }
      const place = { topic, partition: 0 };
      const ends = await session.ports.admin.offsets([place], 'latest', session.signal);
      await using reader = await session.ports.readers.open(
        { start: [{ ...place, offset: 0n }], isolation: 'read_committed' },
        session.signal,
      );
      const records = await take(session, reader, 3);
      expect(valuesOf(records)).toEqual(['a', 'b', 'c']);
      expect(records.map(({ offset }) => offset)).toEqual([0n, 1n, 8n]);
      await session.until(async () => {
        expect(await reader.poll(1, 50, session.signal)).toEqual([]);
        return reader.positions()[0]?.offset === 10n;
      });
      expect([...ends.values()]).toEqual([10n]);
    });

    test('waits for an undecided transaction under read_committed, and not under read_uncommitted', async () => {
      const session = current();
      const topic = await session.topic('undecided');
      const start = [{ topic, partition: 0, offset: 0n }];
      const transaction = await session.harness.transaction(topic, ['a']);
      await using committed = await session.ports.readers.open({ start, isolation: 'read_committed' }, session.signal);
      await using uncommitted = await session.ports.readers.open({ start, isolation: 'read_uncommitted' }, session.signal);
      expect(valuesOf(await take(session, uncommitted, 1))).toEqual(['a']);
      expect(await committed.poll(10, 200, session.signal)).toEqual([]);
      expect(committed.positions()).toEqual(start);
      await transaction.end(true);
      expect(valuesOf(await take(session, committed, 1))).toEqual(['a']);
    });

    test('positions follow what was given, not what was fetched', async () => {
      const session = current();
      const topic = await filled(session, ['a', 'b', 'c']);
      await using reader = await session.ports.readers.open(
        { start: [{ topic, partition: 0, offset: 0n }], isolation: 'read_committed' },
        session.signal,
      );
      expect(valuesOf(await take(session, reader, 2))).toEqual(['a', 'b']);
      expect(reader.positions()).toEqual([{ topic, partition: 0, offset: 2n }]);
    });

    test('goes on where it is sent by seek, back and forth', async () => {
      const session = current();
      const topic = await filled(session, ['a', 'b', 'c']);
      const place = { topic, partition: 0 };
      await using reader = await session.ports.readers.open(
        { start: [{ ...place, offset: 1n }], isolation: 'read_committed' },
        session.signal,
      );
      expect(valuesOf(await take(session, reader, 2))).toEqual(['b', 'c']);
      reader.seek({ ...place, offset: 0n });
      expect(reader.positions()).toEqual([{ ...place, offset: 0n }]);
      expect(valuesOf(await take(session, reader, 1))).toEqual(['a']);
      reader.seek({ ...place, offset: 2n });
      expect(valuesOf(await take(session, reader, 1))).toEqual(['c']);
    });

    test('gives nothing of a paused partition until it is resumed, and loses nothing by it', async () => {
      const session = current();
      const topic = await filled(session, ['a', 'b']);
      const place = { topic, partition: 0 };
      await using reader = await session.ports.readers.open(
        { start: [{ ...place, offset: 0n }], isolation: 'read_committed' },
        session.signal,
      );
      expect(valuesOf(await take(session, reader, 1))).toEqual(['a']);
      reader.pause([place]);
      expect(await reader.poll(10, 200, session.signal)).toEqual([]);
      reader.resume([place]);
      expect(valuesOf(await take(session, reader, 1))).toEqual(['b']);
    });

    test('fails at an offset that does not exist, and does not jump', async () => {
      const session = current();
      const topic = await filled(session, ['a']);
      const start = [{ topic, partition: 0, offset: 1_000n }];
      await using reader = await session.ports.readers.open({ start, isolation: 'read_committed' }, session.signal);
      const polling = session.until(async () => (await reader.poll(1, 100, session.signal)).length > 0);
      await expect(polling).rejects.toMatchObject({ code: 'kafka.offset_out_of_range', reaction: 'task-failure' });
    });

    test('ends a waiting poll with the reason of its signal', async () => {
      const session = current();
      const topic = await session.topic('abort');
      await using reader = await session.ports.readers.open(
        { start: [{ topic, partition: 0, offset: 0n }], isolation: 'read_committed' },
        session.signal,
      );
      const controller = new AbortController();
      const polling = reader.poll(1, 60_000, controller.signal);
      const reason = new Error('enough');
      controller.abort(reason);
      await expect(polling).rejects.toBe(reason);
    });
  });
};
