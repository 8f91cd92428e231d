import type { TopicPartition } from '@headrace/connector-api';
import type { TopicSettings } from './record-writer.ts';

export type OffsetSpec = 'earliest' | 'latest' | 'last-stable';

/** Topics and their ends. RetriableError when no broker answers in time. */
export interface TopicAdmin extends AsyncDisposable {
  /** Kafka's cluster id. */
  clusterId(signal: AbortSignal): Promise<string>;
  topics(signal: AbortSignal): Promise<readonly string[]>;
  /** Number of partitions; null when there is no such topic. */
  partitionCount(topic: string, signal: AbortSignal): Promise<number | null>;
  /** Creates the topic where it is missing; resolves when all of its partitions have a leader. True when created. */
  createTopic(topic: string, settings: TopicSettings, signal: AbortSignal): Promise<boolean>;
  offsets(partitions: readonly TopicPartition[], spec: OffsetSpec, signal: AbortSignal): Promise<ReadonlyMap<TopicPartition, bigint>>;
  /**
   * Takes these transactional ids away from whoever uses them (their transactions abort, their producers are refused).
   * For generations of tasks that are gone. `topics`: those that tasks without transactions (at-least-once) may still be
   * writing to, the offsets topic included; without them only transactions are refused.
   */
  fence(transactionalIds: readonly string[], signal: AbortSignal, topics?: readonly string[]): Promise<void>;
}
