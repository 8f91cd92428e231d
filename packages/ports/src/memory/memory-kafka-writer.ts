import type { SourcePosition } from '@headrace/connector-api';
import { createLatch, RecordError, Stopped, Wakeup, type Clock } from '@headrace/foundation';
import { connectJson } from '../connect-offset-json.ts';
import { kafkaErrors } from '../kafka-errors.ts';
import { partitionOfKey } from '../partition-of-key.ts';
import {
  isEncoded,
  toRecords,
  type Outgoing,
  type OutgoingRecord,
  type RecordWriter,
  type RecordWriterOptions,
  type RecordWriters,
} from '../record-writer.ts';
import type { MemoryKafkaOffsetsLog } from './memory-kafka-offsets-log.ts';
import type { MemoryPartition, MemoryProducer, StoredRecord } from './memory-kafka-partition.ts';
import { fencePartitions, judgeFencing, requireOwnership } from './memory-kafka-fencing.ts';
import type { MemoryKafka } from './memory-kafka.ts';

const defaultMaxRequestBytes = 1_048_576;

/** What one `append` brought. */
interface Batch {
  readonly records: readonly OutgoingRecord[];
  readonly positions: readonly SourcePosition[];
  readonly bytes: number;
}

export class MemoryKafkaWriters implements RecordWriters {
  readonly #kafka: MemoryKafka;
  readonly #log: MemoryKafkaOffsetsLog;
  readonly #clock: Clock;

  constructor(kafka: MemoryKafka, log: MemoryKafkaOffsetsLog, clock: Clock) {
    this.#kafka = kafka;
    this.#log = log;
    this.#clock = clock;
  }

