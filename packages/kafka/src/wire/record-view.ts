import type { EncodedRecords } from '@headrace/connector-api';
import type { OutgoingHeader, OutgoingRecord } from '@headrace/ports';
import { varintSize, writeVarint } from './varint.ts';

/** What of a record goes into its bytes, beside the time. */
export type RecordContent = Pick<OutgoingRecord, 'key' | 'value' | 'headers'>;

const nothing = new Uint8Array(0);

/**
 * Where the bytes of one record lie on their way into a batch. One object is used for all records, so that a record that
 * comes as bytes never becomes an object. An end before its start stands for null.
 */
export class RecordView {
  keySource: Uint8Array = nothing;
  keyStart = 0;
  keyEnd = -1;
  valueSource: Uint8Array = nothing;
  valueStart = 0;
  valueEnd = -1;
  /** Count and headers as they stand in a record. */
  headers: Uint8Array = noHeaders;
  #headersFrom: readonly OutgoingHeader[] = [];

  /** Sets it to a record that is an object. */
  ofRecord({ key, value, headers }: RecordContent): this {
    this.keySource = key ?? nothing;
    this.keyStart = 0;
    this.keyEnd = key === null ? -1 : key.length;
    this.valueSource = value ?? nothing;
    this.valueStart = 0;
    this.valueEnd = value === null ? -1 : value.length;
    this.setHeaders(headers);
    return this;
  }

  /** Sets it to one of many records, headers aside: they are the same for all of them. */
  ofEncoded(records: EncodedRecords, record: number): this {
    this.keySource = records.bytes;
    this.keyStart = records.keyStart(record);
    this.keyEnd = records.keyEnd(record);
    this.valueSource = records.bytes;
    this.valueStart = records.valueStart(record);
    this.valueEnd = records.valueEnd(record);
    return this;
  }

  /** Encodes headers unless they are the very array of the record before. */
  setHeaders(headers: readonly OutgoingHeader[]): void {
    if (headers === this.#headersFrom) return;
    this.#headersFrom = headers;
    this.headers = headers.length === 0 ? noHeaders : encodeHeaders(headers);
  }
}

const noHeaders: Uint8Array = Uint8Array.of(0);

const encodeHeaders = (headers: readonly OutgoingHeader[]): Uint8Array => {
  const target = Buffer.allocUnsafe(sizeOfHeaders(headers));
  let at = writeVarint(target, 0, headers.length);
  for (const { key, value } of headers) {
    at = writeVarint(target, at, Buffer.byteLength(key));
    at += target.write(key, at);
    at = writeVarint(target, at, value === null ? -1 : value.length);
    if (value !== null) target.set(value, at);
    at += value?.length ?? 0;
  }
  return target;
};

const sizeOfHeaders = (headers: readonly OutgoingHeader[]): number => {
  let size = varintSize(headers.length);
  for (const { key, value } of headers) {
    const keyBytes = Buffer.byteLength(key);
    size += varintSize(keyBytes) + keyBytes + (value === null ? 1 : varintSize(value.length) + value.length);
  }
  return size;
};
