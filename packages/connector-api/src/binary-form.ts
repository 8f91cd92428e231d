import type { Header, SourceRecord } from './record.ts';
import type { Schema } from './schema.ts';

/**
 * Where values are written in a binary form without becoming objects first. The form is positional: a struct is its fields
 * one after the other, an optional value is the tag of its schema and then the value. Whoever writes knows the schema.
 */
export interface ValueOutput {
  /** The tag of an optional value, or a boolean as 0 or 1. */
  byte(value: number): void;
  /** An int8, int16 or int32. */
  int(value: number): void;
  /** An int64 that is a safe integer. */
  long(value: number): void;
  /** Any int64. */
  bigLong(value: bigint): void;
  float(value: number): void;
  double(value: number): void;
  string(value: string): void;
  /** The string whose UTF-8 bytes stand at [start, end) of `source`. */
  text(source: Uint8Array, start: number, end: number): void;
  bytes(value: Uint8Array): void;
  /** Bytes that are in the binary form already. */
  raw(value: Uint8Array): void;
}

/** Writes one value of the schema it was made for. Throws RecordError when the value does not fit. */
export type WriteValue = (output: ValueOutput, value: unknown) => void;

/** The tags that stand before an optional value. */
export interface OptionalTags {
  readonly absent: number;
  readonly present: number;
}

/** A form that values can be written in positionally (Avro's binary form is one). */
export interface BinaryForm {
  /** Converters with forms of one name can share an output. */
  readonly name: string;
  createOutput(): RecordOutput;
  /** Compiled once per schema; writes the tag of an optional schema as well. */
  writerOf(schema: Schema): WriteValue;
  /** One value by itself, for what is written again and again. RecordError when it does not fit. */
  bytesOf(schema: Schema, value: unknown): Uint8Array;
  tagsOf(schema: Schema): OptionalTags;
}

/** Writes one value with what stands before it; false, and nothing written, for one that is no bytes at all (a tombstone). */
export type AppendValue = (output: ValueOutput, value: unknown) => boolean;

/** What a converter offers whose bytes can be written without objects. */
export interface BinaryConverter {
  readonly form: BinaryForm;
  /** As `encoderFor`, for values that are written behind others: the same bytes, the same errors. */
  appenderFor(topic: string, schema: Schema | null, signal: AbortSignal): Promise<AppendValue>;
  /** What stands before each value of `schema` in `topic`; registers the schema as `encoderFor` does, with the same errors. */
  headerOf(topic: string, schema: Schema, signal: AbortSignal): Promise<Uint8Array>;
}

/**
 * Takes records one after the other: `begin`, the key into `values`, `endKey`, the value, `endValue`. A record that is begun
 * anew before its `endValue` was never there, so that a writer may give up half-way.
 */
export interface RecordOutput {
  readonly values: ValueOutput;
  /** Records that are complete and not taken yet. */
  readonly count: number;
  /** Their bytes. */
  readonly length: number;
  begin(topic: string): void;
  /** What was written since `begin` is the key. */
  endKey(): void;
  /** What was written since `endKey` is the value, and the record is complete. */
  endValue(): void;
  /** In the place of key or value: null. */
  nullKey(): void;
  nullValue(): void;
  /** The first `count` complete records, all with these headers; the others stay. */
  take(headers: readonly Header[], count: number): EncodedRecords;
}

/** Numbers per record in `places`. */
const STRIDE = 4;
const NULL = -1;

/**
 * Records in the bytes their converters give them, one behind the other in one buffer: no object per record. Belongs to
 * whoever was handed it, until `release` gives the buffer back to where it came from.
 */
export class EncodedRecords {
  readonly topics: readonly string[];
  readonly headers: readonly Header[];
  readonly bytes: Uint8Array;
  readonly count: number;
  /** Per record: topic, start of the key, its end (the start of the value), end of the value; null is -1 at the end. */
  readonly #places: Int32Array;
  readonly #onRelease: () => void;

  constructor(parts: {
    readonly topics: readonly string[];
    readonly headers: readonly Header[];
    readonly bytes: Uint8Array;
    readonly places: Int32Array;
    readonly count: number;
    readonly onRelease: () => void;
  }) {
    this.topics = parts.topics;
    this.headers = parts.headers;
    this.bytes = parts.bytes;
    this.count = parts.count;
    this.#places = parts.places;
    this.#onRelease = parts.onRelease;
  }

  /** Bytes of all keys and values. */
  get length(): number {
    const last = this.count - 1;
    return this.count === 0 ? 0 : Math.max(this.valueStart(last), this.valueEnd(last)) - this.keyStart(0);
  }

  /** Index into `topics`. */
  topicOf(record: number): number {
    return this.#places[record * STRIDE] ?? 0;
  }

  keyStart(record: number): number {
    return this.#places[record * STRIDE + 1] ?? 0;
  }

  /** -1: the key is null. */
  keyEnd(record: number): number {
    return this.#places[record * STRIDE + 2] ?? NULL;
  }

  valueStart(record: number): number {
    const keyEnd = this.keyEnd(record);
    return keyEnd < 0 ? this.keyStart(record) : keyEnd;
  }

  /** -1: the value is null. */
  valueEnd(record: number): number {
    return this.#places[record * STRIDE + 3] ?? NULL;
  }

  /** A copy of the key's bytes. */
  key(record: number): Uint8Array | null {
    const end = this.keyEnd(record);
    return end < 0 ? null : new Uint8Array(this.bytes.subarray(this.keyStart(record), end));
  }

  /** A copy of the value's bytes. */
  value(record: number): Uint8Array | null {
    const end = this.valueEnd(record);
    return end < 0 ? null : new Uint8Array(this.bytes.subarray(this.valueStart(record), end));
  }

  /** The bytes are read and may be written over. */
  release(): void {
    this.#onRelease();
  }
}

/** How many records an item of a batch stands for. */
export const recordsIn = (item: SourceRecord | EncodedRecords): number => (item instanceof EncodedRecords ? item.count : 1);

/** Where the next record's places are written: `RecordOutput`s fill what `EncodedRecords` reads. */
export class RecordPlaces {
  #places = new Int32Array(STRIDE * 1_024);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** `keyEnd` and `valueEnd` are -1 for null. */
  add(topic: number, keyStart: number, keyEnd: number, valueEnd: number): void {
    const at = this.#count * STRIDE;
    if (at === this.#places.length) this.#grow();
    const places = this.#places;
    places[at] = topic;
    places[at + 1] = keyStart;
    places[at + 2] = keyEnd;
    places[at + 3] = valueEnd;
    this.#count += 1;
  }

  /** Where the bytes of a record begin. */
  startOf(record: number): number {
    return this.#places[record * STRIDE + 1] ?? 0;
  }

  /** Hands out those of the first `count` records; the places of the others move with their bytes, to begin at 0. */
  take(count: number): Int32Array {
    const places = this.#places;
    const taken = places.slice(0, count * STRIDE);
    const shift = this.startOf(count);
    const end = this.#count;
    this.#count = 0;
    const moved = (place: number): number => (place < 0 ? NULL : place - shift);
    for (let record = count; record < end; record += 1) {
      const at = record * STRIDE;
      this.add(places[at] ?? 0, moved(places[at + 1] ?? 0), moved(places[at + 2] ?? NULL), moved(places[at + 3] ?? NULL));
    }
    return taken;
  }

  #grow(): void {
    const larger = new Int32Array(this.#places.length * 2);
    larger.set(this.#places);
    this.#places = larger;
  }
}
