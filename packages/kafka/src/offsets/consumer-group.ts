import type { PartitionPosition, TopicPartition } from '@headrace/connector-api';
import { TaskFailure } from '@headrace/foundation';
import { describeGroupsV5, offsetCommitV8, offsetDeleteV0, offsetFetchV8, txnOffsetCommitV3 } from '@platformatic/kafka';
import { answerOf } from '../cluster/broker-failure.ts';
import { Coordinator } from '../cluster/coordinator.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Connections } from '../cluster/connections.ts';
import { errors } from '../errors.ts';
import type { ProducerSession } from '../producer/producer-session.ts';

/** What the group protocol wants of somebody who is not a member: no generation, no member id. */
const noGeneration = -1;
const noMember = '';

const membershipAnswers: ReadonlySet<string> = new Set([
  'UNKNOWN_MEMBER_ID',
  'ILLEGAL_GENERATION',
  'REBALANCE_IN_PROGRESS',
  'FENCED_INSTANCE_ID',
  'STALE_MEMBER_EPOCH',
  'GROUP_SUBSCRIBED_TO_TOPIC',
]);

/** A consumer group used as a place for offsets only: nobody joins it. */
export class ConsumerGroup {
  readonly #group: string;
  readonly #coordinator: Coordinator;

  constructor(group: string, cluster: Cluster, connections: Connections) {
    this.#group = group;
    this.#coordinator = new Coordinator({ cluster, connections, kind: 'group', key: group });
  }

  /** TaskFailure `kafka.group_in_use` when somebody has joined it. */
  async requireNoMembers(signal: AbortSignal): Promise<void> {
    const { groups } = await this.#coordinator.call(describeGroupsV5.api, [[this.#group], false], signal);
    const members = groups[0]?.members ?? [];
    if (members.length === 0) return;
    const clients = members.map(({ clientId, clientHost }) => `${clientId}${clientHost}`).join(', ');
    throw this.#inUse(`has members (${clients})`);
  }

  /** Committed offsets, undecided transactions waited for; all of them when `partitions` is null. */
  async committed(partitions: readonly TopicPartition[] | null, signal: AbortSignal): Promise<readonly PartitionPosition[]> {
    const topics =
      partitions === null
        ? null
        : [...Map.groupBy(partitions, ({ topic }) => topic)].map(([name, group]) => ({
            name,
            partitionIndexes: group.map(({ partition }) => partition),
          }));
    const { groups } = await this.#coordinator.call(offsetFetchV8.api, [[{ groupId: this.#group, memberEpoch: -1, topics }], true], signal);
    const positions: PartitionPosition[] = [];
    for (const { name, partitions: parts } of groups[0]?.topics ?? []) {
      for (const { partitionIndex, committedOffset } of parts) {
        if (committedOffset >= 0n) positions.push({ topic: name, partition: partitionIndex, offset: committedOffset });
      }
    }
    return positions;
  }

  /** Commits as part of the session's open transaction, which the group was added to. */
  async commitIn(session: ProducerSession, positions: readonly PartitionPosition[], signal: AbortSignal): Promise<void> {
    const { transactionalId, producerId, producerEpoch } = session;
    await this.#watchingMembers(() =>
      this.#coordinator.call(
        txnOffsetCommitV3.api,
        [transactionalId, this.#group, producerId, producerEpoch, noGeneration, noMember, null, commitTopics(positions)],
        signal,
      ),
    );
  }

  async commit(positions: readonly PartitionPosition[], signal: AbortSignal): Promise<void> {
    if (positions.length === 0) return;
    await this.#watchingMembers(() =>
      this.#coordinator.call(offsetCommitV8.api, [this.#group, noGeneration, noMember, null, commitTopics(positions)], signal),
    );
  }

  /** A group that does not exist has no offsets to delete. */
  async remove(partitions: readonly TopicPartition[], signal: AbortSignal): Promise<void> {
    if (partitions.length === 0) return;
    const topics = [...Map.groupBy(partitions, ({ topic }) => topic)].map(([name, group]) => ({
      name,
      partitions: group.map(({ partition }) => ({ partitionIndex: partition })),
    }));
    try {
      await this.#watchingMembers(() => this.#coordinator.call(offsetDeleteV0.api, [this.#group, topics], signal));
    } catch (failure) {
      if (answerOf(failure) !== 'GROUP_ID_NOT_FOUND') throw failure;
    }
  }

  async #watchingMembers<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (failure) {
      const answer = answerOf(failure);
      throw answer !== undefined && membershipAnswers.has(answer)
        ? this.#inUse(`refuses commits from outside (${answer})`, failure)
        : failure;
    }
  }

  #inUse(what: string, cause?: unknown): TaskFailure {
    return new TaskFailure(errors.group_in_use.code, `Group "${this.#group}" ${what}. ${errors.group_in_use.hint}`, {
      cause,
      fields: { group: this.#group },
    });
  }
}

const commitTopics = (
  positions: readonly PartitionPosition[],
): {
  name: string;
  partitions: { partitionIndex: number; committedOffset: bigint; committedLeaderEpoch: number; committedMetadata: string }[];
}[] =>
  [...Map.groupBy(positions, ({ topic }) => topic)].map(([name, group]) => ({
    name,
    partitions: group.map(({ partition, offset }) => ({
      partitionIndex: partition,
      committedOffset: offset,
      committedLeaderEpoch: -1,
      committedMetadata: '',
    })),
  }));
