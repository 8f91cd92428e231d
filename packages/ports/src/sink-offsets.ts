import type { PartitionPosition, TopicPartition } from '@headrace/connector-api';

export interface SinkOffsetsOptions {
  /** Kafka's consumer group, `connect-<name>`. */
  readonly group: string;
  readonly connector: string;
  readonly transactionalId: string;
  /**
   * Kafka settings of the task's consumer. Where it logs in as somebody else, the group is committed by that login, behind the
   * transaction with the copy: one transaction has one login.
   */
  readonly consumerConfig?: Readonly<Record<string, string>>;
  confirmOwnership(signal: AbortSignal): Promise<boolean>;
}

/** Offsets of one sink task's partitions: committed to a group without members, and a copy, in one fenced transaction. */
export interface SinkOffsets extends AsyncDisposable {
  /**
   * Committed offsets, in the order of the question; a partition that has none is left out. Where the group lost one, the
   * copy answers.
   */
  committed(partitions: readonly TopicPartition[], signal: AbortSignal): Promise<readonly PartitionPosition[]>;
  /** FencedError when another owner has taken the transactional id. */
  commit(positions: readonly PartitionPosition[], signal: AbortSignal): Promise<void>;
  /**
   * To be called between commits; looks now and then. What was committed here and the group has lost (expired), or somebody
   * else has changed under the running task, is committed again, and answered as it was found: null where there was none.
   * TaskFailure `kafka.group_in_use` when somebody has joined the group.
   */
  putBack(signal: AbortSignal): Promise<readonly FoundOffset[]>;
}

/** What the group had in the place of an offset that was committed here. */
export interface FoundOffset extends TopicPartition {
  readonly offset: bigint | null;
  readonly committed: bigint;
}

export interface SinkOffsetStores {
  /** Fences the transactional id's former owner first. */
  open(options: SinkOffsetsOptions, signal: AbortSignal): Promise<SinkOffsets>;
  /** Committed offsets of a group, in no particular order, for REST: no fencing, no task. */
  committedByGroup(group: string, signal: AbortSignal): Promise<readonly PartitionPosition[]>;
  /** Alters or, with offset null, deletes offsets of a stopped connector's group and their copy. */
  alter(
    group: string,
    connector: string,
    positions: readonly (TopicPartition & { readonly offset: bigint | null })[],
    signal: AbortSignal,
  ): Promise<void>;
}
