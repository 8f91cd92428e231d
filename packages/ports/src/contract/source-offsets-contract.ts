import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { partitionOfKey } from '../partition-of-key.ts';
import { kafkaErrors } from '../kafka-errors.ts';
import { textOf, type KafkaHarness } from './kafka-harness.ts';

/** What every store of source positions does, the one in memory and the one on real brokers alike. */
export const sourceOffsetsContract = (name: string, open: () => Promise<KafkaHarness>): void => {
  describe(name, () => {
    let harness: KafkaHarness;
    const { signal } = new AbortController();

    beforeAll(async () => {
      harness = await open();
    });
    afterAll(() => harness.close());

    test('a connector without positions has none', async () => {
      const { sourceOffsets } = harness.ports;
      expect(await sourceOffsets.positions(harness.name('connector'), signal)).toEqual([]);
      expect(await sourceOffsets.position(harness.name('connector'), { a: 1 }, signal)).toBeNull();
    });

    test('the newest position of each partition is found, also by another worker, and no other connector’s', async () => {
      const connector = harness.name('connector');
      const { sourceOffsets } = harness.ports;
      const other = harness.name('connector');
      await sourceOffsets.alter(other, [{ partition: { p: 1 }, offset: { at: 99 } }], signal);
      await sourceOffsets.alter(connector, [{ partition: { p: 1 }, offset: { at: 1 } }], signal);
      expect(await harness.otherPorts.sourceOffsets.position(connector, { p: 1 }, signal)).toEqual({ at: 1 });
      await sourceOffsets.alter(
        connector,
        [
          { partition: { p: 1 }, offset: { at: 2, text: 'ä"\n', deep: { list: [1, null, true] } } },
          { partition: { p: 2 }, offset: { at: 12_345_678_901_234_567_890n } },
        ],
        signal,
      );
      const found = await harness.otherPorts.sourceOffsets.positions(connector, signal);
      expect(found.toSorted((a, b) => Number(a.partition['p']) - Number(b.partition['p']))).toEqual([
        { partition: { p: 1 }, offset: { at: 2, text: 'ä"\n', deep: { list: [1, null, true] } } },
        { partition: { p: 2 }, offset: { at: 12_345_678_901_234_567_890n } },
      ]);
    });

    test('a null offset drops a position, and members of a partition may come in any order', async () => {
      const connector = harness.name('connector');
      const { sourceOffsets } = harness.ports;
      await sourceOffsets.alter(connector, [{ partition: { server: 's', database: 'd' }, offset: { at: 1 } }], signal);
      await sourceOffsets.alter(connector, [{ partition: { database: 'd', server: 's' }, offset: null }], signal);
      expect(await sourceOffsets.positions(connector, signal)).toEqual([]);
      const keys = (await harness.read(harness.offsetsTopic, 'read_committed')).map(({ key }) => textOf(key));
      expect(keys).toContain(`["${connector}",{"server":"s","database":"d"}]`);
      expect(keys).not.toContain(`["${connector}",{"database":"d","server":"s"}]`);
    });

    test('keys and values are Kafka Connect’s bytes, in the partition its producer would choose', async () => {
      const connector = harness.name('connector');
      await harness.ports.sourceOffsets.alter(
        connector,
        [{ partition: { server: 's' }, offset: { lsn: 9_007_199_254_740_993n, ok: true } }],
        signal,
      );
      const stored = (await harness.read(harness.offsetsTopic, 'read_committed')).find(({ key }) =>
        textOf(key)?.includes(`"${connector}"`),
      );
      const partitions = await harness.ports.admin.partitionCount(harness.offsetsTopic, signal);
      expect(textOf(stored?.key ?? null)).toBe(`["${connector}",{"server":"s"}]`);
      expect(textOf(stored?.value ?? null)).toBe('{"lsn":9007199254740993,"ok":true}');
      expect(stored?.partition).toBe(partitionOfKey(stored?.key ?? Buffer.alloc(0), partitions ?? 0));
    });

    test('an undecided transaction is waited for, so that it cannot hide a newer position', async () => {
      const connector = harness.name('connector');
      const { sourceOffsets } = harness.ports;
      await sourceOffsets.alter(connector, [{ partition: { p: 1 }, offset: { at: 1 } }], signal);
      const key = `["${connector}",{"p":1}]`;
      const partitions = (await harness.ports.admin.partitionCount(harness.offsetsTopic, signal)) ?? 1;
      const transaction = await harness.begin(harness.name('foreign'));
      await transaction.send(harness.offsetsTopic, partitionOfKey(Buffer.from(key), partitions), [{ key, value: '{"at":2}' }]);
      const asking = sourceOffsets.position(connector, { p: 1 }, signal);
      await transaction.commit();
      expect(await asking).toEqual({ at: 2 });
    });

    test('a transaction that stays undecided is an error after the deadline', async () => {
      const transaction = await harness.begin(harness.name('foreign'));
      await transaction.send(harness.offsetsTopic, 0, [{ key: '["x",{}]', value: '{}' }]);
      const asking = harness.ports.sourceOffsets.positions(harness.name('connector'), signal);
      await expect(asking).rejects.toMatchObject({ reaction: 'retry', code: kafkaErrors.transaction_pending.code });
      await transaction.abort();
      expect(await harness.ports.sourceOffsets.positions('x', signal)).toEqual([]);
    });
  });
};
