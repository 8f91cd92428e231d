import type { Labels, Meter } from '@headrace/foundation';
import { TopicLabels } from './topic-labels.ts';

/** How far a partition is behind its end. */
export interface PartitionLag {
  readonly topic: string;
  readonly partition: number;
  /** Undefined before the first answer. */
  readonly lag: bigint | undefined;
}

const FETCHES = 'kafka_consumer_consumer_fetch_manager_metrics_';
/** The series of a task are bounded: of more partitions only the largest lag is told. */
const MAX_PARTITIONS = 500;
/** Lag changes with every answer, and nobody looks more often. */
const LAG_EVERY_MS = 1_000;

/** What Java's consumer measures while it fetches, under its names, as far as ours does the same. */
export class ConsumerMetrics {
  readonly #meter: Meter;
  readonly #labels: Labels;
  readonly #topics: TopicLabels;
  #lagDueAt = 0;

  constructor(meter: Meter, clientId: string) {
    this.#meter = meter;
    this.#labels = { client_id: clientId };
    this.#topics = new TopicLabels(this.#labels);
    for (const what of ['records', 'bytes']) meter.add(`${FETCHES}${what}_consumed_total`, 0, this.#labels);
  }

  /** An answer has come: bytes by topic. */
  fetched(bytesByTopic: ReadonlyMap<string, number>, ms: number): void {
    const meter = this.#meter;
    let total = 0;
    for (const [topic, bytes] of bytesByTopic) {
      total += bytes;
      meter.add(`${FETCHES}bytes_consumed_total`, bytes, this.#topics.of(topic));
    }
    meter.add(`${FETCHES}bytes_consumed_total`, total, this.#labels);
    meter.add(`${FETCHES}fetch_total`, 1, this.#labels);
    meter.observe(`${FETCHES}fetch_latency_{}`, ms, this.#labels);
    meter.observe(`${FETCHES}fetch_size_{}`, total, this.#labels);
  }

  /** Records that were given to the task. */
  consumed(topic: string, records: number): void {
    this.#meter.add(`${FETCHES}records_consumed_total`, records, this.#labels);
    this.#meter.add(`${FETCHES}records_consumed_total`, records, this.#topics.of(topic));
  }

  /** Once a second, however often it is called. */
  lags(partitions: readonly PartitionLag[], nowMs: number): void {
    if (nowMs < this.#lagDueAt || partitions.every(({ lag }) => lag === undefined)) return;
    this.#lagDueAt = nowMs + LAG_EVERY_MS;
    let max = 0;
    for (const { topic, partition, lag } of partitions) {
      if (lag === undefined) continue;
      max = Math.max(max, Number(lag));
      if (partitions.length > MAX_PARTITIONS) continue;
      this.#meter.set(`${FETCHES}records_lag`, Number(lag), { ...this.#labels, topic, partition: String(partition) });
    }
    this.#meter.set(`${FETCHES}records_lag_max`, max, this.#labels);
  }
}
