import type { Buffer as NodeBuffer } from 'node:buffer';

import { EncodedRecords, RecordPlaces, type Header, type RecordOutput } from '@headrace/connector-api';
import { AvroOutput } from './avro-output.ts';

const BUFFER_BYTES = 1024 * 1024;
/** Buffers kept for reuse: one is filled, one or two are being written to Kafka. */
const KEPT_BUFFERS = 3;
const LARGEST_KEPT_BYTES = 4 * BUFFER_BYTES;
/**
 * Up to here records are copied out of the buffer. Where objects stand between them, as the marks of transactions do, a batch is
 * cut into hundreds of parts, and a buffer for each would take gigabytes.
 */
const COPIED_BYTES = 64 * 1024;

/** Many records in one buffer, keys and values in Avro's binary form. Buffers come back with `EncodedRecords.release`. */
export class AvroRecordOutput implements RecordOutput {
  readonly values: AvroOutput = new AvroOutput(BUFFER_BYTES);
  readonly #free: NodeBuffer[] = [];
  readonly #places = new RecordPlaces();
  #topics: string[] = [];
  #topic = 0;
  /** Where the next record begins. */
  #start = 0;
  #keyEnd = -1;

  get count(): number {
    return this.#places.count;
  }

  get length(): number {
    return this.#start;
  }

  begin(topic: string): void {
    this.values.rewind(this.#start);
    if (this.#topics[this.#topic] !== topic) this.#topic = this.#indexOf(topic);
  }

  endKey(): void {
    this.#keyEnd = this.values.length;
  }

  nullKey(): void {
    this.#keyEnd = -1;
  }

  endValue(): void {
    const { length } = this.values;
    this.#places.add(this.#topic, this.#start, this.#keyEnd, length);
    this.#start = length;
  }

  nullValue(): void {
    const { length } = this.values;
    this.#places.add(this.#topic, this.#start, this.#keyEnd, -1);
    this.#start = length;
  }

  take(headers: readonly Header[], count: number): EncodedRecords {
    const isAll = count === this.count;
    const cut = isAll ? this.#start : this.#places.startOf(count);
    const places = this.#places.take(count);
    const topics = this.#topics;
    if (isAll) this.#topics = [];
    this.#topic = 0;
    this.values.rewind(this.#start);
    const { bytes, onRelease } = cut <= COPIED_BYTES ? { bytes: this.values.cut(cut), onRelease: nothing } : this.#detach(cut);
    this.#start = this.values.length;
    return new EncodedRecords({ topics, headers, bytes, places, count, onRelease });
  }

  /** The buffer itself; what is behind the cut goes on in the next. */
  #detach(cut: number): { readonly bytes: NodeBuffer; readonly onRelease: () => void } {
    const written = this.#start;
    const bytes = this.values.detach(this.#free.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES));
    if (cut < written) this.values.raw(bytes.subarray(cut, written));
    const onRelease = (): void => {
      if (this.#free.length < KEPT_BUFFERS && bytes.length <= LARGEST_KEPT_BYTES) this.#free.push(bytes);
    };
    return { bytes, onRelease };
  }

  #indexOf(topic: string): number {
    const known = this.#topics.indexOf(topic);
    return known >= 0 ? known : this.#topics.push(topic) - 1;
  }
}

const nothing = (): void => undefined;
