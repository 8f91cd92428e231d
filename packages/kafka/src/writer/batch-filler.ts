import { scheduler } from 'node:timers/promises';
import { RecordError, type Clock } from '@headrace/foundation';
import { isEncoded, type Outgoing, type OutgoingEncoded, type OutgoingRecord } from '@headrace/ports';
import { errors } from '../errors.ts';
import type { BatchAccumulator } from '../producer/batch-accumulator.ts';
import type { PartitionQueue } from '../producer/partition-queue.ts';
import { batchHeaderBytes } from '../wire/batch-builder.ts';
import { RecordView } from '../wire/record-view.ts';
import type { TopicRouter } from './topic-router.ts';

/** Encoding goes on for this long, then lets others work. */
const sliceMs = 4;
/** Records between two looks at the clock. */
const recordsPerLook = 256;

export interface BatchFillerOptions {
  readonly clock: Clock;
  readonly accumulator: BatchAccumulator;
  readonly router: TopicRouter;
  readonly maxRequestBytes: number;
  /** Before each pause: what is there may be sent. */
  readonly onPause: () => void;
  /** After each pause; may throw, and ends the work. */
  readonly onResume: () => void;
}

/** Puts appended records into the batches of their partitions, in slices of time. */
export class BatchFiller {
  readonly #options: BatchFillerOptions;
  readonly #view = new RecordView();
  #sliceEndMs = 0;
  /** Of the append under way. */
  #index = 0;
  #now = 0;

  constructor(options: BatchFillerOptions) {
    this.#options = options;
  }

  async fill(records: readonly Outgoing[]): Promise<void> {
    const { clock } = this.#options;
    this.#index = 0;
    this.#now = clock.now();
    this.#sliceEndMs = clock.monotonic() + sliceMs;
    for (const outgoing of records) {
      if (isEncoded(outgoing)) await this.#fillEncoded(outgoing);
      else this.#addRecord(outgoing);
      if (this.#isSliceOver()) await this.#pause();
    }
  }

  async #fillEncoded({ encoded, headers }: OutgoingEncoded): Promise<void> {
    const { router } = this.#options;
    const routes = encoded.topics.map((topic) => router.routeOf(topic));
    const view = this.#view;
    view.setHeaders(headers);
    for (let record = 0; record < encoded.count; record += 1) {
      const route = routes[encoded.topicOf(record)];
      if (route === undefined) throw new TypeError('An encoded record has no topic.');
      this.#add(router.queueOf(route, view.ofEncoded(encoded, record)), this.#now);
      if (this.#isSliceOver()) await this.#pause();
    }
    encoded.release();
  }

  #addRecord(record: OutgoingRecord): void {
    const { router } = this.#options;
    const view = this.#view.ofRecord(record);
    this.#add(router.queueOf(router.routeOf(record.topic), view, record.partition), record.timestamp ?? this.#now);
  }

  #add(queue: PartitionQueue, timestamp: number): void {
    const { accumulator, maxRequestBytes } = this.#options;
    const bytes = accumulator.add(queue, this.#view, timestamp, this.#index);
    if (bytes + batchHeaderBytes > maxRequestBytes) throw tooLarge(queue.topic, this.#index, bytes, maxRequestBytes);
    this.#index += 1;
  }

  #isSliceOver(): boolean {
    return this.#index % recordsPerLook === 0 && this.#options.clock.monotonic() > this.#sliceEndMs;
  }

  async #pause(): Promise<void> {
    const { clock, onPause, onResume } = this.#options;
    onPause();
    await scheduler.yield();
    onResume();
    this.#sliceEndMs = clock.monotonic() + sliceMs;
  }
}

const tooLarge = (topic: string, index: number, bytes: number, maxRequestBytes: number): RecordError =>
  new RecordError(
    errors.record_too_large.code,
    `A record for topic "${topic}" takes ${String(bytes)} bytes, more than max.request.size (${String(maxRequestBytes)}). ${errors.record_too_large.hint}`,
    { fields: { topic, index } },
  );
