import type { PartitionPosition, SourcePosition } from '@headrace/connector-api';
import type { KafkaPorts } from '../../kafka-ports.ts';
import type { IncomingRecord, Isolation } from '../../record-reader.ts';
import type { Guarantee, OutgoingRecord, RecordWriter, RecordWriterOptions } from '../../record-writer.ts';
import type { KafkaCluster } from './kafka-cluster.ts';

export const guarantees: readonly Guarantee[] = ['at-least-once', 'exactly-once'];

/** A deadline above what a busy broker needs, in milliseconds. */
const readDeadlineMs = 20_000;

export const recordOf = (topic: string, value: string, partition: number | undefined = 0): OutgoingRecord => ({
  topic,
  partition,
  key: Buffer.from(`key of ${value}`),
  value: Buffer.from(value),
  headers: [],
  timestamp: 1_700_000_000_000,
});

export const positionOf = (n: number): SourcePosition => ({ partition: { table: 't' }, offset: { n } });

export const valuesOf = (records: readonly IncomingRecord[]): (string | undefined)[] => records.map(({ value }) => value?.toString());

/** What one test does on the cluster: opens writers, reads topics to their end, and closes what it has opened. */
export class KafkaSession implements AsyncDisposable {
  readonly signal: AbortSignal = new AbortController().signal;
  readonly harness: KafkaCluster;
  readonly #stack = new AsyncDisposableStack();

  constructor(harness: KafkaCluster) {
    this.harness = harness;
  }

  get ports(): KafkaPorts {
    return this.harness.ports;
  }

  async topic(name: string, partitions = 1): Promise<string> {
    const topic = this.harness.unique(name);
    await this.ports.admin.createTopic(topic, { partitions, replicationFactor: -1, configs: {} }, this.signal);
    return topic;
  }

  /** Closed with the session. */
  async writer(options: Partial<RecordWriterOptions> & Pick<RecordWriterOptions, 'transactionalId' | 'guarantee'>): Promise<RecordWriter> {
    const defaults = {
      connector: options.transactionalId,
      fencedTopics: [],
      confirmOwnership: () => Promise.resolve(true),
      onDurable: () => undefined,
    };
    return this.#stack.use(await this.ports.writers.open({ ...defaults, ...options }, this.signal));
  }

  async write(writer: RecordWriter, topic: string, values: readonly string[]): Promise<void> {
    await writer.append(
      values.map((value) => recordOf(topic, value)),
      [],
      this.signal,
    );
    await writer.flush(this.signal);
  }

  /** All partitions of the topic from their start up to the end that they have at the call. */
  async readAll(topic: string, isolation: Isolation = 'read_committed'): Promise<readonly IncomingRecord[]> {
    const { signal } = this;
    const count = (await this.ports.admin.partitionCount(topic, signal)) ?? 0;
    const places = Array.from({ length: count }, (_, partition) => ({ topic, partition }));
    const ends = await this.ports.admin.offsets(places, 'latest', signal);
    const start = places.map((place) => ({ ...place, offset: 0n }));
    await using reader = await this.ports.readers.open({ start, isolation }, signal);
    const isAtEnd = (position: PartitionPosition): boolean =>
      [...ends].some(([{ partition }, end]) => partition === position.partition && position.offset >= end);
    const records: IncomingRecord[] = [];
    await this.until(async () => {
      records.push(...(await reader.poll(1_000, 100, signal)));
      return reader.positions().every(isAtEnd);
    });
    return records;
  }

  async until(condition: () => Promise<boolean>): Promise<void> {
    const { clock } = this.harness;
    const deadline = clock.monotonic() + readDeadlineMs;
    while (!(await condition())) {
      if (clock.monotonic() > deadline) throw new Error(`Nothing happened within ${String(readDeadlineMs)} ms.`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
    await this.harness.close();
  }
}
