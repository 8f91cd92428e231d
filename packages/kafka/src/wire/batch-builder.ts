import { copyBytes } from '@headrace/foundation';
import type { BufferPool } from './buffer-pool.ts';
import { checksum } from './checksum.ts';
import { compress, compressionTypes, type CompressionType } from './compression.ts';
import type { RecordView } from './record-view.ts';
import { varintSize, varlongSize, writeVarint, writeVarlong } from './varint.ts';

/** Bytes before the first record of a batch of format 2 (KIP-98): offsets, checksum, producer and counts. */
export const batchHeaderBytes = 61;

const transactionalFlag = 0x10;

/** What the header of a finished batch says about its producer. */
export interface BatchIdentity {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly isTransactional: boolean;
  readonly compression: CompressionType;
}

/**
 * One record batch of format 2 being written into a standing buffer: records go straight to bytes, no object per record.
 * `append` any number of times, then `finish` once; the bytes are `buffer[0, size)`.
 */
export class BatchBuilder {
  readonly #pool: BufferPool;
  #buffer: Buffer;
  #size = batchHeaderBytes;
  #count = 0;
  #baseTimestamp = 0;
  #maxTimestamp = 0;
  #isRetired = false;

  /** `expectedBytes`: size that it will probably have, so that it need not grow there, which copies it each time. */
  constructor(pool: BufferPool, expectedBytes = 0) {
    this.#pool = pool;
    this.#buffer = pool.take(expectedBytes);
  }

  get buffer(): Buffer {
    return this.#buffer;
  }

  /** Bytes so far, header included. */
  get size(): number {
    return this.#size;
  }

  get count(): number {
    return this.#count;
  }

  /** Adds a record unless that would make a batch of some records larger than `maxBytes`: then false, and nothing is changed. */
  append(record: RecordView, timestamp: number, maxBytes: number): boolean {
    if (this.#count === 0) {
      this.#baseTimestamp = timestamp;
      this.#maxTimestamp = timestamp;
    }
    const timestampDelta = timestamp - this.#baseTimestamp;
    const keyBytes = record.keyEnd - record.keyStart;
    const valueBytes = record.valueEnd - record.valueStart;
    const bodyBytes =
      1 + varlongSize(timestampDelta) + varintSize(this.#count) + sizeOf(keyBytes) + sizeOf(valueBytes) + record.headers.length;
    const sizeAfter = this.#size + varintSize(bodyBytes) + bodyBytes;
    if (sizeAfter > maxBytes && this.#count > 0) return false;
    if (sizeAfter > this.#buffer.length) this.#grow(sizeAfter, maxBytes);

    const target = this.#buffer;
    let at = writeVarint(target, this.#size, bodyBytes);
    target[at] = 0;
    at = writeVarlong(target, at + 1, timestampDelta);
    at = writeVarint(target, at, this.#count);
    at = writeVarint(target, at, keyBytes < 0 ? -1 : keyBytes);
    at = copyInto(target, at, record.keySource, record.keyStart, record.keyEnd);
    at = writeVarint(target, at, valueBytes < 0 ? -1 : valueBytes);
    at = copyInto(target, at, record.valueSource, record.valueStart, record.valueEnd);
    this.#size = copyInto(target, at, record.headers, 0, record.headers.length);
    this.#count += 1;
    if (timestamp > this.#maxTimestamp) this.#maxTimestamp = timestamp;
    return true;
  }

  /** Compresses if told to and writes the header, checksum last. */
  finish(identity: BatchIdentity): void {
    if (identity.compression !== 'none') this.#compress(identity.compression);
    const target = this.#buffer;
    target.writeBigInt64BE(0n, 0);
    target.writeInt32BE(this.#size - 12, 8);
    target.writeInt32BE(-1, 12);
    target[16] = 2;
    target.writeInt16BE(compressionTypes[identity.compression] | (identity.isTransactional ? transactionalFlag : 0), 21);
    target.writeInt32BE(this.#count - 1, 23);
    target.writeBigInt64BE(BigInt(this.#baseTimestamp), 27);
    target.writeBigInt64BE(BigInt(this.#maxTimestamp), 35);
    target.writeBigInt64BE(identity.producerId, 43);
    target.writeInt16BE(identity.producerEpoch, 51);
    target.writeInt32BE(identity.baseSequence, 53);
    target.writeInt32BE(this.#count, 57);
    target.writeUInt32BE(checksum(target.subarray(21, this.#size)), 17);
  }

  /** A request that failed may still be on its way with these bytes, so they must never change: the buffer is not used again. */
  retire(): void {
    this.#isRetired = true;
  }

  /** Gives the buffer back; the builder is of no use afterwards. */
  release(): void {
    if (!this.#isRetired) this.#pool.give(this.#buffer);
    this.#buffer = emptyBuffer;
  }

  #grow(needed: number, maxBytes: number): void {
    const larger = this.#pool.take(Math.max(needed, Math.min(this.#buffer.length * 4, maxBytes)));
    this.#buffer.copy(larger, 0, 0, this.#size);
    this.#pool.give(this.#buffer);
    this.#buffer = larger;
  }

  #compress(type: Exclude<CompressionType, 'none'>): void {
    const records = compress(type, this.#buffer.subarray(batchHeaderBytes, this.#size));
    const size = batchHeaderBytes + records.length;
    if (size > this.#buffer.length) this.#grow(size, size);
    records.copy(this.#buffer, batchHeaderBytes);
    this.#size = size;
  }
}

const emptyBuffer = Buffer.alloc(0);

/** Of a length and the bytes after it; a negative length stands for null. */
const sizeOf = (bytes: number): number => (bytes < 0 ? 1 : varintSize(bytes) + bytes);

/** Below this a loop beats the call into the engine's copy. */
const smallCopyBytes = 24;

/** Copies [start, end), nothing where that is negative, and returns the place after it. */
// eslint-disable-next-line max-params -- called for every part of every record: an object for the range would be garbage
const copyInto = (target: Buffer, at: number, source: Uint8Array, start: number, end: number): number => {
  const length = end - start;
  if (length <= 0) return at;
  if (length > smallCopyBytes) copyBytes(target, at, source, start, end);
  else for (let index = 0; index < length; index += 1) target[at + index] = source[start + index] ?? 0;
  return at + length;
};
