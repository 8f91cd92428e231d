import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PartitionPosition } from '@headrace/connector-api';
import { kafkaErrors } from '../kafka-errors.ts';
import type { SinkOffsets, SinkOffsetsOptions } from '../sink-offsets.ts';
import type { KafkaHarness } from './kafka-harness.ts';

const byPartition = (positions: readonly PartitionPosition[]): readonly PartitionPosition[] =>
  positions.toSorted((a, b) => a.partition - b.partition);

/** What every store of sink offsets does, the one in memory and the one on real brokers alike. */
export const sinkOffsetsContract = (name: string, open: () => Promise<KafkaHarness>): void => {
  describe(name, () => {
    let harness: KafkaHarness;
    let topic: string;
    const { signal } = new AbortController();

    beforeAll(async () => {
      harness = await open();
      topic = harness.name('topic');
      await harness.ports.admin.createTopic(topic, { partitions: 3, replicationFactor: -1, configs: {} }, signal);
    });
    afterAll(() => harness.close());

    const optionsFor = (given: Partial<SinkOffsetsOptions> = {}): SinkOffsetsOptions => {
      const connector = harness.name('sink');
      return {
        group: `connect-${connector}`,
        connector,
        transactionalId: connector,
        confirmOwnership: () => Promise.resolve(true),
        ...given,
      };
    };
    const openOffsets = (options: SinkOffsetsOptions, ports = harness.ports): Promise<SinkOffsets> =>
      ports.sinkOffsets.open(options, signal);
    const at = (partition: number, offset: bigint): PartitionPosition => ({ topic, partition, offset });

    test('a partition without a committed offset is left out', async () => {
      await using offsets = await openOffsets(optionsFor());
      await offsets.commit([at(0, 5n)], signal);
      expect(await offsets.committed([at(0, 0n), at(1, 0n)], signal)).toEqual([at(0, 5n)]);
    });

    test('commits are seen by the group’s readers, the newest of each partition', async () => {
      const options = optionsFor();
      await using offsets = await openOffsets(options);
      await offsets.commit([at(0, 1n), at(1, 2n)], signal);
      await offsets.commit([at(0, 7n)], signal);
      expect(byPartition(await harness.otherPorts.sinkOffsets.committedByGroup(options.group, signal))).toEqual([at(0, 7n), at(1, 2n)]);
    });

    test('a group that lost its offsets gets them back from the copy', async () => {
      const options = optionsFor();
      await using offsets = await openOffsets(options);
      await offsets.commit([at(0, 11n), at(2, 22n)], signal);
      await harness.deleteGroup(options.group);
      await using again = await openOffsets(options, harness.otherPorts);
      expect(byPartition(await again.committed([at(0, 0n), at(1, 0n), at(2, 0n)], signal))).toEqual([at(0, 11n), at(2, 22n)]);
    });

    test('a former owner’s commit is refused and changes nothing', async () => {
      const options = optionsFor();
      let isOwner = true;
      await using stale = await openOffsets({ ...options, confirmOwnership: () => Promise.resolve(isOwner) });
      await stale.commit([at(0, 1n)], signal);
      await using owner = await openOffsets(options, harness.otherPorts);
      isOwner = false;
      await expect(stale.commit([at(0, 99n)], signal)).rejects.toMatchObject({ reaction: 'fenced' });
      await owner.commit([at(1, 3n)], signal);
      expect(byPartition(await owner.committed([at(0, 0n), at(1, 0n)], signal))).toEqual([at(0, 1n), at(1, 3n)]);
    });

    test('a stale owner cannot open', async () => {
      await expect(openOffsets(optionsFor({ confirmOwnership: () => Promise.resolve(false) }))).rejects.toMatchObject({
        reaction: 'fenced',
      });
    });

    test('a foreign member of the group is a named error, until it leaves', async () => {
      const options = optionsFor();
      const leave = await harness.join(options.group, topic);
      await expect(openOffsets(options)).rejects.toMatchObject({ reaction: 'task-failure', code: kafkaErrors.group_in_use.code });
      await leave();
      await using offsets = await openOffsets(options);
      await offsets.commit([at(0, 1n)], signal);
    });

    test('offsets of a stopped connector are altered and deleted, their copies too', async () => {
      const options = optionsFor();
      await using offsets = await openOffsets(options);
      await offsets.commit([at(0, 10n), at(1, 20n)], signal);
      await harness.ports.sinkOffsets.alter(
        options.group,
        options.connector,
        [
          { topic, partition: 0, offset: 3n },
          { topic, partition: 1, offset: null },
        ],
        signal,
      );
      await using again = await openOffsets(options);
      expect(await again.committed([at(0, 0n), at(1, 0n)], signal)).toEqual([at(0, 3n)]);
      await harness.deleteGroup(options.group);
      expect(await again.committed([at(0, 0n), at(1, 0n)], signal)).toEqual([at(0, 3n)]);
    });
  });
};
