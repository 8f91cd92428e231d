import { describe, expect, test } from '@jest/globals';
import { kafkaErrors } from '../../kafka-errors.ts';
import type { OffsetSpec } from '../../topic-admin.ts';
import type { KafkaSession } from './kafka-session.ts';

export const topicAdminContract = (session: KafkaSession): void => {
  const { signal } = session;

  describe('the topic administration', () => {
    test('creates a topic once, with its partitions, for everybody to find', async () => {
      const { admin } = session.ports;
      const topic = session.harness.name('topic');
      expect(await admin.partitionCount(topic, signal)).toBeNull();
      expect(await admin.createTopic(topic, { partitions: 3, replicationFactor: -1, configs: {} }, signal)).toBe(true);
      expect(await admin.createTopic(topic, { partitions: 9, replicationFactor: -1, configs: {} }, signal)).toBe(false);
      expect(await session.otherPorts.admin.partitionCount(topic, signal)).toBe(3);
      expect(await session.otherPorts.admin.topics(signal)).toContain(topic);
    });

    test('names the topic that cannot be created', async () => {
      const creating = session.ports.admin.createTopic('not a name', { partitions: 1, replicationFactor: -1, configs: {} }, signal);
      const { code } = kafkaErrors.topic_refused;
      await expect(creating).rejects.toMatchObject({ code, reaction: 'task-failure', message: expect.stringContaining('"not a name"') });
    });

    test('tells the cluster’s id, the same to everybody', async () => {
      const id = await session.ports.admin.clusterId(signal);
      expect(id).not.toBe('');
      expect(await session.otherPorts.admin.clusterId(signal)).toBe(id);
    });

    test('tells the ends of a partition: an open transaction holds the stable one back', async () => {
      const place = { topic: await session.newTopic(), partition: 0 };
      const end = async (spec: OffsetSpec): Promise<bigint | undefined> =>
        (await session.ports.admin.offsets([place], spec, signal)).get(place);
      await session.fill(place.topic, ['0', '1', '2']);
      await session.harness.trim(place.topic, 0, 1n);
      const transaction = await session.harness.begin(session.harness.name('foreign'));
      await transaction.send(place.topic, 0, [{ key: 'k', value: 'v' }]);
      expect([await end('earliest'), await end('last-stable'), await end('latest')]).toEqual([1n, 3n, 4n]);
      await transaction.commit();
      // The coordinator writes the marker after it has answered: looked for until it is there.
      for (let attempt = 0; attempt < 1_000 && ((await end('last-stable')) ?? 0n) < 5n; attempt += 1);
      expect([await end('last-stable'), await end('latest')]).toEqual([5n, 5n]);
    });
  });
};
