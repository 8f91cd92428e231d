import { copyInto, grown } from '../dialect/byte-writing.ts';
import type { DroppedRows } from '../dialect/column-statements.ts';
import { HEADER_BYTES, LENGTH_BYTES, NULL_LENGTH, writeHeader } from './binary-array.ts';

const FIRST_BYTES = 16_384;

/** The elements of a binary array, one behind the other, in a buffer that is used again and again. */
export class CellBuffer {
  readonly #oid: number;
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #at = HEADER_BYTES;
  #count = 0;

  constructor(oid: number) {
    this.#oid = oid;
  }

  clear(): void {
    this.#at = HEADER_BYTES;
    this.#count = 0;
  }

  none(): void {
    this.cell(0);
    this.#view.setInt32(this.#at - LENGTH_BYTES, NULL_LENGTH);
  }

  /** Where the bytes of a new element of `size` bytes are to be written. */
  cell(size: number): number {
    const start = this.#at + LENGTH_BYTES;
    if (start + size > this.#bytes.length) this.#grow(start + size);
    this.#view.setInt32(this.#at, size);
    this.#at = start + size;
    this.#count += 1;
    return start;
  }

  /** An element that is the bytes at [start, end) of `source`. */
  copy(source: Uint8Array, start: number, end: number): void {
    const at = this.cell(end - start);
    copyInto(this.#bytes, at, source, start, end);
  }

  /** Good until the next element. */
  get view(): DataView {
    return this.#view;
  }

  /** The array in PostgreSQL's binary form. */
  parameter(dropped: DroppedRows | undefined): Buffer {
    if (dropped !== undefined) this.#leaveOut(dropped);
    writeHeader(this.#view, this.#oid, this.#count);
    return this.#bytes.subarray(0, this.#at);
  }

  /** Elements that stay move to the front. */
  #leaveOut(dropped: DroppedRows): void {
    const count = this.#count;
    let from = HEADER_BYTES;
    let to = HEADER_BYTES;
    for (let row = 0; row < count; row += 1) {
      const end = from + LENGTH_BYTES + Math.max(0, this.#view.getInt32(from));
      if (dropped[row] === 0) {
        this.#bytes.copyWithin(to, from, end);
        to += end - from;
      } else {
        this.#count -= 1;
      }
      from = end;
    }
    this.#at = to;
  }

  #grow(needed: number): void {
    this.#bytes = grown(this.#bytes, this.#at, needed);
    this.#view = new DataView(this.#bytes.buffer);
  }
}
