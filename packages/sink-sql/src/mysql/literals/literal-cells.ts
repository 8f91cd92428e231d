import { BYTES_PER_CHARACTER, grown, writeText } from '../../dialect/byte-writing.ts';

const FIRST_BYTES = 16_384;
const FIRST_ROWS = 2_048;

/** The literals of one column of many rows, one behind the other, in memory that is used again and again. */
export class LiteralCells {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #ends = new Int32Array(FIRST_ROWS);
  #at = 0;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Good until the next literal. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  start(row: number): number {
    return row === 0 ? 0 : (this.#ends[row - 1] ?? 0);
  }

  end(row: number): number {
    return this.#ends[row] ?? 0;
  }

  clear(): void {
    this.#at = 0;
    this.#count = 0;
  }

  /** Where a literal of at most `size` bytes is to be written into `bytes`; `add` follows. */
  room(size: number): number {
    if (this.#at + size > this.#bytes.length) this.#bytes = grown(this.#bytes, this.#at, this.#at + size);
    return this.#at;
  }

  /** The literal that was written ends before this place. */
  add(end: number): void {
    if (this.#count === this.#ends.length) this.#growRows();
    this.#ends[this.#count] = end;
    this.#count += 1;
    this.#at = end;
  }

  addText(text: string): void {
    const at = this.room(text.length * BYTES_PER_CHARACTER);
    this.add(at + writeText(this.#bytes, at, text));
  }

  #growRows(): void {
    const longer = new Int32Array(this.#ends.length * 2);
    longer.set(this.#ends);
    this.#ends = longer;
  }
}
