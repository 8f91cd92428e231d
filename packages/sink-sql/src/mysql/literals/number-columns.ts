import { smallUnscaled } from '@headrace/connector-api';
import type { TargetColumn } from '../../table/table.ts';
import { INTEGER_BYTES, writeDigits, writeInteger } from './digits.ts';
import { LiteralColumn } from './literal-column.ts';

export class IntegerColumn extends LiteralColumn {
  override number(value: number): void {
    const at = this.cells.room(INTEGER_BYTES);
    this.cells.add(writeInteger(this.cells.bytes, at, value));
  }
}

const codes = { minus: 0x2d, dot: 0x2e } as const;

/** Bytes of an unscaled value that a double holds. */
const SHORT_BYTES = 6;
/** A short value has at most 15 digits: with more behind the point there would be none to divide. */
const LARGEST_SCALE = 15;

/** Decimals of one scale, for columns that are decimals too. */
export class DecimalColumn extends LiteralColumn {
  readonly #scale: number;
  readonly #power: number;

  constructor(column: TargetColumn, scale: number) {
    super(column);
    this.#scale = scale;
    this.#power = 10 ** scale;
  }

  static holds(scale: number): boolean {
    return scale >= 0 && scale <= LARGEST_SCALE;
  }

  override value(value: unknown): void {
    const bytes = value as Uint8Array;
    if (bytes.length > SHORT_BYTES) super.value(value);
    else this.#add(smallUnscaled(bytes));
  }

  #add(unscaled: number): void {
    const size = Math.abs(unscaled);
    const whole = Math.floor(size / this.#power);
    let at = this.cells.room(INTEGER_BYTES + 2);
    const { bytes } = this.cells;
    if (unscaled < 0) {
      bytes[at] = codes.minus;
      at += 1;
    }
    at = writeDigits(bytes, at, whole, 1);
    if (this.#scale > 0) {
      bytes[at] = codes.dot;
      at = writeDigits(bytes, at + 1, size - whole * this.#power, this.#scale);
    }
    this.cells.add(at);
  }
}
