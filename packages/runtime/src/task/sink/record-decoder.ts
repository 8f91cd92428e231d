import type { Header, SchemaAndValue, SinkRecord } from '@headrace/connector-api';
import type { IncomingHeader, IncomingRecord } from '@headrace/ports';
import { types } from 'node:util';
import type { ErrorPolicy } from '../record/error-policy.ts';
import { StageError, type Stage } from '../record/stage-error.ts';
import type { NamedConverter, TaskConverters } from '../record/task-converters.ts';
import type { TransformChain } from '../record/transform-chain.ts';

export interface RecordDecoderOptions {
  readonly chain: TransformChain;
  readonly converters: TaskConverters;
  readonly errors: ErrorPolicy;
  yieldNow(): Promise<void>;
}

const RECORDS_PER_TURN = 1_000;
const NO_HEADERS: readonly Header[] = [];

/** Who is told about records one by one. */
export interface DecodedRecords {
  /** A record that is to be skipped, before the error policy decides. */
  readonly divert: (record: IncomingRecord, failure: StageError) => Promise<void>;
  /** A record that goes on, and what it was made of. */
  readonly keep: (decoded: SinkRecord, record: IncomingRecord) => void;
}

/** Kafka records to what a sink takes: converters, then transforms. A promise only where a schema has to be fetched. */
export class RecordDecoder {
  readonly #options: RecordDecoderOptions;
  readonly #lastHeaders = new Map<string, { readonly bytes: Buffer; readonly header: Header }>();
  #headersRead: readonly IncomingHeader[] = [];
  #headersMade: readonly Header[] = NO_HEADERS;
  #sinceTurn = 0;

  constructor(options: RecordDecoderOptions) {
    this.#options = options;
  }

  /**
   * In the order of `records`; those that a transform drops or the error policy skips are left out, and `keep` sees each of
   * the others with the record it came from.
   */
  async decode(records: readonly IncomingRecord[], signal: AbortSignal, { divert, keep }: DecodedRecords): Promise<readonly SinkRecord[]> {
    const decoded: SinkRecord[] = [];
    for (const record of records) {
      this.#sinceTurn += 1;
      if (this.#sinceTurn >= RECORDS_PER_TURN) {
        this.#sinceTurn = 0;
        await this.#options.yieldNow();
      }
      try {
        const result = this.#decode(record, signal);
        const sinkRecord = types.isPromise(result) ? await result : result;
        const transformed = this.#options.chain.isEmpty ? sinkRecord : this.#options.chain.apply(sinkRecord);
        if (transformed === null) continue;
        keep(transformed, record);
        decoded.push(transformed);
      } catch (error) {
        if (!(error instanceof StageError)) throw error;
        const place = { topic: record.topic, partition: record.partition, offset: String(record.offset) };
        await this.#options.errors.skip(error, place, (failure) => divert(record, failure));
      }
    }
    return decoded;
  }

  #decode(record: IncomingRecord, signal: AbortSignal): SinkRecord | Promise<SinkRecord> {
    const { key, value } = this.#options.converters;
    const decodedKey = decodeSide(key, 'KEY_CONVERTER', record.topic, record.key);
    const decodedValue = decodeSide(value, 'VALUE_CONVERTER', record.topic, record.value);
    const headers = record.headers.length === 0 ? NO_HEADERS : this.#tryHeaders(record);
    if (types.isPromise(decodedKey) || types.isPromise(decodedValue) || headers === undefined) {
      return this.#settle(record, decodedKey, decodedValue, signal);
    }
    return sinkRecord(record, decodedKey, decodedValue, headers);
  }

  /** undefined where a header's schema has to be fetched. Most headers say the same in every record: each is decoded once. */
  #tryHeaders(record: IncomingRecord): readonly Header[] | undefined {
    if (record.headers === this.#headersRead) return this.#headersMade;
    const { header } = this.#options.converters;
    const decoded: Header[] = [];
    for (const { key, value } of record.headers) {
      const last = this.#lastHeaders.get(key);
      if (last !== undefined && value !== null && last.bytes.equals(value)) {
        decoded.push(last.header);
        continue;
      }
      const result = decodeSide(header, 'HEADER_CONVERTER', record.topic, value);
      if (types.isPromise(result)) {
        result.catch(() => undefined);
        return undefined;
      }
      const fresh = { key, ...result };
      decoded.push(fresh);
      // A copy: a view would keep the whole fetched batch alive.
      if (value !== null) this.#lastHeaders.set(key, { bytes: Buffer.from(value), header: fresh });
    }
    this.#headersRead = record.headers;
    this.#headersMade = decoded;
    return decoded;
  }

  async #settle(record: IncomingRecord, firstKey: MaybeDecoded, firstValue: MaybeDecoded, signal: AbortSignal): Promise<SinkRecord> {
    // Both are under way: when the key fails, nobody listens to the value any more.
    if (types.isPromise(firstValue)) firstValue.catch(() => undefined);
    const { key, value, header } = this.#options.converters;
    const { topic } = record;
    const keyOf = firstOf(firstKey, () => key.converter.decode(topic, record.key));
    const valueOf = firstOf(firstValue, () => value.converter.decode(topic, record.value));
    const decodedKey = await this.#await(key, 'KEY_CONVERTER', keyOf, signal);
    const decodedValue = await this.#await(value, 'VALUE_CONVERTER', valueOf, signal);
    const headers: Header[] = [];
    for (const { key: name, value: bytes } of record.headers) {
      const decode = (): MaybeDecoded => header.converter.decode(topic, bytes);
      headers.push({ key: name, ...(await this.#await(header, 'HEADER_CONVERTER', decode, signal)) });
    }
    return sinkRecord(record, decodedKey, decodedValue, headers);
  }

  async #await(side: NamedConverter, stage: Stage, decode: () => MaybeDecoded, signal: AbortSignal): Promise<SchemaAndValue> {
    try {
      return await this.#options.errors.retrying(decode, signal);
    } catch (error) {
      throw new StageError(stage, side.className, error);
    }
  }
}

type MaybeDecoded = SchemaAndValue | Promise<SchemaAndValue>;

const decodeSide = (side: NamedConverter, stage: Stage, topic: string, bytes: Buffer | null): MaybeDecoded => {
  try {
    return side.converter.decode(topic, bytes);
  } catch (error) {
    throw new StageError(stage, side.className, error);
  }
};

/** Gives `first` once, then what `again` gives: a retry must not wait for the promise that has failed. */
const firstOf = <T>(first: T, again: () => T): (() => T) => {
  let isFirst = true;
  return () => {
    if (!isFirst) return again();
    isFirst = false;
    return first;
  };
};

const sinkRecord = (record: IncomingRecord, key: SchemaAndValue, value: SchemaAndValue, headers: readonly Header[]): SinkRecord => ({
  topic: record.topic,
  partition: record.partition,
  offset: record.offset,
  keySchema: key.schema,
  key: key.value,
  valueSchema: value.schema,
  value: value.value,
  headers,
  timestamp: record.timestamp,
  original: { topic: record.topic, partition: record.partition, offset: record.offset },
});
