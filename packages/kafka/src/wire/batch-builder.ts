import type { OutgoingHeader, OutgoingRecord } from '@headrace/ports';
import { crc32c } from '@platformatic/kafka';
import type { BufferPool } from './buffer-pool.ts';
import { compress, compressionTypes, type CompressionType } from './compression.ts';
import { varintSize, varlongSize, writeVarint, writeVarlong } from './varint.ts';

/** Bytes before the first record of a batch of format 2 (KIP-98): offsets, checksum, producer and counts. */
export const batchHeaderBytes = 61;

const transactionalFlag = 0x10;

/** What of a record goes into its bytes, beside the time. */
export type RecordContent = Pick<OutgoingRecord, 'key' | 'value' | 'headers'>;

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

  constructor(pool: BufferPool) {
    this.#pool = pool;
    this.#buffer = pool.take(0);
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
  append(record: RecordContent, timestamp: number, maxBytes: number): boolean {
    const { key, value, headers } = record;
    if (this.#count === 0) {
      this.#baseTimestamp = timestamp;
      this.#maxTimestamp = timestamp;
    }
    const timestampDelta = timestamp - this.#baseTimestamp;
    const bodyBytes =
      1 + varlongSize(timestampDelta) + varintSize(this.#count) + sizeOfBytes(key) + sizeOfBytes(value) + sizeOfHeaders(headers);
    const sizeAfter = this.#size + varintSize(bodyBytes) + bodyBytes;
    if (sizeAfter > maxBytes && this.#count > 0) return false;
    if (sizeAfter > this.#buffer.length) this.#grow(sizeAfter, maxBytes);

    const target = this.#buffer;
    let at = writeVarint(target, this.#size, bodyBytes);
    target[at] = 0;
    at = writeVarlong(target, at + 1, timestampDelta);
    at = writeVarint(target, at, this.#count);
    at = writeBytes(target, at, key);
    at = writeBytes(target, at, value);
    this.#size = writeHeaders(target, at, headers);
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
    target.writeUInt32BE(crc32c(target.subarray(21, this.#size)) >>> 0, 17);
  }

  /** Gives the buffer back; the builder is of no use afterwards. */
  release(): void {
    this.#pool.give(this.#buffer);
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

const sizeOfBytes = (bytes: Uint8Array | null): number => (bytes === null ? 1 : varintSize(bytes.length) + bytes.length);

const writeBytes = (target: Buffer, at: number, bytes: Uint8Array | null): number => {
  if (bytes === null) {
    target[at] = 1; // zigzag of -1
    return at + 1;
  }
  const start = writeVarint(target, at, bytes.length);
  copyInto(target, start, bytes);
  return start + bytes.length;
};

/** Below this a loop beats the call into the engine's copy. */
const smallCopyBytes = 24;

const copyInto = (target: Buffer, at: number, bytes: Uint8Array): void => {
  const length = bytes.length;
  if (length > smallCopyBytes) {
    target.set(bytes, at);
    return;
  }
  for (let index = 0; index < length; index += 1) target[at + index] = bytes[index] ?? 0;
};

const sizeOfHeaders = (headers: readonly OutgoingHeader[]): number => {
  let size = varintSize(headers.length);
  for (const { key, value } of headers) {
    const keyBytes = Buffer.byteLength(key);
    size += varintSize(keyBytes) + keyBytes + sizeOfBytes(value);
  }
  return size;
};

const writeHeaders = (target: Buffer, start: number, headers: readonly OutgoingHeader[]): number => {
  let at = writeVarint(target, start, headers.length);
  for (const { key, value } of headers) {
    at = writeVarint(target, at, Buffer.byteLength(key));
    at += target.write(key, at);
    at = writeBytes(target, at, value);
  }
  return at;
};
