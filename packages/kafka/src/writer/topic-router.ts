import { TaskFailure } from '@headrace/foundation';
import { type OutgoingRecord, partitionOfKey, type TopicSettings } from '@headrace/ports';
import type { Cluster, TopicLayout } from '../cluster/cluster.ts';
import { brokerDefaults, createTopic, partitionCountOf } from '../cluster/topics.ts';
import { errors } from '../errors.ts';
import type { BatchAccumulator } from '../producer/batch-accumulator.ts';
import type { PartitionQueue } from '../producer/partition-queue.ts';

interface Route {
  readonly layout: TopicLayout;
  readonly queues: readonly PartitionQueue[];
  /** Where records without a key go until the batch there is full. */
  keyless: number;
}

export interface TopicRouterOptions {
  readonly cluster: Cluster;
  readonly accumulator: BatchAccumulator;
  topicSettings?(topic: string): TopicSettings;
}

/** How old knowledge of a topic's partitions may be, so that added partitions are used. Java's metadata.max.age.ms. */
const maxLayoutAgeMs = 300_000;

/** Finds the partition of each record and makes sure that its topic exists. */
export class TopicRouter {
  readonly #options: TopicRouterOptions;
  readonly #routes = new Map<string, Route>();
  #refreshedAtMs: number;

  constructor(options: TopicRouterOptions) {
    this.#options = options;
    this.#refreshedAtMs = options.cluster.clock.monotonic();
  }

  /** Topics of these records that `queueOf` does not know yet are looked up, or created. */
  async prepare(records: readonly OutgoingRecord[], signal: AbortSignal): Promise<void> {
    this.#refreshWhenOld();
    let last: string | undefined;
    for (const { topic } of records) {
      if (topic === last) continue;
      last = topic;
      const route = this.#routes.get(topic);
      if (route === undefined) await this.#learn(topic, signal);
      else this.#follow(topic, route);
    }
  }

  /** The queue a record belongs to; its topic was prepared. */
  queueOf(record: OutgoingRecord): PartitionQueue {
    const route = this.#routes.get(record.topic);
    if (route === undefined) throw new TypeError(`Topic "${record.topic}" was not prepared.`);
    const { queues } = route;
    const queue = queues[record.partition ?? (record.key === null ? this.#keyless(route) : partitionOfKey(record.key, queues.length))];
    if (queue === undefined) {
      throw new TaskFailure(
        errors.topic_missing.code,
        `Topic "${record.topic}" has no partition ${String(record.partition)}, only ${String(queues.length)}.`,
      );
    }
    return queue;
  }

  #keyless(route: Route): number {
    if (route.queues[route.keyless]?.builder === undefined) route.keyless = (route.keyless + 1) % route.queues.length;
    return route.keyless;
  }

  async #learn(topic: string, signal: AbortSignal): Promise<void> {
    const { cluster } = this.#options;
    let layout = cluster.layout(topic);
    if (layout === undefined && (await partitionCountOf(cluster, topic, signal)) === null) {
      await createTopic(cluster, topic, this.#options.topicSettings?.(topic) ?? brokerDefaults, signal);
    }
    layout = cluster.layout(topic);
    if (layout === undefined)
      throw new TaskFailure(errors.topic_missing.code, `Topic "${topic}" vanished while it was looked up. ${errors.topic_missing.hint}`);
    this.#route(topic, layout);
  }

  /** Takes over a newer layout where partitions were added. */
  #follow(topic: string, route: Route): void {
    const layout = this.#options.cluster.layout(topic);
    if (layout !== undefined && layout !== route.layout && layout.leaders.length > route.queues.length) this.#route(topic, layout);
  }

  #route(topic: string, layout: TopicLayout): void {
    const { accumulator } = this.#options;
    this.#routes.set(topic, { layout, queues: layout.leaders.map((_, partition) => accumulator.queue(topic, partition)), keyless: 0 });
  }

  #refreshWhenOld(): void {
    const { cluster } = this.#options;
    const now = cluster.clock.monotonic();
    if (now - this.#refreshedAtMs < maxLayoutAgeMs) return;
    this.#refreshedAtMs = now;
    // What is known stays good enough when nobody answers now.
    cluster.refresh([]).catch(() => undefined);
  }
}
