import type { JsonMap, PartitionPosition, SourcePosition, TopicPartition } from '@headrace/connector-api';
import { abortable, createLatch, FencedError, type Latch } from '@headrace/foundation';
import {
  incomingRecord,
  type IncomingRecord,
  type OutgoingRecord,
  type RecordReader,
  type RecordReaderOptions,
  type RecordReaders,
  type RecordWriter,
  type RecordWriterOptions,
  type RecordWriters,
  type SinkOffsets,
  type SinkOffsetsOptions,
  type SinkOffsetStores,
  type SourceOffsets,
  type TopicAdmin,
} from '@headrace/ports';
import { setImmediate as nextTurn } from 'node:timers/promises';

const nameOf = ({ topic, partition }: TopicPartition): string => `${topic}-${String(partition)}`;

/** Broken calls, by name, each thrown once: `append`, `open`, `flush`, `commit`, `poll`. */
export type Faults = Map<string, Error[]>;

/**
 * A broker for tests of the runners, small enough to be believed: appended batches become durable whole, by themselves or,
 * with `isHeld`, when the test says so. An owner is refused once another has opened its transactional id.
 */
export class FakeKafka implements RecordWriters, RecordReaders {
  readonly log: OutgoingRecord[] = [];
  readonly positions = new Map<string, JsonMap | null>();
  readonly topics = new Map<string, IncomingRecord[]>();
  readonly committed = new Map<string, bigint>();
  readonly commits: string[] = [];
  readonly opened: string[] = [];
  readonly faults: Faults = new Map();
  isHeld = false;
  readonly #epochs = new Map<string, number>();
  #writers: FakeWriter[] = [];

  failOnce(call: string, error: Error): void {
    this.faults.set(call, [...(this.faults.get(call) ?? []), error]);
  }

  /** Throws what the test has planned for this call. */
  trip(call: string): void {
    const error = this.faults.get(call)?.shift();
    if (error !== undefined) throw error;
  }

