import { valueKinds } from '../log/message-codes.ts';

/** A place that holds no text. */
export const NULL = -1;
export const UNCHANGED = -2;

/** Where the values of one row lie, in pgoutput's form or a query's: walked once, read in any order. */
export class TuplePlaces {
  /** Start of each value's text, NULL or UNCHANGED. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly #width: number;

  constructor(width: number) {
    this.#width = width;
    this.starts = new Int32Array(width);
    this.ends = new Int32Array(width);
  }

  /** Reads the tuple at `position`; where it ends, or -1 when it has another number of columns. */
  read(buffer: Buffer, position: number): number {
    const { starts, ends } = this;
    const width = this.#width;
    if ((((buffer[position] ?? 0) << 8) | (buffer[position + 1] ?? 0)) !== width) return -1;
    let next = position + 2;
    for (let column = 0; column < width; column += 1) {
      const marker = buffer[next];
      next += 1;
      if (marker === valueKinds.text) {
        const start = next + 4;
        next = start + buffer.readInt32BE(next);
        starts[column] = start;
        ends[column] = next;
      } else {
        starts[column] = marker === valueKinds.null ? NULL : UNCHANGED;
      }
    }
    return next;
  }

  /** Reads the body of a DataRow at `position`; false when it has another number of columns. */
  readDataRow(buffer: Buffer, position: number): boolean {
    const { starts, ends } = this;
    const width = this.#width;
    if ((((buffer[position] ?? 0) << 8) | (buffer[position + 1] ?? 0)) !== width) return false;
    let next = position + 2;
    for (let column = 0; column < width; column += 1) {
      const length = buffer.readInt32BE(next);
      const start = next + 4;
      starts[column] = length < 0 ? NULL : start;
      next = length < 0 ? start : start + length;
      ends[column] = next;
    }
    return true;
  }
}

/** Whether a column has the same text in both tuples. */
export const isSameText = (buffer: Buffer, a: TuplePlaces, b: TuplePlaces, column: number): boolean => {
  const start = a.starts[column] ?? NULL;
  const otherStart = b.starts[column] ?? NULL;
  if (start < 0 || otherStart < 0) return start === NULL && otherStart === NULL;
  const length = (a.ends[column] ?? 0) - start;
  if ((b.ends[column] ?? 0) - otherStart !== length) return false;
  for (let index = 0; index < length; index += 1) if (buffer[start + index] !== buffer[otherStart + index]) return false;
  return true;
};
