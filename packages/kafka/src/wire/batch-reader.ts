import type { IncomingHeader } from '@headrace/ports';
import { batchHeaderBytes } from './batch-builder.ts';
import { checksum } from './checksum.ts';
import { decompress } from './compression.ts';
import { FetchedRecord, noHeaders, type RecordOrigin } from './fetched-record.ts';
import { VarintReader } from './varint.ts';

/** What the header of one batch says; the records stay undecoded in `bytes[recordsStart, end)`. */
export interface BatchHeader {
  readonly bytes: Buffer;
  readonly start: number;
  readonly recordsStart: number;
  readonly end: number;
  readonly baseOffset: bigint;
  readonly lastOffset: bigint;
  readonly recordCount: number;
  readonly baseTimestamp: number;
  readonly maxTimestamp: number;
  readonly producerId: bigint;
  readonly compression: number;
  readonly isLogAppendTime: boolean;
  readonly isTransactional: boolean;
  /** Holds a marker (commit, abort), not data. */
  readonly isControl: boolean;
}

/**
 * The batches of a record set in order. A batch cut off by the fetch's size limit ends it. RangeError for a format older
 * than 2: brokers since 4.0 do not store it any more, older ones convert.
 */
export function* readBatches(bytes: Buffer): Generator<BatchHeader> {
  let at = 0;
  while (at + batchHeaderBytes <= bytes.length) {
    const end = at + 12 + bytes.readInt32BE(at + 8);
    if (end > bytes.length) return;
    const magic = bytes[at + 16] ?? 0;
    if (magic !== 2) throw new RangeError(`A record batch has format ${String(magic)}; only format 2 can be read.`);
    yield headerAt(bytes, at, end);
    at = end;
  }
}

const headerAt = (bytes: Buffer, at: number, end: number): BatchHeader => {
  const attributes = bytes.readInt16BE(at + 21);
  const baseOffset = bytes.readBigInt64BE(at);
  return {
    bytes,
    start: at,
    recordsStart: at + batchHeaderBytes,
    end,
    baseOffset,
    lastOffset: baseOffset + BigInt(bytes.readInt32BE(at + 23)),
    recordCount: bytes.readInt32BE(at + 57),
    baseTimestamp: Number(bytes.readBigInt64BE(at + 27)),
    maxTimestamp: Number(bytes.readBigInt64BE(at + 35)),
    producerId: bytes.readBigInt64BE(at + 43),
    compression: attributes & 0x07,
    isLogAppendTime: (attributes & 0x08) !== 0,
    isTransactional: (attributes & 0x10) !== 0,
    isControl: (attributes & 0x20) !== 0,
  };
};

/** Whether the bytes are those the checksum was made of. */
export const isIntact = ({ bytes, start, end }: BatchHeader): boolean =>
  checksum(bytes.subarray(start + 21, end)) === bytes.readUInt32BE(start + 17);

/** Type of a control batch's marker; its key is a version and a type, two bytes each. */
export const markerType = (batch: BatchHeader): 'abort' | 'commit' | 'other' => {
  const reader = new VarintReader(batch.bytes, batch.recordsStart);
  reader.varint();
  reader.byte();
  reader.varlong();
  reader.varint();
  const key = reader.nullableBytes(reader.varint());
  const type = key === null || key.length < 4 ? -1 : key.readInt16BE(2);
  return type === 0 ? 'abort' : type === 1 ? 'commit' : 'other';
};

/** Decodes one batch's records one by one; keys and values stay where they were fetched. */
export class RecordCursor {
  readonly #origin: RecordOrigin;
  readonly #reader: VarintReader;
  #remaining: number;
  /** Where the headers that were read last stand. */
  #headersStart = 0;
  #headersEnd = 0;
  #headers: readonly IncomingHeader[] = noHeaders;

  constructor(topic: string, partition: number, batch: BatchHeader) {
    this.#remaining = batch.recordCount;
    const { bytes, recordsStart, end, compression, baseOffset, baseTimestamp } = batch;
    this.#reader =
      compression === 0
        ? new VarintReader(bytes.subarray(0, end), recordsStart)
        : new VarintReader(decompress(compression, bytes.subarray(recordsStart, end)), 0);
    const appendTime = batch.isLogAppendTime ? batch.maxTimestamp : undefined;
    this.#origin = { topic, partition, bytes: this.#reader.bytes, baseOffset, baseTimestamp, appendTime };
  }

  get isAtEnd(): boolean {
    return this.#remaining === 0;
  }

  /** The next record, undefined after the last. RangeError when the bytes are broken. */
  next(): FetchedRecord | undefined {
    if (this.#remaining === 0) return undefined;
    this.#remaining -= 1;
    const reader = this.#reader;
    const length = reader.varint();
    const end = reader.position + length;
    reader.byte();
    const timestampDelta = reader.varlong();
    const record = new FetchedRecord(this.#origin, reader.varint(), timestampDelta);
    const keyBytes = reader.varint();
    record.keyStart = reader.position;
    record.keyEnd = record.keyStart + keyBytes;
    reader.skip(keyBytes);
    const valueBytes = reader.varint();
    record.valueStart = reader.position;
    record.valueEnd = record.valueStart + valueBytes;
    reader.skip(valueBytes);
    record.headers = this.#headersUntil(end);
    reader.position = end;
    return record;
  }

  /** Most records of a batch have the same headers: those are one array, known by its identity further on. */
  #headersUntil(end: number): readonly IncomingHeader[] {
    const reader = this.#reader;
    const { bytes, position } = reader;
    // A count of none.
    if (end - position === 1 && bytes[position] === 0) return noHeaders;
    const length = this.#headersEnd - this.#headersStart;
    const isSame = end - position === length && bytes.compare(bytes, this.#headersStart, this.#headersEnd, position, end) === 0;
    if (isSame) return this.#headers;
    this.#headersStart = position;
    this.#headersEnd = end;
    this.#headers = readHeaders(reader);
    return this.#headers;
  }
}

const readHeaders = (reader: VarintReader): readonly IncomingHeader[] => {
  const count = reader.varint();
  if (count <= 0) return noHeaders;
  const headers: IncomingHeader[] = [];
  for (let index = 0; index < count; index += 1) {
    const key = reader.nullableBytes(reader.varint())?.toString('utf8') ?? '';
    headers.push({ key, value: reader.nullableBytes(reader.varint()) });
  }
  return headers;
};