  async open(options: RecordWriterOptions, signal: AbortSignal): Promise<RecordWriter> {
    await this.#kafka.request(signal);
    await requireOwnership(options, signal);
    this.#log.ensure();
    const { transactionalId, fencedTopics } = options;
    const producer = this.#kafka.initProducer(transactionalId);
    await requireOwnership(options, signal);
    try {
      fencePartitions(this.#kafka, { transactionalId, producer, topics: [...fencedTopics, this.#log.topic] });
    } catch (failure) {
      throw await judgeFencing(failure, options, signal);
    }
    const writer = new MemoryKafkaWriter({ kafka: this.#kafka, log: this.#log, clock: this.#clock, options, producer });
    writer.start();
    return writer;
  }
}

interface WriterParts {
  readonly kafka: MemoryKafka;
  readonly log: MemoryKafkaOffsetsLog;
  readonly clock: Clock;
  readonly options: RecordWriterOptions;
  readonly producer: MemoryProducer;
}

const asRecords = (outgoing: Outgoing): readonly OutgoingRecord[] => {
  if (!isEncoded(outgoing)) return [outgoing];
  const records = toRecords(outgoing);
  outgoing.encoded.release();
  return records;
};

/** Takes appends into a queue and writes all that is queued at once: as one transaction, or plainly. */
class MemoryKafkaWriter implements RecordWriter {
  readonly failure: Promise<never>;
  readonly #parts: WriterParts;
  readonly #failed = createLatch<never>();
  readonly #lifetime = new AbortController();
  readonly #work = new Wakeup();
  /** Resolved and replaced whenever something became durable. */
  #progress = createLatch();
  #queue: Batch[] = [];
  #bytes = 0;
  #appended = 0;
  #durable = 0;
  #keyless = 0;
  #error: Error | undefined;

  constructor(parts: WriterParts) {
    this.#parts = parts;
    this.failure = this.#failed.promise;
    this.failure.catch(() => undefined);
  }

  start(): void {
    void this.#run();
  }

  async append(outgoing: readonly Outgoing[], positions: readonly SourcePosition[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const records = outgoing.flatMap(asRecords);
    const { bufferBytes = 16 * 1_024 * 1_024 } = this.#parts.options;
    if (this.#error !== undefined) throw this.#error;
    const bytes = records.reduce((sum, record) => sum + sizeOf(record), 0);
    this.#queue.push({ records, positions, bytes });
    this.#bytes += bytes;
    this.#appended += 1;
    this.#work.wake();
    await this.#until(() => this.#bytes <= bufferBytes, signal);
  }

  async flush(signal: AbortSignal): Promise<void> {
    const goal = this.#appended;
    await this.#until(() => this.#durable >= goal, signal);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#error ??= new Stopped('done', 'The record writer is closed.');
    this.#lifetime.abort(new Stopped('done'));
    this.#progress.resolve();
    return Promise.resolve();
  }

  async #until(isReached: () => boolean, signal: AbortSignal): Promise<void> {
    while (!isReached()) {
      if (this.#error !== undefined) throw this.#error;
      signal.throwIfAborted();
      const waiting = createLatch();
      const release = (): void => {
        waiting.resolve();
      };
      signal.addEventListener('abort', release, { once: true });
      void this.#progress.promise.then(release);
      await waiting.promise;
      signal.removeEventListener('abort', release);
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#lifetime;
    try {
      for (;;) {
        await this.#work.wait(signal);
        while (this.#queue.length > 0) await this.#write(signal);
      }
    } catch (failure) {
      if (!signal.aborted) await this.#fail(failure);
    }
  }

  async #write(signal: AbortSignal): Promise<void> {
    const { kafka, clock, options, producer } = this.#parts;
    const { transactionalId } = options;
    const startedAt = clock.monotonic();
    await kafka.request(signal);
    const batches = this.#queue;
    this.#queue = [];
    const isTransactional = options.guarantee === 'exactly-once';
    const records = batches.flatMap((batch) => batch.records);
    const positions = newestOf(batches.flatMap((batch) => batch.positions));
    try {
      this.#writeRecords(records, isTransactional);
      this.#writePositions(positions, isTransactional);
      if (isTransactional && records.length + positions.length > 0) {
        await kafka.request(signal);
        kafka.endTransaction(transactionalId, producer, true);
      }
    } catch (failure) {
      if (isTransactional) abandon(kafka, transactionalId, producer);
      throw failure;
    }
    this.#bytes -= batches.reduce((sum, batch) => sum + batch.bytes, 0);
    this.#durable += batches.length;
    if (records.length > 0) options.onRecordsDurable?.(records.length, clock.monotonic() - startedAt);
    if (positions.length > 0) options.onDurable(positions);
    this.#progress.resolve();
    this.#progress = createLatch();
  }

  #writeRecords(records: readonly OutgoingRecord[], isTransactional: boolean): void {
    const { kafka, clock, options, producer } = this.#parts;
    this.#keyless += 1;
    records.forEach((record, index) => {
      this.#requireSize(record, index);
      const target = this.#targetOf(record);
      if (isTransactional) kafka.addPartitions(options.transactionalId, producer, [target]);
      kafka.append(producer, target, stored(record, clock), isTransactional);
    });
  }

  #writePositions(positions: readonly SourcePosition[], isTransactional: boolean): void {
    const { kafka, log, options, producer } = this.#parts;
    for (const position of positions) {
      if (isTransactional) {
        kafka.addPartitions(options.transactionalId, producer, [log.partitionOf(options.connector, position.partition)]);
      }
      log.append(producer, options.connector, position, isTransactional);
    }
  }

  #targetOf({ topic, partition, key }: OutgoingRecord): MemoryPartition {
    const { kafka, options } = this.#parts;
    if (kafka.partitions(topic) === undefined) {
      kafka.createTopic(topic, options.topicSettings?.(topic) ?? { partitions: -1, replicationFactor: -1, configs: {} });
    }
    const partitions = kafka.partitions(topic) ?? [];
    const index = partition ?? (key === null ? this.#keyless % partitions.length : partitionOfKey(key, partitions.length));
    const target = partitions[index];
    if (target === undefined) throw new TypeError(`Topic "${topic}" has no partition ${String(index)}.`);
    return target;
  }

  #requireSize(record: OutgoingRecord, index: number): void {
    const limit = Number(this.#parts.options.producerConfig?.['max.request.size'] ?? defaultMaxRequestBytes);
    if (sizeOf(record) <= limit) return;
    const message = `A record for topic "${record.topic}" is larger than ${String(limit)} bytes. ${kafkaErrors.record_too_large.hint}`;
    throw new RecordError(kafkaErrors.record_too_large.code, message, { fields: { topic: record.topic, index } });
  }

  async #fail(failure: unknown): Promise<void> {
    const error = await judgeFencing(failure, this.#parts.options, this.#lifetime.signal);
    this.#error ??= error;
    this.#failed.reject(error);
    this.#progress.resolve();
  }
}

const sizeOf = ({ key, value }: OutgoingRecord): number => (key?.length ?? 0) + (value?.length ?? 0) + 70;

const bufferOf = (bytes: Uint8Array | null): Buffer | null => (bytes === null ? null : Buffer.from(bytes));

const stored = (record: OutgoingRecord, clock: Clock): StoredRecord => ({
  timestamp: record.timestamp ?? clock.now(),
  key: bufferOf(record.key),
  value: bufferOf(record.value),
  headers: record.headers.map(({ key, value }) => ({ key, value: bufferOf(value) })),
});

/** The last position of each source partition, in the order of their last appearance. */
const newestOf = (positions: readonly SourcePosition[]): readonly SourcePosition[] => {
  const newest = new Map<string, SourcePosition>();
  for (const position of positions) {
    const name = connectJson(position.partition);
    newest.delete(name);
    newest.set(name, position);
  }
  return [...newest.values()];
};

const abandon = (kafka: MemoryKafka, transactionalId: string, producer: MemoryProducer): void => {
  try {
    kafka.endTransaction(transactionalId, producer, false);
  } catch {
    // Whoever has the id now has ended the transaction.
  }
};