  /** Takes a transactional id over, as another worker would. */
  fence(transactionalId: string): number {
    const epoch = (this.#epochs.get(transactionalId) ?? 0) + 1;
    this.#epochs.set(transactionalId, epoch);
    return epoch;
  }

  requireEpoch(transactionalId: string, epoch: number): void {
    if (this.#epochs.get(transactionalId) !== epoch) throw new FencedError('kafka.fenced', `${transactionalId} is taken.`);
  }

  /** Makes what is appended durable. */
  release(): void {
    for (const writer of this.#writers) writer.release();
  }

  open(options: RecordWriterOptions, signal: AbortSignal): Promise<RecordWriter>;
  open(options: RecordReaderOptions, signal: AbortSignal): Promise<RecordReader>;
  async open(options: RecordWriterOptions | RecordReaderOptions): Promise<RecordWriter | RecordReader> {
    await Promise.resolve();
    if ('start' in options) {
      this.opened.push('reader');
      return new FakeReader(this, options.start);
    }
    this.opened.push(`writer ${options.transactionalId}`);
    this.trip('open');
    const writer = new FakeWriter(this, options, this.fence(options.transactionalId));
    this.#writers.push(writer);
    return writer;
  }

  /** Puts a record at the end of a partition, to be read. */
  produce(topic: string, partition: number, key: string | null, value: string | null): void {
    const records = this.topics.get(nameOf({ topic, partition })) ?? [];
    this.topics.set(nameOf({ topic, partition }), records);
    const buffer = (text: string | null): Buffer | null => (text === null ? null : Buffer.from(text));
    const content = { timestamp: 1, key: buffer(key), value: buffer(value), headers: [] };
    records.push(incomingRecord({ topic, partition, offset: BigInt(records.length), ...content }));
  }

  readonly sourceOffsets: SourceOffsets = {
    positions: () => Promise.resolve([]),
    position: (connector, partition) => Promise.resolve(this.positions.get(`${connector}${JSON.stringify(partition)}`) ?? null),
    alter: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };

  readonly sinkOffsets: SinkOffsetStores = {
    open: (options) => {
      this.opened.push(`offsets ${options.transactionalId}`);
      return Promise.resolve(this.#sinkOffsets(options, this.fence(options.transactionalId)));
    },
    committedByGroup: () => Promise.resolve([]),
    alter: () => Promise.resolve(),
  };

  readonly topicAdmin: TopicAdmin = {
    clusterId: () => Promise.resolve('fake'),
    topics: () => Promise.resolve([]),
    partitionCount: () => Promise.resolve(1),
    createTopic: () => Promise.resolve(false),
    offsets: (partitions, spec) =>
      Promise.resolve(
        new Map(
          partitions.map((partition) => [partition, spec === 'earliest' ? 0n : BigInt(this.topics.get(nameOf(partition))?.length ?? 0)]),
        ),
      ),
    fence: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };

  #sinkOffsets({ transactionalId }: SinkOffsetsOptions, epoch: number): SinkOffsets {
    return {
      committed: (partitions) => {
        const known: PartitionPosition[] = [];
        for (const partition of partitions) {
          const offset = this.committed.get(nameOf(partition));
          if (offset !== undefined) known.push({ ...partition, offset });
        }
        return Promise.resolve(known);
      },
      commit: async (positions) => {
        await Promise.resolve();
        this.trip('commit');
        this.requireEpoch(transactionalId, epoch);
        for (const position of positions) {
          this.committed.set(nameOf(position), position.offset);
          this.commits.push(`${nameOf(position)}@${String(position.offset)}`);
        }
      },
      putBack: () => Promise.resolve([]),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
}

class FakeWriter implements RecordWriter {
  readonly #kafka: FakeKafka;
  readonly #options: RecordWriterOptions;
  readonly #epoch: number;
  readonly #failure: Latch<never> = createLatch<never>();
  #pending: { readonly records: readonly OutgoingRecord[]; readonly positions: readonly SourcePosition[] }[] = [];
  #released: Latch<undefined> = createLatch<undefined>();
  #broken: Error | undefined;

  constructor(kafka: FakeKafka, options: RecordWriterOptions, epoch: number) {
    this.#kafka = kafka;
    this.#options = options;
    this.#epoch = epoch;
    this.failure.catch(() => undefined);
  }

  get failure(): Promise<never> {
    return this.#failure.promise;
  }

  async append(records: readonly OutgoingRecord[], positions: readonly SourcePosition[]): Promise<void> {
    await Promise.resolve();
    this.#guard(() => {
      this.#kafka.trip('append');
    });
    this.#pending.push({ records, positions });
    if (!this.#kafka.isHeld)
      this.#guard(() => {
        this.release();
      });
  }

  async flush(signal: AbortSignal): Promise<void> {
    await Promise.resolve();
    this.#guard(() => {
      this.#kafka.trip('flush');
    });
    while (this.#pending.length > 0 && this.#kafka.isHeld) await abortable(this.#released.promise, signal);
    this.#guard(() => {
      this.release();
    });
  }

  release(): void {
    this.#kafka.requireEpoch(this.#options.transactionalId, this.#epoch);
    const pending = this.#pending;
    this.#pending = [];
    for (const { records, positions } of pending) {
      this.#kafka.log.push(...records);
      for (const { partition, offset } of positions) this.#kafka.positions.set(this.#options.connector + JSON.stringify(partition), offset);
      if (records.length > 0) this.#options.onRecordsDurable?.(records.length, 1);
      this.#options.onDurable(positions);
    }
    this.#released.resolve(undefined);
    this.#released = createLatch<undefined>();
  }

  /** Any failure is final. */
  #guard(run: () => void): void {
    if (this.#broken !== undefined) throw this.#broken;
    try {
      run();
    } catch (error) {
      this.#broken = error as Error;
      this.#failure.reject(this.#broken);
      throw error;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#pending = [];
    this.#broken ??= new Error('closed');
    return Promise.resolve();
  }
}

class FakeReader implements RecordReader {
  readonly #kafka: FakeKafka;
  readonly #next: Map<string, PartitionPosition>;
  readonly #paused = new Set<string>();

  constructor(kafka: FakeKafka, start: readonly PartitionPosition[]) {
    this.#kafka = kafka;
    this.#next = new Map(start.map((position) => [nameOf(position), position]));
  }

  async poll(maxRecords: number, _maxWaitMs: number, signal: AbortSignal): Promise<readonly IncomingRecord[]> {
    // A turn of the event loop, so that an empty topic does not spin on microtasks alone.
    await nextTurn();
    signal.throwIfAborted();
    this.#kafka.trip('poll');
    const taken: IncomingRecord[] = [];
    for (const [name, position] of this.#next) {
      if (this.#paused.has(name)) continue;
      const records = (this.#kafka.topics.get(name) ?? []).slice(Number(position.offset)).slice(0, maxRecords - taken.length);
      taken.push(...records);
      this.#next.set(name, { ...position, offset: position.offset + BigInt(records.length) });
    }
    return taken;
  }

  positions(): readonly PartitionPosition[] {
    return [...this.#next.values()];
  }

  maxLag(): bigint {
    const lags = [...this.#next].map(([name, { offset }]) => BigInt(this.#kafka.topics.get(name)?.length ?? 0) - offset);
    return lags.reduce((max, lag) => (lag > max ? lag : max), 0n);
  }

  seek(position: PartitionPosition): void {
    this.#next.set(nameOf(position), position);
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#paused.add(nameOf(partition));
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#paused.delete(nameOf(partition));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
