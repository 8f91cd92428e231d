import type { PartitionPosition, TopicPartition } from '@headrace/connector-api';
import { isAbort, linkSignal, Stopped, TaskFailure, type Clock } from '@headrace/foundation';
import { kafkaErrors } from '../kafka-errors.ts';
import type { IncomingRecord, RecordReader, RecordReaderOptions } from '../record-reader.ts';
import { placeOf, type MemoryKafka } from './memory-kafka.ts';

interface Cursor extends TopicPartition {
  offset: bigint;
  isPaused: boolean;
}

/** Reads the logs themselves: nothing is buffered. */
export class MemoryKafkaReader implements RecordReader {
  readonly #kafka: MemoryKafka;
  readonly #options: RecordReaderOptions;
  readonly #clock: Clock;
  readonly #cursors: ReadonlyMap<string, Cursor>;
  #failure: Error | undefined;

  constructor(kafka: MemoryKafka, options: RecordReaderOptions, clock: Clock) {
    this.#kafka = kafka;
    this.#options = options;
    this.#clock = clock;
    this.#cursors = new Map(
      options.start.map(({ topic, partition, offset }) => [placeOf({ topic, partition }), { topic, partition, offset, isPaused: false }]),
    );
  }

  async poll(maxRecords: number, maxWaitMs: number, signal: AbortSignal): Promise<readonly IncomingRecord[]> {
    const deadline = this.#clock.monotonic() + maxWaitMs;
    for (;;) {
      const change = this.#kafka.changed(signal);
      change.catch(() => undefined);
      await this.#kafka.request(signal);
      const records = this.#take(maxRecords);
      if (records.length > 0) return records;
      if (this.#failure !== undefined) throw this.#failure;
      const remainingMs = deadline - this.#clock.monotonic();
      if (remainingMs <= 0) return [];
      await this.#changeWithin(change, remainingMs, signal);
    }
  }

  positions(): readonly PartitionPosition[] {
    return [...this.#cursors.values()].map(({ topic, partition, offset }) => ({ topic, partition, offset }));
  }

  maxLag(): bigint | undefined {
    const lags = [...this.#cursors.values()].flatMap((cursor) => {
      const end = this.#kafka.partition(cursor)?.endOffset;
      return end === undefined ? [] : [end - cursor.offset];
    });
    return lags.length === 0 ? undefined : lags.reduce((max, lag) => (lag > max ? lag : max));
  }

  seek(position: PartitionPosition): void {
    this.#cursor(position).offset = position.offset;
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#cursor(partition).isPaused = true;
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#cursor(partition).isPaused = false;
    this.#kafka.notify();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#failure ??= new Stopped('done', 'The record reader is closed.');
    this.#kafka.notify();
    return Promise.resolve();
  }

  #cursor(partition: TopicPartition): Cursor {
    const cursor = this.#cursors.get(placeOf(partition));
    if (cursor === undefined) throw new TypeError(`${placeOf(partition)} is not assigned to this reader.`);
    return cursor;
  }

  #take(maxRecords: number): readonly IncomingRecord[] {
    const records: IncomingRecord[] = [];
    for (const cursor of this.#cursors.values()) if (!cursor.isPaused) this.#takeFrom(cursor, records, maxRecords);
    return records;
  }

  #takeFrom(cursor: Cursor, records: IncomingRecord[], maxRecords: number): void {
    const log = this.#kafka.partition(cursor);
    if (log === undefined) return;
    if (!log.has(cursor.offset)) {
      const message = `Offset ${String(cursor.offset)} of topic "${cursor.topic}" partition ${String(cursor.partition)} does not exist. ${kafkaErrors.offset_out_of_range.hint}`;
      this.#failure ??= new TaskFailure(kafkaErrors.offset_out_of_range.code, message);
      return;
    }
    while (records.length < maxRecords) {
      const next = log.next(cursor.offset, this.#options.isolation);
      if (next === undefined) return;
      cursor.offset = next.nextOffset;
      if (next.record !== null) records.push(next.record);
    }
    // What can be skipped is skipped, as a broker's answer is taken in whole.
    for (let next = log.next(cursor.offset, this.#options.isolation); next?.record === null;) {
      cursor.offset = next.nextOffset;
      next = log.next(cursor.offset, this.#options.isolation);
    }
  }

  async #changeWithin(change: Promise<void>, ms: number, signal: AbortSignal): Promise<void> {
    using limit = linkSignal(signal);
    const sleep = this.#clock.sleep(ms, limit.signal);
    change.then(
      () => {
        limit.abort(new Stopped('done'));
      },
      () => undefined,
    );
    try {
      await sleep;
    } catch (error) {
      if (signal.aborted || !isAbort(error)) throw error;
    }
  }
}
