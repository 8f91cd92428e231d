import { systemClock } from '@headrace/foundation';
import { logLevel, type Kafka, type KafkaMessage } from 'kafkajs';

const deadlineMs = 30_000;

/** Records that a kafkajs consumer under read_committed sees from the start of the topic, once it has seen `count` of them. */
export const readCommitted = async (
  client: Kafka,
  topic: string,
  count: number,
): Promise<readonly (KafkaMessage & { readonly partition: number })[]> => {
  const consumer = client.consumer({
    groupId: `${topic}-check-${String(systemClock.now())}`,
    readUncommitted: false,
    maxWaitTimeInMs: 100,
  });
  consumer.logger().setLogLevel(logLevel.NOTHING);
  const found: (KafkaMessage & { readonly partition: number })[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachMessage: ({ message, partition }) => {
      found.push({ ...message, partition });
      return Promise.resolve();
    },
  });
  const deadline = systemClock.monotonic() + deadlineMs;
  while (found.length < count && systemClock.monotonic() < deadline) await systemClock.sleep(20, new AbortController().signal);
  await consumer.disconnect();
  return found;
};
