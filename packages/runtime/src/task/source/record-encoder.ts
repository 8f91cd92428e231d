import {
  EncodedRecords,
  recordsIn,
  type ConnectRecord,
  type Encode,
  type Header,
  type Schema,
  type SourceRecord,
} from '@headrace/connector-api';
import { InvariantError } from '@headrace/foundation';
import type { Outgoing, OutgoingEncoded, OutgoingHeader, OutgoingRecord } from '@headrace/ports';
import { taskErrors } from '../errors.ts';
import type { ErrorPolicy } from '../record/error-policy.ts';
import { StageError, type Stage } from '../record/stage-error.ts';
import type { NamedConverter, TaskConverters } from '../record/task-converters.ts';
import type { TransformChain } from '../record/transform-chain.ts';
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
/** Schema objects remembered per topic: more means that somebody makes one per record. */
const SCHEMAS_PER_TOPIC = 64;

const NO_HEADERS: readonly OutgoingHeader[] = [];

/**
 * Source records to Kafka records: transforms, then converters. A record of a schema seen before is encoded without any
 * promise; only a new topic or schema object waits for its encoder (and so for the schema registry).
 */
export class RecordEncoder {
  readonly #options: RecordEncoderOptions;
  readonly #keys: EncoderCache;
  readonly #values: EncoderCache;
  readonly #headers: EncoderCache;
  readonly #lastHeaders = new Map<string, { readonly from: readonly Header[]; readonly to: readonly OutgoingHeader[] }>();
  #sinceTurn = 0;

  constructor(options: RecordEncoderOptions) {
    this.#options = options;
    this.#keys = new EncoderCache(options.converters.key, 'KEY_CONVERTER', options.errors);
    this.#values = new EncoderCache(options.converters.value, 'VALUE_CONVERTER', options.errors);
    this.#headers = new EncoderCache(options.converters.header, 'HEADER_CONVERTER', options.errors);
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
        encoded.push(await this.#withHeaders(record, signal));
        continue;
      }
      try {
        const transformed = chain.isEmpty ? record : chain.apply(record);
        if (transformed === null) continue;
        encoded.push(this.#tryEncode(transformed) ?? (await this.#encodeSlowly(transformed, signal)));
      } catch (error) {
        if (!(error instanceof StageError)) throw error;
        await errors.skip(error, { topic: record.topic }, async (failure) => {
          const letter = this.#options.deadLetters?.letterOf(record, failure);
          if (letter === undefined) return;
          if (errors.isTolerant) encoded.push(letter);
          else await writeAlone(letter);
        });
      }
    }
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

  /** undefined when an encoder is still missing. */
  #tryEncode(record: ConnectRecord): OutgoingRecord | undefined {
    const encodeKey = this.#keys.known(record.topic, record.keySchema);
    const encodeValue = this.#values.known(record.topic, record.valueSchema);
    if (encodeKey === undefined || encodeValue === undefined) return undefined;
    const headers = record.headers.length === 0 ? NO_HEADERS : this.#tryHeaders(record.topic, record.headers);
    if (headers === undefined) return undefined;
    return {
      topic: record.topic,
      partition: record.partition,
      key: this.#keys.run(encodeKey, record.key),
      value: this.#values.run(encodeValue, record.value),
      headers,
      timestamp: record.timestamp,
    };
  }

  /** Sources give all records of a table the same array of headers: encoded once. */
  #tryHeaders(topic: string, headers: readonly Header[]): readonly OutgoingHeader[] | undefined {
    const last = this.#lastHeaders.get(topic);
    if (last?.from === headers) return last.to;
    const encoded: OutgoingHeader[] = [];
    for (const { key, schema, value } of headers) {
      const encode = this.#headers.known(topic, schema);
      if (encode === undefined) return undefined;
      encoded.push({ key, value: this.#headers.run(encode, value) });
    }
    this.#lastHeaders.set(topic, { from: headers, to: encoded });
    return encoded;
  }

  async #encodeSlowly(record: ConnectRecord, signal: AbortSignal): Promise<OutgoingRecord> {
    await this.#keys.load(record.topic, record.keySchema, signal);
    await this.#values.load(record.topic, record.valueSchema, signal);
    for (const header of record.headers) await this.#headers.load(record.topic, header.schema, signal);
    const encoded = this.#tryEncode(record);
    if (encoded === undefined) throw new InvariantError(taskErrors.encoder_lost.code, taskErrors.encoder_lost.meaning);
    return encoded;
  }
}

/** The encoders of one side, by topic and schema identity. */
class EncoderCache {
  readonly #side: NamedConverter;
  readonly #stage: Stage;
  readonly #errors: ErrorPolicy;
  readonly #topics = new Map<string, Map<Schema | null, Encode>>();

  constructor(side: NamedConverter, stage: Stage, errors: ErrorPolicy) {
    this.#side = side;
    this.#stage = stage;
    this.#errors = errors;
  }

  known(topic: string, schema: Schema | null): Encode | undefined {
    return this.#topics.get(topic)?.get(schema);
  }

  async load(topic: string, schema: Schema | null, signal: AbortSignal): Promise<void> {
    if (this.known(topic, schema) !== undefined) return;
    try {
      const encode = await this.#errors.retrying(() => this.#side.converter.encoderFor(topic, schema, signal), signal);
      const encoders = this.#topics.get(topic) ?? new Map<Schema | null, Encode>();
      if (encoders.size >= SCHEMAS_PER_TOPIC) encoders.clear();
      this.#topics.set(topic, encoders.set(schema, encode));
    } catch (error) {
      throw new StageError(this.#stage, this.#side.className, error);
    }
  }

  run(encode: Encode, value: unknown): Uint8Array | null {
    try {
      return encode(value);
    } catch (error) {
      throw new StageError(this.#stage, this.#side.className, error);
    }
  }
}
