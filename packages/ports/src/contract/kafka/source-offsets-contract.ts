import { describe, expect, test } from '@jest/globals';
import { kafkaErrors } from '../../kafka-errors.ts';
import { partitionOfKey } from '../../partition-of-key.ts';
import { positionAt, textOf, type KafkaSession } from './kafka-session.ts';

export const sourceOffsetsContract = (session: KafkaSession): void => {
  const { signal } = session;
  const newConnector = (): string => session.harness.name('connector');

  describe('source offsets', () => {
    test('of a connector without positions are none', async () => {
      const { sourceOffsets } = session.ports;
      expect(await sourceOffsets.positions(newConnector(), signal)).toEqual([]);
      expect(await sourceOffsets.position(newConnector(), { a: 1 }, signal)).toBeNull();
    });

    test('are the newest of each partition, found by another worker too, and no other connector’s', async () => {
      const connector = newConnector();
      const { sourceOffsets } = session.ports;
      await sourceOffsets.alter(newConnector(), [positionAt(99)], signal);
      await sourceOffsets.alter(connector, [positionAt(1)], signal);
      expect(await session.otherPorts.sourceOffsets.position(connector, positionAt(1).partition, signal)).toEqual({ at: 1 });
      const newer = [
        { partition: { p: 1 }, offset: { at: 2, text: 'ä"\n', deep: { list: [1, null, true] } } },
        { partition: { p: 2 }, offset: { at: 12_345_678_901_234_567_890n } },
      ];
      await sourceOffsets.alter(connector, newer, signal);
      const found = await session.otherPorts.sourceOffsets.positions(connector, signal);
      expect(found.toSorted((a, b) => Number(a.partition['p']) - Number(b.partition['p']))).toEqual(newer);
    });

    test('are found behind thousands of others that were stored later, the newest of them, and so is that one was dropped', async () => {
      const [connector, others] = [newConnector(), newConnector()];
      const { sourceOffsets } = session.ports;
      const stored = (place: string, at: number | null) => ({ partition: { place }, offset: at === null ? null : { at } });
      await sourceOffsets.alter(connector, [stored('kept', 1), stored('dropped', 1), stored('again', 1)], signal);
      await sourceOffsets.alter(connector, [stored('kept', 2), stored('dropped', null)], signal);
      const many = Array.from({ length: 3_000 }, (_, index) => ({ partition: { p: index }, offset: { at: index } }));
      await sourceOffsets.alter(others, many, signal);
      await sourceOffsets.alter(connector, [stored('again', 3)], signal);
      const asked = async (place: string) => session.otherPorts.sourceOffsets.position(connector, { place }, signal);
      expect(await asked('kept')).toEqual({ at: 2 });
      expect(await asked('dropped')).toBeNull();
      expect(await asked('again')).toEqual({ at: 3 });
      expect(await asked('never')).toBeNull();
    });

    test('are dropped by a null offset, and members of a partition may come in any order', async () => {
      const connector = newConnector();
      const { sourceOffsets } = session.ports;
      await sourceOffsets.alter(connector, [{ partition: { server: 's', database: 'd' }, offset: { at: 1 } }], signal);
      await sourceOffsets.alter(connector, [{ partition: { database: 'd', server: 's' }, offset: null }], signal);
      expect(await sourceOffsets.positions(connector, signal)).toEqual([]);
      const keys = (await session.harness.read(session.harness.offsetsTopic, 'read_committed')).map(({ key }) => textOf(key));
      expect(keys).toContain(`["${connector}",{"server":"s","database":"d"}]`);
      expect(keys).not.toContain(`["${connector}",{"database":"d","server":"s"}]`);
    });

    test('are Kafka Connect’s bytes, in the partition its producer would choose', async () => {
      const connector = newConnector();
      const position = { partition: { server: 's' }, offset: { lsn: 9_007_199_254_740_993n, ok: true } };
      await session.ports.sourceOffsets.alter(connector, [position], signal);
      const records = await session.harness.read(session.harness.offsetsTopic, 'read_committed');
      const stored = records.find(({ key }) => textOf(key)?.includes(`"${connector}"`));
      const partitions = await session.ports.admin.partitionCount(session.harness.offsetsTopic, signal);
      expect(textOf(stored?.key ?? null)).toBe(`["${connector}",{"server":"s"}]`);
      expect(textOf(stored?.value ?? null)).toBe('{"lsn":9007199254740993,"ok":true}');
      expect(stored?.partition).toBe(partitionOfKey(stored?.key ?? Buffer.alloc(0), partitions ?? 0));
    });

    test('wait for an undecided transaction, so that it cannot hide a newer position', async () => {
      const connector = newConnector();
      const { sourceOffsets } = session.ports;
      await sourceOffsets.alter(connector, [positionAt(1)], signal);
      const key = `["${connector}",{"p":1}]`;
      const partitions = (await session.ports.admin.partitionCount(session.harness.offsetsTopic, signal)) ?? 1;
      const transaction = await session.harness.begin(session.harness.name('foreign'));
      await transaction.send(session.harness.offsetsTopic, partitionOfKey(Buffer.from(key), partitions), [{ key, value: '{"at":2}' }]);
      const asking = sourceOffsets.positions(connector, signal);
      await transaction.commit();
      expect(await asking).toEqual([positionAt(2)]);
    });

    test('are an error when a transaction stays undecided longer than the deadline', async () => {
      const transaction = await session.harness.begin(session.harness.name('foreign'));
      await transaction.send(session.harness.offsetsTopic, 0, [{ key: '["x",{}]', value: '{}' }]);
      const asking = session.ports.sourceOffsets.positions(newConnector(), signal);
      await expect(asking).rejects.toMatchObject({ reaction: 'retry', code: kafkaErrors.transaction_pending.code });
      await transaction.abort();
      expect(await session.ports.sourceOffsets.positions('x', signal)).toEqual([]);
    });
  });
};
