import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Guarantee, RecordWriterOptions } from '@headrace/ports';
import { kafkaContract, type KafkaHarness } from '@headrace/ports/contract';
import { OwnServers } from '@headrace/testkit';
import { Kafka, logLevel, type Admin } from 'kafkajs';
import { BrokerFaults } from './broker-faults.ts';
import { openKafkajsHarness } from './kafkajs-harness.ts';
import { numberedPosition, NumberedWriting } from './numbered-writing.ts';

// Three brokers with everything on all of them, of which two have to agree: what a single broker never shows.
const { signal } = new AbortController();
const guarantees: readonly Guarantee[] = ['at-least-once', 'exactly-once'];
const partitions = 3;

let servers: OwnServers;

beforeAll(async () => {
  servers = await OwnServers.start(['kafka'], { brokers: 3 });
}, 120_000);
afterAll(() => servers[Symbol.asyncDispose](), 60_000);

const openHarness = (): Promise<KafkaHarness> => openKafkajsHarness(servers.variable('KAFKA_BROKERS'));

kafkaContract('Kafka on three brokers', openHarness);

describe('three brokers in trouble', () => {
  let harness: KafkaHarness;
  let admin: Admin;
  let faults: BrokerFaults;

  beforeAll(async () => {
    harness = await openHarness();
    admin = new Kafka({ brokers: servers.variable('KAFKA_BROKERS').split(','), logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    faults = new BrokerFaults(servers, admin);
  });
  afterAll(async () => {
    await admin.disconnect();
    await harness.close();
  });

  const newTopic = async (): Promise<string> => {
    const topic = harness.name('topic');
    await harness.ports.admin.createTopic(topic, { partitions, replicationFactor: 3, configs: {} }, signal);
    return topic;
  };

  /** The topic's name is the connector's and the transactional id too. */
  const openWriter = (topic: string, given: Partial<RecordWriterOptions> & Pick<RecordWriterOptions, 'guarantee'>, ports = harness.ports) =>
    ports.writers.open(
      {
        transactionalId: topic,
        connector: topic,
        fencedTopics: [topic],
        transactionMaxMs: 100,
        confirmOwnership: () => Promise.resolve(true),
        onDurable: () => undefined,
        ...given,
      },
      signal,
    );

  /** Numbers of each partition in their order, as the independent client reads them. */
  const numbersIn = async (topic: string): Promise<readonly (readonly number[])[]> => {
    const records = await harness.read(topic, 'read_committed');
    return Array.from({ length: partitions }, (_, index) =>
      records.filter(({ partition }) => partition === index).map(({ value }) => Number(value?.toString())),
    );
  };

  const storedNumber = async (topic: string): Promise<number> =>
    Number((await harness.ports.sourceOffsets.position(topic, numberedPosition(0).partition, signal))?.['n'] ?? 0);

  const upTo = (last: number): readonly (readonly number[])[] =>
    Array.from({ length: partitions }, () => Array.from({ length: last }, (_, index) => index + 1));

  test.each(guarantees)('leaders that move lose, double and swap nothing of what is written under %s', async (guarantee) => {
    const topic = await newTopic();
    const writing = new NumberedWriting(topic, partitions);
    await using writer = await openWriter(topic, { guarantee, onDurable: writing.reached });
    writing.begin(writer);
    await writing.goesOn(20);
    for (let round = 0; round < 2; round += 1) {
      await faults.moveLeaders(topic);
      await writing.goesOn(20);
    }
    const last = await writing.stop();
    expect(await numbersIn(topic)).toEqual(upTo(last));
    expect(await storedNumber(topic)).toBe(last);
  });

  test('a killed broker, leader and coordinator at once, loses and doubles nothing under either guarantee', async () => {
    const written = await Promise.all(
      guarantees.map(async (guarantee) => {
        const topic = await newTopic();
        const writing = new NumberedWriting(topic, partitions);
        const writer = await openWriter(topic, { guarantee, onDurable: writing.reached });
        writing.begin(writer);
        await writing.goesOn(20);
        return { topic, writing, writer };
      }),
    );
    await faults.restartCoordinator('__transaction_state', written.at(-1)?.topic ?? '');
    for (const { topic, writing, writer } of written) {
      await writing.goesOn(50);
      const last = await writing.stop();
      expect(await numbersIn(topic)).toEqual(upTo(last));
      expect(await storedNumber(topic)).toBe(last);
      await writer[Symbol.asyncDispose]();
    }
  });

  test('a take-over while the coordinator restarts waits for it, and then refuses the former owner', async () => {
    const topic = await newTopic();
    const owner = { isFormer: true };
    const writing = new NumberedWriting(topic, partitions);
    await using former = await openWriter(topic, {
      guarantee: 'exactly-once',
      onDurable: writing.reached,
      confirmOwnership: () => Promise.resolve(owner.isFormer),
    });
    writing.begin(former);
    await writing.goesOn(20);
    const restarting = faults.restartCoordinator('__transaction_state', topic);
    owner.isFormer = false;
    await using successor = await openWriter(topic, { guarantee: 'exactly-once' }, harness.otherPorts);
    await restarting;
    await expect(writing.ended).rejects.toMatchObject({ reaction: 'fenced' });
    const stored = await storedNumber(topic);
    const going = new NumberedWriting(topic, partitions);
    going.begin(successor, stored + 1);
    const last = await going.stop();
    expect(last).toBeGreaterThan(stored);
    expect(await numbersIn(topic)).toEqual(upTo(last));
  });

  test('sink offsets outlive the kill of their group’s coordinator', async () => {
    const topic = await newTopic();
    const task = {
      group: `connect-${topic}`,
      connector: topic,
      transactionalId: `${topic}-sink`,
      confirmOwnership: () => Promise.resolve(true),
    };
    await using offsets = await harness.ports.sinkOffsets.open(task, signal);
    let offset = 1n;
    const commitNext = async (): Promise<void> => {
      await offsets.commit([{ topic, partition: 0, offset }], signal);
      offset += 1n;
    };
    await commitNext();
    const progress = { isBack: false };
    const restarting = faults.restartCoordinator('__consumer_offsets', task.group).finally(() => {
      progress.isBack = true;
    });
    while (!progress.isBack) await commitNext();
    await restarting;
    await commitNext();
    const last = offset - 1n;
    expect(await offsets.committed([{ topic, partition: 0 }], signal)).toEqual([{ topic, partition: 0, offset: last }]);
    const ofGroup = await admin.fetchOffsets({ groupId: task.group, topics: [topic] });
    expect(ofGroup[0]?.partitions.find(({ partition }) => partition === 0)?.offset).toBe(String(last));
  });
});
