import { TaskFailure } from '@headrace/foundation';
import type { IncomingRecord, Isolation } from '@headrace/ports';
import { errors } from '../errors.ts';
import { isIntact, readBatches, RecordCursor, type BatchHeader } from '../wire/batch-reader.ts';
import type { FetchedPartition } from '../wire/fetch-codec.ts';
import { AbortedTransactions } from './aborted-transactions.ts';

interface Chunk {
  readonly batch: BatchHeader;
  readonly bytes: number;
  /** Records before it were given already, or were not asked for. */
  readonly fromOffset: bigint;
  /** Where reading goes on after this batch and what was skipped behind it. */
  nextOffset: bigint;
  cursor: RecordCursor | undefined;
}

/** One assigned partition: what was fetched and not given yet, as undecoded batches, and where both sides are. */
export class PartitionFeed {
  readonly topic: string;
  readonly partition: number;
  readonly #aborted = new AbortedTransactions();
  readonly #isolation: Isolation;
  #chunks: Chunk[] = [];
  #fetchOffset: bigint;
  #position: bigint;
  #bytes = 0;
  #endOffset: bigint | undefined;
  /** Raised when reading goes on elsewhere: answers to older requests are dropped. */
  #generation = 0;
  isPaused = false;
  isFetching = false;
  attempts = 0;
  /** No request before this monotonic time. */
  retryAtMs = 0;

  constructor(topic: string, partition: number, offset: bigint, isolation: Isolation) {
    this.topic = topic;
    this.partition = partition;
    this.#fetchOffset = offset;
    this.#position = offset;
    this.#isolation = isolation;
  }

  /** The next offset to ask the broker for. */
  get fetchOffset(): bigint {
    return this.#fetchOffset;
  }

  /** Where reading goes on after everything given. */
  get position(): bigint {
    return this.#position;
  }

  /** Offsets between the position and the partition's end, markers included; undefined before the first answer. */
  get lag(): bigint | undefined {
    if (this.#endOffset === undefined) return undefined;
    return this.#endOffset > this.#position ? this.#endOffset - this.#position : 0n;
  }

  get generation(): number {
    return this.#generation;
  }

  /** Bytes fetched and not given. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Goes on elsewhere, or from the same place with everything buffered dropped. */
  seek(offset: bigint): void {
    this.#generation += 1;
    this.#chunks = [];
    this.#bytes = 0;
    this.#fetchOffset = offset;
    this.#position = offset;
    this.#aborted.reset();
  }

  /** Takes an answer's batches in. TaskFailure `kafka.corrupt_batch`. */
  accept(fetched: FetchedPartition): void {
    this.#endOffset = fetched.highWatermark;
    this.#aborted.begin(fetched.aborted);
    try {
      for (const batch of readBatches(fetched.bytes)) this.#acceptBatch(batch);
    } catch (cause) {
      throw this.#corrupt(this.#fetchOffset, cause);
    }
  }

  /** Gives records until `records` has `maxRecords` of them. */
  take(records: IncomingRecord[], maxRecords: number): void {
    for (let chunk = this.#chunks[0]; chunk !== undefined && records.length < maxRecords; chunk = this.#chunks[0]) {
      try {
        this.#takeFrom(chunk, records, maxRecords);
      } catch (cause) {
        throw this.#corrupt(chunk.batch.baseOffset, cause);
      }
    }
  }

  #takeFrom(chunk: Chunk, records: IncomingRecord[], maxRecords: number): void {
    chunk.cursor ??= new RecordCursor(this.topic, this.partition, chunk.batch);
    const { cursor, fromOffset } = chunk;
    const isWanted = chunk.batch.baseOffset >= fromOffset;
    const before = records.length;
    try {
      for (let record = cursor.next(); record !== undefined; record = cursor.next()) {
        if (isWanted || record.offset >= fromOffset) records.push(record);
        if (records.length === maxRecords) break;
      }
    } finally {
      const last = records.length > before ? records.at(-1) : undefined;
      if (last !== undefined) this.#position = last.offset + 1n;
    }
    if (!cursor.isAtEnd) return;
    this.#chunks.shift();
    this.#bytes -= chunk.bytes;
    this.#position = chunk.nextOffset;
  }

  #acceptBatch(batch: BatchHeader): void {
    if (batch.lastOffset < this.#fetchOffset) return;
    if (!isIntact(batch)) throw new RangeError('The checksum of a record batch does not match its bytes.');
    const fromOffset = this.#fetchOffset;
    this.#fetchOffset = batch.lastOffset + 1n;
    const isVisible = this.#isolation === 'read_committed' ? this.#aborted.isVisible(batch) : !batch.isControl;
    if (isVisible) {
      const bytes = batch.end - batch.start;
      this.#chunks.push({ batch, bytes, fromOffset, nextOffset: this.#fetchOffset, cursor: undefined });
      this.#bytes += bytes;
      return;
    }
    const last = this.#chunks.at(-1);
    if (last === undefined) this.#position = this.#fetchOffset;
    else last.nextOffset = this.#fetchOffset;
  }

  #corrupt(offset: bigint, cause: unknown): TaskFailure {
    const message = `A record batch of topic "${this.topic}" partition ${String(this.partition)} at offset ${String(offset)} cannot be read. ${errors.corrupt_batch.hint}`;
    return new TaskFailure(errors.corrupt_batch.code, message, { cause, fields: { topic: this.topic, partition: this.partition } });
  }
}
