import type { ByteCursor } from '../binlog/byte-cursor.ts';
import { valueEnd, type ValueWidth } from '../columns/value-width.ts';

/** The place of a value that is NULL. */
export const NULL = -1;

/** Where the values of one row lie, in the log's form or a query's: walked once, read in any order. */
export class RowPlaces {
  /** Start of each value, its length included; or NULL. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly #widths: Int16Array;
  readonly #firstBit: number;
  readonly #nullBytes: number;

  /** `firstBit`: place of the first column among the null bits. */
  constructor(widths: readonly ValueWidth[], firstBit: number) {
    this.#widths = Int16Array.from(widths);
    this.#firstBit = firstBit;
    this.#nullBytes = (widths.length + firstBit + 7) >> 3;
    this.starts = new Int32Array(widths.length);
    this.ends = new Int32Array(widths.length);
  }

  /** Walks over the row that the cursor is at. */
  read(cursor: ByteCursor): void {
    const { starts, ends } = this;
    const { bytes, offset: nulls } = cursor;
    const widths = this.#widths;
    let next = nulls + this.#nullBytes;
    let bit = this.#firstBit;
    for (let column = 0; column < widths.length; column += 1) {
      const isNull = ((bytes[nulls + (bit >> 3)] ?? 0) & (1 << (bit & 7))) !== 0;
      bit += 1;
      starts[column] = isNull ? NULL : next;
      if (!isNull) next = valueEnd(bytes, next, widths[column] ?? 0);
      ends[column] = next;
    }
    cursor.offset = next;
  }
}

/** Whether a column has the same bytes in both rows. */
export const isSameValue = (bytes: Buffer, a: RowPlaces, b: RowPlaces, column: number): boolean => {
  const start = a.starts[column] ?? NULL;
  const otherStart = b.starts[column] ?? NULL;
  if (start === NULL || otherStart === NULL) return start === otherStart;
  const length = (a.ends[column] ?? 0) - start;
  if ((b.ends[column] ?? 0) - otherStart !== length) return false;
  for (let index = 0; index < length; index += 1) if (bytes[start + index] !== bytes[otherStart + index]) return false;
  return true;
};
