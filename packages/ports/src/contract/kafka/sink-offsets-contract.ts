import { beforeAll, describe, expect, test } from '@jest/globals';
import type { PartitionPosition, TopicPartition } from '@headrace/connector-api';
import { systemClock } from '@headrace/foundation';
import { kafkaErrors } from '../../kafka-errors.ts';
import type { FoundOffset, SinkOffsets, SinkOffsetsOptions } from '../../sink-offsets.ts';
import { refusals, type KafkaSession } from './kafka-session.ts';

export const sinkOffsetsContract = (session: KafkaSession): void => {
  const { signal } = session;
  let topic: string;

  const newTask = (): SinkOffsetsOptions => {
    const connector = session.harness.name('sink');
    return { group: `connect-${connector}`, connector, transactionalId: connector, confirmOwnership: () => Promise.resolve(true) };
  };
  const openOffsets = (task: SinkOffsetsOptions, ports = session.ports): Promise<SinkOffsets> => ports.sinkOffsets.open(task, signal);
  const at = (partition: number, offset: bigint): PartitionPosition => ({ topic, partition, offset });
  const places = (...partitions: readonly number[]): readonly TopicPartition[] => partitions.map((partition) => ({ topic, partition }));

  /** It looks now and then. */
  const putBackBy = async (offsets: SinkOffsets): Promise<readonly FoundOffset[]> => {
    for (let look = 0; look < 100; look += 1) {
      const found = await offsets.putBack(signal);
      if (found.length > 0) return found;
      await systemClock.sleep(100, signal);
    }
    return [];
  };

  describe('sink offsets', () => {
    beforeAll(async () => {
      topic = await session.newTopic(4);
    });

    test('are the newest that were committed; a partition without any is left out', async () => {
      const task = newTask();
      await using offsets = await openOffsets(task);
      expect(await offsets.committed(places(0, 1, 2), signal)).toEqual([]);
      await offsets.commit([at(0, 1n), at(1, 2n)], signal);
      await offsets.commit([at(0, 7n)], signal);
      expect(await offsets.committed(places(0, 1, 2), signal)).toEqual([at(0, 7n), at(1, 2n)]);
      const ofGroup = await session.otherPorts.sinkOffsets.committedByGroup(task.group, signal);
      expect(ofGroup.toSorted((a, b) => a.partition - b.partition)).toEqual([at(0, 7n), at(1, 2n)]);
    });

    test('that the group has lost are answered by the copy', async () => {
      const task = newTask();
      await using offsets = await openOffsets(task);
      await offsets.commit([at(0, 11n), at(2, 22n)], signal);
      await session.harness.deleteGroup(task.group);
      await using again = await openOffsets(task, session.otherPorts);
      expect(await again.committed(places(0, 1, 2), signal)).toEqual([at(0, 11n), at(2, 22n)]);
    });

    test('that the group has lost, or that somebody has set under a running task, are put back, and told', async () => {
      const task = newTask();
      await using offsets = await openOffsets(task);
      await offsets.commit([at(0, 11n), at(1, 12n), at(2, 13n)], signal);
      await session.harness.setOffset(task.group, at(1, 0n));
      const told = await putBackBy(offsets);
      expect(told).toEqual([{ topic, partition: 1, offset: 0n, committed: 12n }]);
      const now = async (): Promise<readonly PartitionPosition[]> =>
        (await session.otherPorts.sinkOffsets.committedByGroup(task.group, signal)).toSorted((a, b) => a.partition - b.partition);
      expect(await now()).toEqual([at(0, 11n), at(1, 12n), at(2, 13n)]);

      await session.harness.deleteGroup(task.group);
      const lost = await putBackBy(offsets);
      expect(lost.map(({ offset, committed }) => [offset, committed])).toEqual([
        [null, 11n],
        [null, 12n],
        [null, 13n],
      ]);
      expect(await now()).toEqual([at(0, 11n), at(1, 12n), at(2, 13n)]);
    });

    test('are answered in the order of the question, whoever answers', async () => {
      const task = newTask();
      await using offsets = await openOffsets(task);
      const positions = [at(0, 10n), at(1, 11n), at(2, 12n), at(3, 13n)];
      await offsets.commit(positions, signal);
      await session.harness.deleteGroup(task.group);
      await offsets.commit([at(3, 14n), at(1, 15n)], signal);
      expect(await offsets.committed(places(2, 3, 0, 1), signal)).toEqual([at(2, 12n), at(3, 14n), at(0, 10n), at(1, 15n)]);
      await offsets.commit(positions, signal);
      expect(await offsets.committed(places(3, 0, 2, 1), signal)).toEqual([at(3, 13n), at(0, 10n), at(2, 12n), at(1, 11n)]);
    });

    test.each(refusals)(
      'a former owner’s commit is refused and changes nothing, still the owner: $isOwner',
      async ({ isOwner, refusal }) => {
        const task = newTask();
        const owner = { isCurrent: true };
        await using former = await openOffsets({ ...task, confirmOwnership: () => Promise.resolve(owner.isCurrent) });
        await former.commit([at(0, 1n)], signal);
        await using successor = await openOffsets(task, session.otherPorts);
        owner.isCurrent = isOwner;
        await expect(former.commit([at(0, 99n)], signal)).rejects.toMatchObject(refusal);
        await expect(former.commit([at(0, 99n)], signal)).rejects.toMatchObject(refusal);
        await successor.commit([at(1, 3n)], signal);
        expect(await successor.committed(places(0, 1), signal)).toEqual([at(0, 1n), at(1, 3n)]);
      },
    );

    test('cannot be opened by a stale owner', async () => {
      const opening = openOffsets({ ...newTask(), confirmOwnership: () => Promise.resolve(false) });
      await expect(opening).rejects.toMatchObject({ reaction: 'fenced' });
    });

    test('with a foreign member in the group are a named error, until it leaves', async () => {
      const task = newTask();
      const leave = await session.harness.join(task.group, topic);
      await expect(openOffsets(task)).rejects.toMatchObject({ reaction: 'task-failure', code: kafkaErrors.group_in_use.code });
      await leave();
      await using offsets = await openOffsets(task);
      await offsets.commit([at(0, 1n)], signal);
    });

    test('of a stopped connector are altered and deleted, their copies too', async () => {
      const task = newTask();
      const { group, connector } = task;
      await session.ports.sinkOffsets.alter(group, connector, [at(0, 10n), at(1, 20n)], signal);
      await using before = await openOffsets(task);
      expect(await before.committed(places(0, 1), signal)).toEqual([at(0, 10n), at(1, 20n)]);
      const altered = [
        { topic, partition: 0, offset: 3n },
        { topic, partition: 1, offset: null },
      ];
      await session.ports.sinkOffsets.alter(group, connector, altered, signal);
      await using after = await openOffsets(task);
      expect(await after.committed(places(0, 1), signal)).toEqual([at(0, 3n)]);
      await session.harness.deleteGroup(group);
      expect(await after.committed(places(0, 1), signal)).toEqual([at(0, 3n)]);
    });
  });
};
