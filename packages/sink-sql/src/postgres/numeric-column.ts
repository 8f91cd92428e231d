import { decimalText, smallUnscaled } from '@headrace/connector-api';
import type { DroppedRows } from '../dialect/column-statements.ts';
import { NotColumnar } from '../dialect/not-columnar.ts';
import { CellBuffer } from './cell-buffer.ts';
import type { ColumnWriter } from './column-writer.ts';

const NUMERIC_OID = 1700;
/** Count of digits, weight of the first, sign, digits behind the point that are shown: two bytes each. */
const HEADER_BYTES = 8;
const NEGATIVE = 0x4000;
/** A digit of `numeric` holds four of ours. */
const BASE = 10_000;
const WIDTH = 4;
/** Bytes of an unscaled value that a double holds with room for three digits more. */
const SHORT_BYTES = 5;

/** Decimals of one scale in `numeric`'s binary form. */
export class NumericColumn implements ColumnWriter {
  readonly #scale: number;
  readonly #cells = new CellBuffer(NUMERIC_OID);
  /** What makes the digits behind the point whole groups of four. */
  readonly #padding: number;
  readonly #groups: number[] = [];

  constructor(scale: number) {
    this.#scale = scale;
    this.#padding = (WIDTH - (scale % WIDTH)) % WIDTH;
  }

  none(): void {
    this.#cells.none();
  }

  number(): void {
    throw new NotColumnar('A decimal was given a number.');
  }

  text(): void {
    throw new NotColumnar('A decimal was given a string.');
  }

  value(value: unknown): void {
    const bytes = value as Uint8Array;
    if (bytes.length <= SHORT_BYTES) this.#addShort(smallUnscaled(bytes));
    else this.#addText(decimalText(bytes, this.#scale));
  }

  clear(): void {
    this.#cells.clear();
  }

  parameter(dropped: DroppedRows | undefined): Buffer {
    return this.#cells.parameter(dropped);
  }

  #addShort(unscaled: number): void {
    const groups = this.#groups;
    groups.length = 0;
    for (let rest = Math.abs(unscaled) * 10 ** this.#padding; rest > 0; rest = Math.floor(rest / BASE)) groups.push(rest % BASE);
    this.#write(unscaled < 0);
  }

  #addText(text: string): void {
    const groups = this.#groups;
    groups.length = 0;
    const digits = text.replace(/[-.]/g, '') + '0'.repeat(this.#padding);
    for (let end = digits.length; end > 0; end -= WIDTH) groups.push(Number(digits.slice(Math.max(0, end - WIDTH), end)));
    while (groups.at(-1) === 0) groups.pop();
    this.#write(text.startsWith('-'));
  }

  /** The groups have the last digits first. */
  #write(isNegative: boolean): void {
    const groups = this.#groups;
    let zeros = 0;
    while (groups[zeros] === 0) zeros += 1;
    const count = groups.length - zeros;
    let at = this.#cells.cell(HEADER_BYTES + 2 * count);
    const { view } = this.#cells;
    view.setInt16(at, count);
    view.setInt16(at + 2, count === 0 ? 0 : groups.length - 1 - (this.#scale + this.#padding) / WIDTH);
    view.setInt16(at + 4, isNegative && count > 0 ? NEGATIVE : 0);
    view.setInt16(at + 6, this.#scale);
    at += HEADER_BYTES;
    for (let index = groups.length - 1; index >= zeros; index -= 1, at += 2) view.setInt16(at, groups[index] ?? 0);
  }
}
