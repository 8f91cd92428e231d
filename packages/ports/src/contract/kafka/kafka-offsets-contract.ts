import { describe, expect, test } from '@jest/globals';
import { guarantees, positionOf, type KafkaSession } from './kafka-session.ts';

export const kafkaOffsetsContract = (current: () => KafkaSession): void => {
  describe('source offsets', () => {
    test.each(guarantees)('are the newest ones that a writer under %s has made durable, of that connector only', async (guarantee) => {
      const session = current();
      const { ports, signal, harness } = session;
      const connector = harness.unique('source');
      const writer = await session.writer({ transactionalId: connector, guarantee, connector });
      const other = await session.writer({ transactionalId: `${connector}-2`, guarantee, connector: `${connector}-2` });
      const second = { partition: { table: 'größer', n: 1 }, offset: { lsn: '0/16B3748', deep: { a: [1, null, true] } } };
      await writer.append([], [positionOf(1), second], signal);
      await writer.append([], [positionOf(2)], signal);
      await writer.flush(signal);
      await other.append([], [positionOf(7)], signal);
      await other.flush(signal);
      const positions = await ports.sourceOffsets.positions(connector, signal);
      expect(positions).toHaveLength(2);
      expect(positions).toEqual(expect.arrayContaining([positionOf(2), second]));
      expect(await ports.sourceOffsets.position(connector, second.partition, signal)).toEqual(second.offset);
      expect(await ports.sourceOffsets.position(connector, { table: 'none' }, signal)).toBeNull();
    });

    test('are changed by alter, and null is a tombstone', async () => {
      const { ports, signal, harness } = current();
      const connector = harness.unique('alter');
      await ports.sourceOffsets.alter(connector, [positionOf(5)], signal);
      expect(await ports.sourceOffsets.positions(connector, signal)).toEqual([positionOf(5)]);
      await ports.sourceOffsets.alter(connector, [{ ...positionOf(0), offset: null }], signal);
      expect(await ports.sourceOffsets.positions(connector, signal)).toEqual([]);
      expect(await ports.sourceOffsets.position(connector, positionOf(0).partition, signal)).toBeNull();
    });
  });

  describe('sink offsets', () => {
    const setUp = async (session: KafkaSession) => {
      const topic = await session.topic('sink', 2);
      const options = { group: `connect-${topic}`, connector: topic, transactionalId: topic };
      const open = (isOwner: () => boolean = () => true) =>
        session.ports.sinkOffsets.open({ ...options, confirmOwnership: () => Promise.resolve(isOwner()) }, session.signal);
      const at = (offset: bigint, partition = 0) => ({ topic, partition, offset });
      return { ...options, topic, open, at, places: [0, 1].map((partition) => ({ topic, partition })) };
    };

    test('are what was committed; a partition without any is left out', async () => {
      const session = current();
      const { open, at, places, group } = await setUp(session);
      await using offsets = await open();
      expect(await offsets.committed(places, session.signal)).toEqual([]);
      await offsets.commit([at(5n)], session.signal);
      await offsets.commit([at(6n)], session.signal);
      expect(await offsets.committed(places, session.signal)).toEqual([at(6n)]);
      expect(await session.ports.sinkOffsets.committedByGroup(group, session.signal)).toEqual([at(6n)]);
    });

    test.each([
      { isOwner: false, expected: { code: 'kafka.fenced', reaction: 'fenced' } },
      { isOwner: true, expected: { code: 'kafka.producer_reset', reaction: 'retry' } },
    ])('a former owner cannot commit any more, owner still: $isOwner', async ({ isOwner, expected }) => {
      const session = current();
      const { open, at, places } = await setUp(session);
      const owner = { isCurrent: true };
      await using first = await open(() => owner.isCurrent);
      await first.commit([at(5n)], session.signal);
      await using second = await open();
      owner.isCurrent = isOwner;
      await expect(first.commit([at(99n)], session.signal)).rejects.toMatchObject(expected);
      await expect(first.commit([at(99n)], session.signal)).rejects.toMatchObject(expected);
      expect(await second.committed(places, session.signal)).toEqual([at(5n)]);
      await second.commit([at(7n, 1)], session.signal);
      expect(await second.committed(places, session.signal)).toEqual([at(5n), at(7n, 1)]);
    });

    test('that the group has lost are answered by the copy', async () => {
      const session = current();
      const { open, at, places, group } = await setUp(session);
      await using offsets = await open();
      await offsets.commit([at(5n), at(6n, 1)], session.signal);
      expect(await offsets.committed(places, session.signal)).toEqual([at(5n), at(6n, 1)]);
      await session.harness.forgetGroup(group);
      expect(await session.ports.sinkOffsets.committedByGroup(group, session.signal)).toEqual([]);
      expect(await offsets.committed(places, session.signal)).toEqual([at(5n), at(6n, 1)]);
      await offsets.commit([at(8n)], session.signal);
      expect(await offsets.committed(places, session.signal)).toEqual([at(8n), at(6n, 1)]);
    });

    test('are set and deleted by alter, together with the copy', async () => {
      const session = current();
      const { ports, signal } = session;
      const { open, at, places, group, connector, topic } = await setUp(session);
      await ports.sinkOffsets.alter(group, connector, [at(3n), at(4n, 1)], signal);
      await using before = await open();
      expect(await before.committed(places, signal)).toEqual([at(3n), at(4n, 1)]);
      await ports.sinkOffsets.alter(group, connector, [{ topic, partition: 0, offset: null }], signal);
      await using after = await open();
      expect(await after.committed(places, signal)).toEqual([at(4n, 1)]);
    });
  });
};
