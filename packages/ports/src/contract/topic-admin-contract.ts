import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { outgoing, writerOptions, type KafkaHarness } from './kafka-harness.ts';

/** What every topic administration does, the one in memory and the one on real brokers alike. */
export const topicAdminContract = (name: string, open: () => Promise<KafkaHarness>): void => {
  describe(name, () => {
    let harness: KafkaHarness;
    const { signal } = new AbortController();

    beforeAll(async () => {
      harness = await open();
    });
    afterAll(() => harness.close());

    test('a topic is created once and found by everybody', async () => {
      const { admin } = harness.ports;
      const topic = harness.name('topic');
      expect(await admin.partitionCount(topic, signal)).toBeNull();
      expect(await admin.createTopic(topic, { partitions: 3, replicationFactor: -1, configs: {} }, signal)).toBe(true);
      expect(await admin.createTopic(topic, { partitions: 9, replicationFactor: -1, configs: {} }, signal)).toBe(false);
      expect(await harness.otherPorts.admin.partitionCount(topic, signal)).toBe(3);
      expect(await harness.otherPorts.admin.topics(signal)).toContain(topic);
    });

    test('a topic that cannot be created is an error that names it', async () => {
      const creating = harness.ports.admin.createTopic('not a name', { partitions: 1, replicationFactor: -1, configs: {} }, signal);
      await expect(creating).rejects.toMatchObject({ reaction: 'task-failure', message: expect.stringContaining('"not a name"') });
    });

    test('the cluster has an id, the same for everybody', async () => {
      const id = await harness.ports.admin.clusterId(signal);
      expect(id).not.toBe('');
      expect(await harness.otherPorts.admin.clusterId(signal)).toBe(id);
    });

    test('an open transaction holds the stable end back, not the end', async () => {
      const { admin } = harness.ports;
      const topic = harness.name('topic');
      await admin.createTopic(topic, { partitions: 1, replicationFactor: -1, configs: {} }, signal);
      const place = { topic, partition: 0 };
      const end = async (spec: 'earliest' | 'latest' | 'last-stable'): Promise<bigint | undefined> =>
        (await admin.offsets([place], spec, signal)).get(place);
      const transaction = await harness.begin(harness.name('foreign'));
      await transaction.send(topic, 0, [{ key: 'k', value: 'v' }]);
      expect([await end('earliest'), await end('last-stable'), await end('latest')]).toEqual([0n, 0n, 1n]);
      await transaction.commit();
      // The coordinator writes the marker after it has answered: looked for until it is there.
      for (let attempt = 0; attempt < 1_000 && ((await end('last-stable')) ?? 0n) < 2n; attempt += 1);
      expect([await end('last-stable'), await end('latest')]).toEqual([2n, 2n]);
    });

    test('a fenced transactional id is refused', async () => {
      const topic = harness.name('topic');
      const transactionalId = harness.name('fenced');
      let isOwner = true;
      const confirmOwnership = (): Promise<boolean> => Promise.resolve(isOwner);
      await using writer = await harness.ports.writers.open(
        writerOptions({ transactionalId, guarantee: 'exactly-once', confirmOwnership }),
        signal,
      );
      await harness.otherPorts.admin.fence([transactionalId], signal);
      isOwner = false;
      const appending = writer.append([outgoing(topic, 'k', 'v')], [], signal).then(() => writer.flush(signal));
      await expect(appending).rejects.toMatchObject({ reaction: 'fenced' });
    });
  });
};
