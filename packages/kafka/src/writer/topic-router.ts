import { TaskFailure } from '@headrace/foundation';
import { isEncoded, partitionOfKey, type Outgoing, type TopicSettings } from '@headrace/ports';
import type { Cluster, TopicLayout } from '../cluster/cluster.ts';
import { brokerDefaults, partitionCountOf, requestTopic, untilLed } from '../cluster/topics.ts';
import { errors } from '../errors.ts';
import type { BatchAccumulator } from '../producer/batch-accumulator.ts';
import type { PartitionQueue } from '../producer/partition-queue.ts';
import type { RecordView } from '../wire/record-view.ts';

/** A prepared topic. */
export interface Route {
  readonly topic: string;
  readonly layout: TopicLayout;
  readonly queues: readonly PartitionQueue[];
  /** Where records without a key go until the batch there is full. */
  keyless: number;
}

export interface TopicRouterOptions {
  readonly cluster: Cluster;
  /** The same, with the rights to create topics. */
  readonly adminCluster: Cluster;
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
  async prepare(records: readonly Outgoing[], signal: AbortSignal): Promise<void> {
    this.#refreshWhenOld();
    let last: string | undefined;
    for (const outgoing of records) {
      if (isEncoded(outgoing)) {
        for (const topic of outgoing.encoded.topics) await this.#prepareTopic(topic, signal);
      } else if (outgoing.topic !== last) {
        last = outgoing.topic;
        await this.#prepareTopic(last, signal);
      }
    }
  }

  /** A topic that was prepared. */
  routeOf(topic: string): Route {
    const route = this.#routes.get(topic);
    if (route === undefined) throw new TypeError(`Topic "${topic}" was not prepared.`);
    return route;
  }

  /** The queue of a record; `partition`: where it asks for one. */
  queueOf(route: Route, { keySource, keyStart, keyEnd }: RecordView, partition?: number): PartitionQueue {
    const { queues } = route;
    const index = partition ?? (keyEnd < 0 ? this.#keyless(route) : partitionOfKey(keySource, queues.length, keyStart, keyEnd));
    const queue = queues[index];
    if (queue === undefined) throw missingPartition(route, index);
    return queue;
  }

  async #prepareTopic(topic: string, signal: AbortSignal): Promise<void> {
    const route = this.#routes.get(topic);
    if (route === undefined) await this.#learn(topic, signal);
    else this.#follow(topic, route);
  }

  #keyless(route: Route): number {
    if (route.queues[route.keyless]?.builder === undefined) route.keyless = (route.keyless + 1) % route.queues.length;
    return route.keyless;
  }

  async #learn(topic: string, signal: AbortSignal): Promise<void> {
    const { cluster, adminCluster } = this.#options;
    if (cluster.layout(topic) === undefined && (await partitionCountOf(cluster, topic, signal)) === null) {
      await requestTopic(adminCluster, topic, this.#options.topicSettings?.(topic) ?? brokerDefaults, signal);
      await untilLed(cluster, topic, signal);
    }
    const layout = cluster.layout(topic);
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
    this.#routes.set(topic, {
      topic,
      layout,
      queues: layout.leaders.map((_, partition) => accumulator.queue(topic, partition)),
      keyless: 0,
    });
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

const missingPartition = ({ topic, queues }: Route, partition: number): TaskFailure =>
  new TaskFailure(errors.topic_missing.code, `Topic "${topic}" has no partition ${String(partition)}, only ${String(queues.length)}.`);
