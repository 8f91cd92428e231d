import { describe, expect, test } from '@jest/globals';
import { guarantees, positionOf, recordOf, valuesOf, type KafkaSession } from './kafka-session.ts';

const verdicts = [
  { isOwner: false, expected: { code: 'kafka.fenced', reaction: 'fenced' } },
  { isOwner: true, expected: { code: 'kafka.producer_reset', reaction: 'retry' } },
];

const cases = guarantees.flatMap((guarantee) => verdicts.map((verdict) => ({ guarantee, ...verdict })));

export const kafkaFencingContract = (current: () => KafkaSession): void => {
  describe.each(cases)('a writer under $guarantee whose id was taken, owner still: $isOwner', ({ guarantee, isOwner, expected }) => {
    test('by another writer: is refused for good, and nothing of it becomes visible', async () => {
      const session = current();
      const { signal } = session;
      const topic = await session.topic('fenced');
      const owner = { isCurrent: true };
      const options = { transactionalId: topic, guarantee, fencedTopics: [topic] };
      const first = await session.writer({ ...options, confirmOwnership: () => Promise.resolve(owner.isCurrent) });
      await first.append([recordOf(topic, 'before')], [positionOf(1)], signal);
      await first.flush(signal);
      const second = await session.writer(options);
      owner.isCurrent = isOwner;
      const late = async (): Promise<void> => {
        await first.append([recordOf(topic, 'late')], [positionOf(99)], signal);
        await first.flush(signal);
      };
      await expect(late()).rejects.toMatchObject(expected);
      await expect(first.failure).rejects.toMatchObject(expected);
      await expect(first.append([recordOf(topic, 'later')], [], signal)).rejects.toMatchObject(expected);
      await session.write(second, topic, ['after']);
      expect(valuesOf(await session.readAll(topic))).toEqual(['before', 'after']);
      expect(await session.ports.sourceOffsets.positions(topic, signal)).toEqual([positionOf(1)]);
    });

    test('by the topic admin: is refused', async () => {
      const session = current();
      const topic = await session.topic('fence');
      const owner = { isCurrent: true };
      const confirmOwnership = () => Promise.resolve(owner.isCurrent);
      const writer = await session.writer({ transactionalId: topic, guarantee, confirmOwnership });
      await session.write(writer, topic, ['before']);
      await session.ports.admin.fence([topic], session.signal, [topic]);
      owner.isCurrent = isOwner;
      await expect(session.write(writer, topic, ['late'])).rejects.toMatchObject(expected);
      expect(valuesOf(await session.readAll(topic))).toEqual(['before']);
    });
  });

  test.each(guarantees)('under %s a writer is not opened for who does not own the task, and its owner goes on', async (guarantee) => {
    const session = current();
    const topic = await session.topic('stranger');
    const options = { transactionalId: topic, guarantee, fencedTopics: [topic] };
    const owner = await session.writer(options);
    const stranger = session.writer({ ...options, confirmOwnership: () => Promise.resolve(false) });
    await expect(stranger).rejects.toMatchObject({ code: 'kafka.fenced', reaction: 'fenced' });
    await session.write(owner, topic, ['a']);
    expect(valuesOf(await session.readAll(topic))).toEqual(['a']);
  });
};
