import type { Buffer as NodeBuffer } from 'node:buffer';

import { EncodedRecords, RecordPlaces, type Header, type RecordOutput } from '@headrace/connector-api';
import { AvroOutput } from './avro-output.ts';

const BUFFER_BYTES = 1024 * 1024;
/** Buffers kept for reuse: one is filled, one or two are being written to Kafka. */
const KEPT_BUFFERS = 3;
const LARGEST_KEPT_BYTES = 4 * BUFFER_BYTES;

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
    const next = this.#free.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
    const isAll = count === this.count;
    const cut = isAll ? this.#start : this.#places.startOf(count);
    const bytes = this.values.detach(next);
    const topics = this.#topics;
    const places = this.#places.take(count);
    if (isAll) this.#topics = [];
    else this.values.raw(bytes.subarray(cut, this.#start));
    this.#topic = 0;
    this.#start = this.values.length;
    const onRelease = (): void => {
      if (this.#free.length < KEPT_BUFFERS && bytes.length <= LARGEST_KEPT_BYTES) this.#free.push(bytes);
    };
    return new EncodedRecords({ topics, headers, bytes, places, count, onRelease });
  }

  #indexOf(topic: string): number {
    const known = this.#topics.indexOf(topic);
    return known >= 0 ? known : this.#topics.push(topic) - 1;
  }
}
