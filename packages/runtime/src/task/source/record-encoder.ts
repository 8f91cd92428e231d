import { EncodedRecords, recordsIn, type ConnectRecord, type Header, type SourceRecord } from '@headrace/connector-api';
import { InvariantError } from '@headrace/foundation';
import type { Outgoing, OutgoingEncoded, OutgoingHeader, OutgoingRecord } from '@headrace/ports';
import { taskErrors } from '../errors.ts';
import type { ErrorPolicy } from '../record/error-policy.ts';
import { StageError } from '../record/stage-error.ts';
import { binaryPairOf, type TaskConverters } from '../record/task-converters.ts';
import type { TransformChain } from '../record/transform-chain.ts';
import { EncoderCache, type SideEncoder } from './encoder-cache.ts';
import { RecordRun } from './record-run.ts';
import type { SourceDeadLetters } from './source-dead-letters.ts';

export interface RecordEncoderOptions {
  readonly chain: TransformChain;
  readonly converters: TaskConverters;
  readonly errors: ErrorPolicy;
  /** Left out: failed records are skipped or fail the task, and are kept nowhere. */
  readonly deadLetters?: SourceDeadLetters;
  /** Lets sockets and timers have their turn. */
  yieldNow(): Promise<void>;
}

/** Writes a dead letter by itself, for the batch around it will not be written. */
export type WriteAlone = (letter: OutgoingRecord) => Promise<void>;

/** Records encoded between two turns of the event loop. */
const RECORDS_PER_TURN = 1_000;

const NO_HEADERS: readonly OutgoingHeader[] = [];

/**
 * Source records to Kafka records: transforms, then converters. A record of a schema seen before is encoded without any
 * promise; only a new topic or schema object waits for its encoder (and so for the schema registry). Where both converters write
 * one binary form, records stand one behind the other in it.
 */
export class RecordEncoder {
  readonly #options: RecordEncoderOptions;
  readonly #keys: EncoderCache;
  readonly #values: EncoderCache;
  readonly #headers: EncoderCache;
  readonly #lastHeaders = new Map<string, { readonly from: readonly Header[]; readonly to: readonly OutgoingHeader[] }>();
  readonly #run: RecordRun | undefined;
  #sinceTurn = 0;

  constructor(options: RecordEncoderOptions) {
    const { converters, errors } = options;
    this.#options = options;
    this.#keys = new EncoderCache(converters.key, 'KEY_CONVERTER', errors);
    this.#values = new EncoderCache(converters.value, 'VALUE_CONVERTER', errors);
    this.#headers = new EncoderCache(converters.header, 'HEADER_CONVERTER', errors);
    const binary = binaryPairOf(converters);
    if (binary !== undefined) this.#run = new RecordRun(binary.value.form, NO_HEADERS);
  }

  /** In the order of `records`; those that a transform drops are left out, in the place of those that are skipped are their dead letters. */
  async encode(
    records: readonly (SourceRecord | EncodedRecords)[],
    signal: AbortSignal,
    writeAlone: WriteAlone,
  ): Promise<readonly Outgoing[]> {
    const { chain, errors } = this.#options;
    const encoded: Outgoing[] = [];
    for (const record of records) {
      this.#sinceTurn += recordsIn(record);
      if (this.#sinceTurn >= RECORDS_PER_TURN) await this.#turn();
      if (record instanceof EncodedRecords) {
        this.#run?.end(encoded);
        encoded.push(await this.#withHeaders(record, signal));
        continue;
      }
      try {
        const transformed = chain.isEmpty ? record : chain.apply(record);
        if (transformed === null) continue;
        if (!this.#tryEncode(transformed, encoded)) await this.#encodeSlowly(transformed, encoded, signal);
      } catch (error) {
        if (!(error instanceof StageError)) throw error;
        await errors.skip(error, { topic: record.topic }, async (failure) => {
          const letter = this.#options.deadLetters?.letterOf(record, failure);
          if (letter === undefined) return;
          this.#run?.end(encoded);
          if (errors.isTolerant) encoded.push(letter);
          else await writeAlone(letter);
        });
      }
    }
    this.#run?.end(encoded);
    return encoded;
  }

  /** Counts a batch without records as well: a source that never sleeps must not starve its own connections. */
  async breathe(): Promise<void> {
    this.#sinceTurn += 1;
    if (this.#sinceTurn >= RECORDS_PER_TURN) await this.#turn();
  }

  async #turn(): Promise<void> {
    this.#sinceTurn = 0;
    await this.#options.yieldNow();
  }

  /** Records of the fused lane need nothing but their common headers. */
  async #withHeaders(records: EncodedRecords, signal: AbortSignal): Promise<OutgoingEncoded> {
    const topic = records.topics[0] ?? '';
    for (const header of records.headers) await this.#headers.load(topic, header.schema, signal);
    return { encoded: records, headers: this.#tryHeaders(topic, records.headers) ?? NO_HEADERS };
  }

  /** False when an encoder is still missing. */
  #tryEncode(record: ConnectRecord, into: Outgoing[]): boolean {
    const key = this.#keys.known(record.topic, record.keySchema);
    const value = this.#values.known(record.topic, record.valueSchema);
    if (key === undefined || value === undefined) return false;
    const headers = record.headers.length === 0 ? NO_HEADERS : this.#tryHeaders(record.topic, record.headers);
    if (headers === undefined) return false;
    if (this.#run?.takes(record, headers) === true) {
      this.#append(record, key, value, this.#run);
      return true;
    }
    const { topic, partition, timestamp } = record;
    const encoded = { key: this.#keys.encode(key, record.key), value: this.#values.encode(value, record.value) };
    this.#run?.end(into, headers);
    into.push({ topic, partition, ...encoded, headers, timestamp });
    return true;
  }

  /** A record whose value fails is not there: the next begins in its place. */
  #append({ topic, key, value }: ConnectRecord, keyEncoder: SideEncoder, valueEncoder: SideEncoder, { output }: RecordRun): void {
    output.begin(topic);
    if (this.#keys.append(keyEncoder, output.values, key)) output.endKey();
    else output.nullKey();
    if (this.#values.append(valueEncoder, output.values, value)) output.endValue();
    else output.nullValue();
  }

  /** Sources give all records of a table the same array of headers: encoded once. */
  #tryHeaders(topic: string, headers: readonly Header[]): readonly OutgoingHeader[] | undefined {
    const last = this.#lastHeaders.get(topic);
    if (last?.from === headers) return last.to;
    const encoded: OutgoingHeader[] = [];
    for (const { key, schema, value } of headers) {
      const encoder = this.#headers.known(topic, schema);
      if (encoder === undefined) return undefined;
      encoded.push({ key, value: this.#headers.encode(encoder, value) });
    }
    this.#lastHeaders.set(topic, { from: headers, to: encoded });
    return encoded;
  }

  async #encodeSlowly(record: ConnectRecord, into: Outgoing[], signal: AbortSignal): Promise<void> {
    await this.#keys.load(record.topic, record.keySchema, signal);
    await this.#values.load(record.topic, record.valueSchema, signal);
    for (const header of record.headers) await this.#headers.load(record.topic, header.schema, signal);
    if (!this.#tryEncode(record, into)) throw new InvariantError(taskErrors.encoder_lost.code, taskErrors.encoder_lost.meaning);
  }
}
