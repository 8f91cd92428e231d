import { describe, expect, test } from '@jest/globals';
import type { RecordWriterOptions } from '../../record-writer.ts';
import { guarantees, outgoing, positionAt, refusals, type KafkaSession } from './kafka-session.ts';

type Contested = Pick<RecordWriterOptions, 'transactionalId' | 'guarantee' | 'fencedTopics'>;

/** Ways to take a transactional id away, from another worker. */
const takers = [
  {
    taker: 'another writer',
    take: async (session: KafkaSession, contested: Contested): Promise<AsyncDisposable> =>
      await session.openWriter(contested, session.otherPorts),
  },
  {
    taker: 'the topic administration',
    take: async (session: KafkaSession, { transactionalId, fencedTopics }: Contested): Promise<AsyncDisposable> => {
      const topics = [...fencedTopics, session.harness.offsetsTopic];
      await session.otherPorts.admin.fence([transactionalId], session.signal, topics);
      return { [Symbol.asyncDispose]: () => Promise.resolve() };
    },
  },
];

const cases = guarantees.flatMap((guarantee) =>
  takers.flatMap((taker) => refusals.map((refusal) => ({ guarantee, ...taker, ...refusal }))),
);

export const fencingContract = (session: KafkaSession): void => {
  const { signal } = session;

  test.each(cases)(
    'a writer under $guarantee whose id was taken by $taker is refused for good, still the owner: $isOwner',
    async ({ guarantee, take, isOwner, refusal }) => {
      const topic = await session.newTopic(3);
      const contested: Contested = { transactionalId: session.harness.name('contested'), guarantee, fencedTopics: [topic] };
      const owner = { isCurrent: true };
      await using former = await session.openWriter({ ...contested, confirmOwnership: () => Promise.resolve(owner.isCurrent) });
      await session.write(former, [outgoing(topic, 'k', 'before')], [positionAt(1)]);
      await using _taken = await take(session, contested);
      owner.isCurrent = isOwner;
      await expect(session.write(former, [outgoing(topic, 'k', 'late')], [positionAt(99)])).rejects.toMatchObject(refusal);
      await expect(former.failure).rejects.toMatchObject(refusal);
      await expect(former.append([outgoing(topic, 'k', 'later')], [], signal)).rejects.toMatchObject(refusal);
      await using successor = await session.openWriter(contested, session.otherPorts);
      await session.write(successor, [outgoing(topic, 'k', 'after')]);
      expect(await session.committedValues(topic)).toEqual(['before', 'after']);
      expect(await session.ports.sourceOffsets.positions(contested.transactionalId, signal)).toEqual([positionAt(1)]);
    },
  );

  describe.each(guarantees)('under %s', (guarantee) => {
    test('a stale owner that opens again is refused, and the rightful owner goes on', async () => {
      const topic = await session.newTopic();
      const contested: Contested = { transactionalId: session.harness.name('contested'), guarantee, fencedTopics: [topic] };
      await using owner = await session.openWriter(contested);
      const stale = session.openWriter({ ...contested, confirmOwnership: () => Promise.resolve(false) }, session.otherPorts);
      await expect(stale).rejects.toMatchObject({ code: 'kafka.fenced', reaction: 'fenced' });
      await session.write(owner, [outgoing(topic, 'k', 'v')]);
      expect(await session.committedValues(topic)).toEqual(['v']);
    });
  });

  test('fencing without topics refuses transactions', async () => {
    const topic = await session.newTopic();
    const transactionalId = session.harness.name('contested');
    const owner = { isCurrent: true };
    const confirmOwnership = () => Promise.resolve(owner.isCurrent);
    await using writer = await session.openWriter({ guarantee: 'exactly-once', transactionalId, confirmOwnership });
    await session.otherPorts.admin.fence([transactionalId], signal);
    owner.isCurrent = false;
    await expect(session.write(writer, [outgoing(topic, 'k', 'v')])).rejects.toMatchObject({ reaction: 'fenced' });
  });
};
