import type { EncodedRecords, SourcePosition } from '@headrace/connector-api';

export interface OutgoingRecord {
  readonly topic: string;
  /** undefined: by murmur2 of the key as Java's default partitioner does, round robin by batch without a key. */
  readonly partition: number | undefined;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly OutgoingHeader[];
  /** Milliseconds; undefined: now. */
  readonly timestamp: number | undefined;
}

export interface OutgoingHeader {
  readonly key: string;
  readonly value: Uint8Array | null;
}

/** Records that are bytes already. The writer reads them while `append` runs and releases them then. */
export interface OutgoingEncoded {
  readonly encoded: EncodedRecords;
  /** Of every one of them. */
  readonly headers: readonly OutgoingHeader[];
}

export type Outgoing = OutgoingRecord | OutgoingEncoded;

export const isEncoded = (outgoing: Outgoing): outgoing is OutgoingEncoded => 'encoded' in outgoing;

/** How many records these are. */
export const countRecords = (outgoing: readonly Outgoing[]): number =>
  outgoing.reduce((sum, records) => sum + (isEncoded(records) ? records.encoded.count : 1), 0);

/** Bytes of their keys and values. */
export const bytesIn = (outgoing: readonly Outgoing[]): number =>
  outgoing.reduce(
    (sum, records) => sum + (isEncoded(records) ? records.encoded.length : (records.key?.length ?? 0) + (records.value?.length ?? 0)),
    0,
  );

/** Encoded records as objects, their bytes copied: for whoever is not in a hurry. */
export const toRecords = ({ encoded, headers }: OutgoingEncoded): readonly OutgoingRecord[] =>
  Array.from({ length: encoded.count }, (_, record) => ({
    topic: encoded.topics[encoded.topicOf(record)] ?? '',
    partition: undefined,
    key: encoded.key(record),
    value: encoded.value(record),
    headers,
    timestamp: undefined,
  }));

export type Guarantee = 'at-least-once' | 'exactly-once';

export interface RecordWriterOptions {
  /** One per task: `<cluster>-<connector>-<task>`. */
  readonly transactionalId: string;
  readonly guarantee: Guarantee;
  /** Whose offsets are written (first part of the offset key). */
  readonly connector: string;
  /** Topics that a former owner may still be writing to; their partitions get a marker that refuses its epoch. */
  readonly fencedTopics: readonly string[];
  /** A transaction is closed after this time. Default 1,000 ms. */
  readonly transactionMaxMs?: number;
  /** Transactions end this far apart: what is appended meanwhile waits, up to the size of a transaction. Default 0. */
  readonly transactionEveryMs?: number;
  /** ... or this size. Default 16 MiB. */
  readonly transactionMaxBytes?: number;
  /** Bytes appended but not durable, at most; `append` waits beyond. Default 16 MiB. */
  readonly bufferBytes?: number;
  /** Kafka producer settings by their Kafka names (`compression.type`, `max.request.size`, `sasl.jaas.config`). */
  readonly producerConfig?: Readonly<Record<string, string>>;
  /** How to connect for creating topics, by Kafka's names. */
  readonly adminConfig?: Readonly<Record<string, string>>;
  /** Settings for topics that have to be created; none given: the broker's defaults. */
  topicSettings?(topic: string): TopicSettings;
  /** Linearizable: still the owner? Asked before the producer id is taken anew after a fencing error. */
  confirmOwnership(signal: AbortSignal): Promise<boolean>;
  /** Positions that have become durable, records before them included. In order. */
  onDurable(positions: readonly SourcePosition[]): void;
  /**
   * So many records have become durable together, under exactly-once in one transaction, and `ms` milliseconds after the first
   * of them was sent. Told before their positions.
   */
  onRecordsDurable?(records: number, ms: number): void;
}

export interface TopicSettings {
  /** -1: the broker's default. */
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly configs: Readonly<Record<string, string>>;
}

/** Opens writers: fences the transactional id's former owner and resolves only when that one cannot write any more. */
export interface RecordWriters {
  open(options: RecordWriterOptions, signal: AbortSignal): Promise<RecordWriter>;
}

/**
 * Records and positions of one task, in order. Under exactly-once both are in one transaction; under at-least-once a
 * position is written when the records before it are acknowledged. Any failure is final for the writer: every later call
 * rejects with it. RetriableError (broker away longer than the delivery time-out), FencedError (another owner),
 * RecordError `kafka.record_too_large` (fields topic, index), TaskFailure (not authorized).
 */
export interface RecordWriter extends AsyncDisposable {
  /** Takes the batch; resolves when there is room for more. Order of calls is order in Kafka. */
  append(records: readonly Outgoing[], positions: readonly SourcePosition[], signal: AbortSignal): Promise<void>;
  /** Sends what is buffered, ends the open transaction; resolves when all of it is durable. */
  flush(signal: AbortSignal): Promise<void>;
  /** Rejects at the failure of the writer, never resolves: lets a waiting poll be ended. */
  readonly failure: Promise<never>;
}
