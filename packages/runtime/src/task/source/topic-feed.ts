import type { TopicFeed } from '@headrace/connector-api';
import type { RecordReaders, TopicAdmin } from '@headrace/ports';

interface FeedDeps {
  readonly readers: RecordReaders;
  readonly topicAdmin: TopicAdmin;
}

const BUFFER_BYTES = 262_144;
const MAX_RECORDS = 100;

/** Partition 0 of a topic, as a source reads its signals. `from`: null means what comes from now on. The topic is made where it is missing. */
export const openTopicFeed = async (
  { readers, topicAdmin }: FeedDeps,
  topic: string,
  from: bigint | null,
  signal: AbortSignal,
): Promise<TopicFeed> => {
  const partition = { topic, partition: 0 };
  if ((await topicAdmin.partitionCount(topic, signal)) === null)
    await topicAdmin.createTopic(topic, { partitions: 1, replicationFactor: -1, configs: {} }, signal);
  const end = await topicAdmin.offsets([partition], 'latest', signal);
  const offset = from ?? [...end.values()][0] ?? 0n;
  const reader = await readers.open({ start: [{ ...partition, offset }], isolation: 'read_committed', bufferBytes: BUFFER_BYTES }, signal);
  return {
    poll: (maxWaitMs, polling) => reader.poll(MAX_RECORDS, maxWaitMs, polling),
    [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
  };
};
