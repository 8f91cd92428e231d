import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { systemClock } from '@headrace/foundation';
import type { KafkaHarness } from '@headrace/ports/contract';
import { OwnBroker } from '@headrace/testkit';
import { Kafka, logLevel } from 'kafkajs';
import { openKafkajsHarness } from './kafkajs-harness.ts';

const { signal } = new AbortController();
/** The shortest that Kafka knows, counted from when the group has no members any more. */
const retentionMs = 60_000;

let broker: OwnBroker;
let harness: KafkaHarness;

beforeAll(async () => {
  broker = await OwnBroker.start({ 'offsets.retention.minutes': '1', 'offsets.retention.check.interval.ms': '1000' });
  harness = await openKafkajsHarness(broker.address);
}, 120_000);

afterAll(async () => {
  await harness.close();
  await broker[Symbol.asyncDispose]();
});

test('I6: offsets of a group that was taken over from a consumer, and which Kafka then forgets, are answered by the copy', async () => {
  const topic = harness.name('topic');
  const connector = harness.name('sink');
  const group = `connect-${connector}`;
  const kafka = new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING });
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic, messages: Array.from({ length: 5 }, (_, index) => ({ value: String(index), partition: 0 })) });
  await producer.disconnect();
  // The predecessor reads three of five, commits, and goes.
  const consumer = kafka.consumer({ groupId: group });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const { promise: hasRead, resolve } = Promise.withResolvers<unknown>();
  await consumer.run({
    autoCommit: false,
    eachMessage: ({ message }) => {
      if (message.offset === '2') resolve(true);
      return Promise.resolve();
    },
  });
  await hasRead;
  await consumer.commitOffsets([{ topic, partition: 0, offset: '3' }]);
  await consumer.disconnect();

  const place = { topic, partition: 0 };
  const options = { group, connector, transactionalId: connector, confirmOwnership: () => Promise.resolve(true) };
  {
    await using offsets = await harness.ports.sinkOffsets.open(options, signal);
    const found = await offsets.committed([place], signal);
    expect(found).toEqual([{ ...place, offset: 3n }]);
    // As a sink task does once it has started, whether there are records or not.
    await offsets.commit(found, signal);
  }
  const from = systemClock.monotonic();
  while ((await harness.ports.sinkOffsets.committedByGroup(group, signal)).length > 0) {
    expect(systemClock.monotonic() - from).toBeLessThan(retentionMs * 2.5);
    await systemClock.sleep(1_000, signal);
  }
  await using offsets = await harness.otherPorts.sinkOffsets.open(options, signal);
  expect(await offsets.committed([place], signal)).toEqual([{ ...place, offset: 3n }]);
}, 240_000);
