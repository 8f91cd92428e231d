import type { Cluster } from '../cluster/cluster.ts';
import { createTopic, partitionCountOf } from '../cluster/topics.ts';

export interface OffsetsTopicOptions {
  readonly name: string;
  /** When it has to be created. Kafka Connect's default is 25. */
  readonly partitions: number;
  /** -1: the broker's default. */
  readonly replicationFactor: number;
}

/** Kafka Connect's compacted offsets topic: created when it is missing, its number of partitions known. */
export class OffsetsTopic {
  readonly name: string;
  readonly #cluster: Cluster;
  readonly #options: OffsetsTopicOptions;

  constructor(cluster: Cluster, options: OffsetsTopicOptions) {
    this.name = options.name;
    this.#cluster = cluster;
    this.#options = options;
  }

  /** Number of its partitions; creates it first when there is none. */
  async ensure(signal: AbortSignal): Promise<number> {
    const known = this.#cluster.layout(this.name)?.leaders.length ?? (await partitionCountOf(this.#cluster, this.name, signal));
    if (known !== null) return known;
    const { partitions, replicationFactor } = this.#options;
    await createTopic(this.#cluster, this.name, { partitions, replicationFactor, configs: { 'cleanup.policy': 'compact' } }, signal);
    return (await partitionCountOf(this.#cluster, this.name, signal)) ?? partitions;
  }
}
