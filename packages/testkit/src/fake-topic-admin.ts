import type { TopicPartition } from '@headrace/connector-api';
import type { OffsetSpec, TopicAdmin, TopicSettings } from '@headrace/ports';

/** Topics as a map, and a record of what was fenced. */
export class FakeTopicAdmin implements TopicAdmin {
  /** Partitions by topic. */
  readonly counts = new Map<string, number>();
  /** Transactional ids of every call of `fence`, in order. */
  readonly fenced: (readonly string[])[] = [];
  /** Topics of every call of `fence`, in order. */
  readonly fencedTopics: (readonly string[])[] = [];
  /** Thrown by every call while set. */
  failure: Error | undefined;

  clusterId(): Promise<string> {
    return this.#answer(() => 'fake');
  }

  topics(): Promise<readonly string[]> {
    return this.#answer(() => [...this.counts.keys()]);
  }

  partitionCount(topic: string): Promise<number | null> {
    return this.#answer(() => this.counts.get(topic) ?? null);
  }

  createTopic(topic: string, settings: TopicSettings): Promise<boolean> {
    return this.#answer(() => {
      if (this.counts.has(topic)) return false;
      this.counts.set(topic, Math.max(1, settings.partitions));
      return true;
    });
  }

  offsets(partitions: readonly TopicPartition[], _spec: OffsetSpec): Promise<ReadonlyMap<TopicPartition, bigint>> {
    return this.#answer(() => new Map(partitions.map((partition) => [partition, 0n])));
  }

  fence(transactionalIds: readonly string[], _signal: AbortSignal, topics: readonly string[] = []): Promise<void> {
    return this.#answer(() => {
      this.fencedTopics.push(topics);
      this.fenced.push(transactionalIds);
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  #answer<T>(value: () => T): Promise<T> {
    return this.failure === undefined ? Promise.resolve(value()) : Promise.reject(this.failure);
  }
}
