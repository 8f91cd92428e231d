import type { TopicPartition } from '@headrace/connector-api';
import type { OffsetSpec } from '@headrace/ports';
import { FetchIsolationLevels, listOffsetsV7, ListOffsetTimestamps, NetworkError } from '@platformatic/kafka';
import { toKafkaError } from './broker-failure.ts';
import type { Cluster } from './cluster.ts';
import { untilAnswered } from './retry.ts';

const deadlineMs = 60_000;

/** One end of each partition. Follows leader moves; RetriableError when a leader is away for a minute. */
export const listOffsets = async (
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  spec: OffsetSpec,
  signal: AbortSignal,
): Promise<ReadonlyMap<TopicPartition, bigint>> => {
  const offsets = new Map<TopicPartition, bigint>();
  const topics = new Set(partitions.map(({ topic }) => topic));
  const what = `Asking for the ${spec} offsets of ${[...topics].map((topic) => `"${topic}"`).join(', ')}`;
  const refresh = (): Promise<void> => cluster.refresh(topics);
  try {
    if (partitions.some(({ topic, partition }) => cluster.leader(topic, partition) === undefined)) await refresh();
    await untilAnswered(
      async () => {
        const missing = partitions.filter((partition) => !offsets.has(partition));
        for (const [leader, group] of byLeader(cluster, missing)) {
          for (const [partition, offset] of await ask(cluster, leader, { partitions: group, spec }, signal)) offsets.set(partition, offset);
        }
      },
      {
        clock: cluster.clock,
        deadlineMs,
        what,
        onRetry: () => {
          refresh().catch(() => undefined);
        },
      },
      signal,
    );
  } catch (failure) {
    throw toKafkaError(failure, what);
  }
  return offsets;
};

const byLeader = (cluster: Cluster, partitions: readonly TopicPartition[]): ReadonlyMap<number, readonly TopicPartition[]> => {
  const groups = new Map<number, TopicPartition[]>();
  for (const partition of partitions) {
    const leader = cluster.leader(partition.topic, partition.partition);
    if (leader === undefined)
      throw new NetworkError(`Topic "${partition.topic}" partition ${String(partition.partition)} has no leader at present`);
    const group = groups.get(leader);
    if (group === undefined) groups.set(leader, [partition]);
    else group.push(partition);
  }
  return groups;
};

const ask = async (
  cluster: Cluster,
  leader: number,
  question: { readonly partitions: readonly TopicPartition[]; readonly spec: OffsetSpec },
  signal: AbortSignal,
): Promise<ReadonlyMap<TopicPartition, bigint>> => {
  const broker = cluster.node(leader);
  if (broker === undefined) throw new NetworkError(`Broker ${String(leader)} is not known at present`);
  const { partitions, spec } = question;
  const timestamp = spec === 'earliest' ? ListOffsetTimestamps.EARLIEST : ListOffsetTimestamps.LATEST;
  const isolation = spec === 'last-stable' ? FetchIsolationLevels.READ_COMMITTED : FetchIsolationLevels.READ_UNCOMMITTED;
  const topics = [...Map.groupBy(partitions, ({ topic }) => topic)].map(([name, group]) => ({
    name,
    partitions: group.map(({ partition }) => ({ partitionIndex: partition, currentLeaderEpoch: -1, timestamp })),
  }));
  const response = await cluster.connections.call(broker, listOffsetsV7.api, [-1, isolation, topics], signal);
  const found = new Map(
    response.topics.flatMap(({ name, partitions: parts }) => parts.map((part) => [`${name}/${String(part.partitionIndex)}`, part.offset])),
  );
  const offsets = new Map<TopicPartition, bigint>();
  for (const partition of partitions) {
    const offset = found.get(`${partition.topic}/${String(partition.partition)}`);
    if (offset !== undefined) offsets.set(partition, offset);
  }
  return offsets;
};
