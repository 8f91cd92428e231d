import type { EncodedRecord, PartitionPosition, TopicPartition } from '@headrace/connector-api';

export interface IncomingRecord extends EncodedRecord {
  /** Milliseconds. */
  readonly timestamp: number;
  /** A view of its bytes, made for each who asks. */
  readonly key: Buffer | null;
  /** The same. */
  readonly value: Buffer | null;
  readonly headers: readonly IncomingHeader[];
}

/** What makes up a record. */
export type RecordParts = Omit<IncomingRecord, 'bytes' | 'keyStart' | 'keyEnd' | 'valueStart' | 'valueEnd'>;

/** A record from parts of their own. */
export const incomingRecord = (parts: RecordParts): IncomingRecord => {
  const bytes = Buffer.concat([parts.key ?? nothing, parts.value ?? nothing]);
  const keyBytes = parts.key?.length ?? 0;
  return {
    ...parts,
    bytes,
    keyStart: 0,
    keyEnd: parts.key === null ? -1 : keyBytes,
    valueStart: keyBytes,
    valueEnd: parts.value === null ? -1 : bytes.length,
  };
};

const nothing = Buffer.alloc(0);

export interface IncomingHeader {
  readonly key: string;
  readonly value: Buffer | null;
}

export type Isolation = 'read_committed' | 'read_uncommitted';

export interface RecordReaderOptions {
  readonly start: readonly PartitionPosition[];
  readonly isolation: Isolation;
  /** Bytes held for `poll`, at most; fetching stops beyond. Default 4 MiB. */
  readonly bufferBytes?: number;
  /** Kafka consumer settings by their Kafka names. */
  readonly consumerConfig?: Readonly<Record<string, string>>;
}

export interface RecordReaders {
  open(options: RecordReaderOptions, signal: AbortSignal): Promise<RecordReader>;
}

/**
 * Reads assigned partitions without a consumer group. Follows leader moves and broker restarts by itself; a partition's
 * records come in offset order, aborted ones never under read_committed.
 * TaskFailure `kafka.offset_out_of_range` when the position does not exist any more: never a silent jump.
 */
export interface RecordReader extends AsyncDisposable {
  /** What has arrived, at most `maxRecords`; waits up to `maxWaitMs` for the first and resolves with [] then. */
  poll(maxRecords: number, maxWaitMs: number, signal: AbortSignal): Promise<readonly IncomingRecord[]>;
  /**
   * Where reading goes on after what `poll` has given, markers and aborted records skipped: what is to be committed for
   * a partition of which everything given is done.
   */
  positions(): readonly PartitionPosition[];
  /** How far the partition that is most behind is behind its end, as of the last answers; undefined before any. */
  maxLag(): bigint | undefined;
  seek(position: PartitionPosition): void;
  pause(partitions: readonly TopicPartition[]): void;
  resume(partitions: readonly TopicPartition[]): void;
}
