import { expect } from '@jest/globals';
import type { SourcePosition } from '@headrace/connector-api';
import type { KafkaPorts } from '../../kafka-ports.ts';
import type { IncomingRecord, RecordReader, RecordReaderOptions } from '../../record-reader.ts';
import type { Guarantee, OutgoingRecord, RecordWriter, RecordWriterOptions } from '../../record-writer.ts';
import type { KafkaHarness } from './kafka-harness.ts';

export const guarantees: readonly Guarantee[] = ['at-least-once', 'exactly-once'];

/** Who is refused after its transactional id was taken, by what the coordination store says of its ownership. */
export const refusals = [
  { isOwner: false, refusal: { code: 'kafka.fenced', reaction: 'fenced' } },
  { isOwner: true, refusal: { code: 'kafka.producer_reset', reaction: 'retry' } },
] as const;

export const outgoing = (topic: string, key: string | null, value: string | null, more: Partial<OutgoingRecord> = {}): OutgoingRecord => ({
  topic,
  partition: undefined,
  key: key === null ? null : Buffer.from(key),
  value: value === null ? null : Buffer.from(value),
  headers: [],
  timestamp: undefined,
  ...more,
});

/** The position `at` in the one source partition most tests need. */
export const positionAt = (at: number | bigint): SourcePosition => ({ partition: { p: 1 }, offset: { at } });

export const textOf = (bytes: Buffer | null): string | null => bytes?.toString('utf8') ?? null;

/** Values in order, of one key where given. */
export const valuesOf = (records: readonly IncomingRecord[], key?: string): readonly (string | null)[] =>
  records.filter((record) => key === undefined || textOf(record.key) === key).map(({ value }) => textOf(value));

/** Polls of at most half a second each: more than a busy broker needs. */
const maxPolls = 100;
const pollMs = 500;

/** The cluster under test, with what every part of the contract does on it. */
export class KafkaSession {
  readonly signal: AbortSignal = new AbortController().signal;
  #harness: KafkaHarness | undefined;

  async open(open: () => Promise<KafkaHarness>): Promise<void> {
    this.#harness = await open();
  }

  async close(): Promise<void> {
    await this.#harness?.close();
  }

  get harness(): KafkaHarness {
    if (this.#harness === undefined) throw new TypeError('The cluster under test is opened before the first test only.');
    return this.#harness;
  }

  get ports(): KafkaPorts {
    return this.harness.ports;
  }

  get otherPorts(): KafkaPorts {
    return this.harness.otherPorts;
  }

  async newTopic(partitions = 1): Promise<string> {
    const topic = this.harness.name('topic');
    await this.ports.admin.createTopic(topic, { partitions, replicationFactor: -1, configs: {} }, this.signal);
    return topic;
  }

  /** A writer that owns its task, with a name of its own; what is given wins. */
  openWriter(
    given: Partial<RecordWriterOptions> & Pick<RecordWriterOptions, 'guarantee'>,
    ports: KafkaPorts = this.ports,
  ): Promise<RecordWriter> {
    const transactionalId = given.transactionalId ?? this.harness.name('writer');
    const defaults = {
      connector: transactionalId,
      fencedTopics: [],
      confirmOwnership: () => Promise.resolve(true),
      onDurable: () => undefined,
    };
    return ports.writers.open({ ...defaults, ...given, transactionalId }, this.signal);
  }

  /** Appends and flushes. */
  async write(writer: RecordWriter, records: readonly OutgoingRecord[], positions: readonly SourcePosition[] = []): Promise<void> {
    await writer.append(records, positions, this.signal);
    await writer.flush(this.signal);
  }

  /** Fills a partition by a writer of its own. */
  async fill(topic: string, values: readonly string[], partition = 0): Promise<void> {
    await using writer = await this.openWriter({ guarantee: 'at-least-once' });
    await this.write(
      writer,
      values.map((value) => outgoing(topic, 'k', value, { partition })),
    );
  }

  /** By the independent client. */
  async committedValues(topic: string, key?: string): Promise<readonly (string | null)[]> {
    return valuesOf(await this.harness.read(topic, 'read_committed'), key);
  }

  /** Reads committed records of partition 0 from its start, unless something else is given. */
  openReader(topic: string, given: Partial<RecordReaderOptions> = {}): Promise<RecordReader> {
    return this.ports.readers.open({ start: [{ topic, partition: 0, offset: 0n }], isolation: 'read_committed', ...given }, this.signal);
  }

  /** Polls until `count` records have come. */
  async take(reader: RecordReader, count: number): Promise<readonly IncomingRecord[]> {
    const records: IncomingRecord[] = [];
    for (let polls = 0; polls < maxPolls && records.length < count; polls += 1) {
      records.push(...(await reader.poll(count - records.length, pollMs, this.signal)));
    }
    return records;
  }

  /** Everything up to the end that partition 0 has now, as the reader's positions say. */
  async takeToEnd(reader: RecordReader, topic: string): Promise<readonly IncomingRecord[]> {
    const place = { topic, partition: 0 };
    const end = (await this.ports.admin.offsets([place], 'latest', this.signal)).get(place) ?? 0n;
    const records: IncomingRecord[] = [];
    for (let polls = 0; polls < maxPolls && (reader.positions()[0]?.offset ?? 0n) < end; polls += 1) {
      records.push(...(await reader.poll(1_000, pollMs, this.signal)));
    }
    // More where the marker of a transaction that has just ended arrives only now.
    expect(reader.positions()[0]?.offset).toBeGreaterThanOrEqual(end);
    return records;
  }
}
