import type { TopicPartition } from '@headrace/connector-api';
import type { OffsetSpec, TopicAdmin, TopicSettings } from '@headrace/ports';
import { toKafkaError } from './cluster/broker-failure.ts';
import type { Cluster } from './cluster/cluster.ts';
import { listOffsets } from './cluster/list-offsets.ts';
import { createTopic, partitionCountOf } from './cluster/topics.ts';
import { ProducerSession } from './producer/producer-session.ts';

/** Ids fenced at the same time. */
const fencesAtOnce = 8;

export class KafkaTopicAdmin implements TopicAdmin {
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  async clusterId(signal: AbortSignal): Promise<string> {
    return await this.#named('Asking for the cluster id', async () => (await this.#cluster.metadata([], signal)).clusterId ?? '');
  }

  async topics(signal: AbortSignal): Promise<readonly string[]> {
    return await this.#named('Listing topics', async () => {
      const { topics } = await this.#cluster.metadata(null, signal);
      return topics.flatMap(({ name }) => name ?? []).sort();
    });
  }

  async partitionCount(topic: string, signal: AbortSignal): Promise<number | null> {
    return await this.#named(`Describing topic "${topic}"`, () => partitionCountOf(this.#cluster, topic, signal));
  }

  async createTopic(topic: string, settings: TopicSettings, signal: AbortSignal): Promise<boolean> {
    return await this.#named(`Creating topic "${topic}"`, () => createTopic(this.#cluster, topic, settings, signal));
  }

  async offsets(
    partitions: readonly TopicPartition[],
    spec: OffsetSpec,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<TopicPartition, bigint>> {
    return await listOffsets(this.#cluster, partitions, spec, signal);
  }

  async fence(transactionalIds: readonly string[], signal: AbortSignal, topics: readonly string[] = []): Promise<void> {
    await using connections = this.#cluster.openConnections();
    await this.#named('Fencing former owners', async () => {
      const partitions = await this.#partitionsOf(topics, signal);
      for (let start = 0; start < transactionalIds.length; start += fencesAtOnce) {
        const fences = transactionalIds.slice(start, start + fencesAtOnce).map(async (transactionalId) => {
          const session = await ProducerSession.open({ cluster: this.#cluster, connections, transactionalId }, signal);
          await session.fence(partitions, signal);
        });
        await Promise.all(fences);
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The connections belong to the cluster.
  }

  async #partitionsOf(topics: readonly string[], signal: AbortSignal): Promise<readonly TopicPartition[]> {
    const partitions: TopicPartition[] = [];
    for (const topic of topics) {
      const count = (await partitionCountOf(this.#cluster, topic, signal)) ?? 0;
      for (let partition = 0; partition < count; partition += 1) partitions.push({ topic, partition });
    }
    return partitions;
  }

  async #named<T>(what: string, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (failure) {
      throw toKafkaError(failure, what);
    }
  }
}
