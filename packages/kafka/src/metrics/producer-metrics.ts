import type { Labels, Meter } from '@headrace/foundation';
import { TopicLabels } from './topic-labels.ts';

/** One batch, as it is sent. */
export interface SentBatch {
  readonly topic: string;
  readonly records: number;
  readonly bytes: number;
  /** Since it was complete, or had to be sent again. */
  readonly queuedMs: number;
}

const PRODUCER = 'kafka_producer_producer_metrics_';
const TOPIC = 'kafka_producer_producer_topic_metrics_';

/** What Java's producer measures, under its names, as far as ours does the same. */
export class ProducerMetrics {
  readonly #meter: Meter;
  readonly #labels: Labels;
  readonly #topics: TopicLabels;

  constructor(meter: Meter, clientId: string) {
    this.#meter = meter;
    this.#labels = { client_id: clientId };
    this.#topics = new TopicLabels(this.#labels);
    for (const outcome of ['send', 'error', 'retry']) meter.add(`${PRODUCER}record_${outcome}_total`, 0, this.#labels);
  }

  /** A request leaves. */
  sent(batches: readonly SentBatch[]): void {
    const meter = this.#meter;
    const labels = this.#labels;
    let [records, bytes] = [0, 0];
    for (const batch of batches) {
      records += batch.records;
      bytes += batch.bytes;
      meter.observe(`${PRODUCER}batch_size_{}`, batch.bytes, labels);
      meter.observe(`${PRODUCER}record_queue_time_{}`, batch.queuedMs, labels);
      meter.add(`${TOPIC}record_send_total`, batch.records, this.#topics.of(batch.topic));
      meter.add(`${TOPIC}byte_total`, batch.bytes, this.#topics.of(batch.topic));
    }
    meter.add(`${PRODUCER}record_send_total`, records, labels);
    meter.add(`${PRODUCER}outgoing_byte_total`, bytes, labels);
    meter.add(`${PRODUCER}request_total`, 1, labels);
    meter.observe(`${PRODUCER}records_per_request_{}`, records, labels);
  }

  answered(ms: number): void {
    this.#meter.observe(`${PRODUCER}request_latency_{}`, ms, this.#labels);
  }

  retried(topic: string, records: number): void {
    this.#count('retry', topic, records);
  }

  refused(topic: string, records: number): void {
    this.#count('error', topic, records);
  }

  #count(outcome: 'error' | 'retry', topic: string, records: number): void {
    this.#meter.add(`${PRODUCER}record_${outcome}_total`, records, this.#labels);
    this.#meter.add(`${TOPIC}record_${outcome}_total`, records, this.#topics.of(topic));
  }
}
