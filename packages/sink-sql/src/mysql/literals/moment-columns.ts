import { NotColumnar } from '../../dialect/not-columnar.ts';
import type { TargetColumn } from '../../table/table.ts';
import { microsOfIso } from '../../types/iso-micros.ts';
import { dateText } from '../../types/temporal-text.ts';
import { writeDigits } from './digits.ts';
import { LiteralColumn } from './literal-column.ts';

const codes = { space: 0x20, quote: 0x27, dot: 0x2e, colon: 0x3a } as const;

const DATE_BYTES = '2026-01-01'.length;
const LITERAL_BYTES = `'2026-01-01 00:00:00.000000'`.length;
const DAY_SECONDS = 86_400;

/** Milliseconds (3 digits) or microseconds (6) since 1970. */
export class TimestampColumn extends LiteralColumn {
  readonly #digits: number;
  readonly #perSecond: number;
  /** Rows of one batch mostly share their days. */
  #day = Number.NaN;
  readonly #date = Buffer.alloc(DATE_BYTES);

  constructor(column: TargetColumn, digits: 3 | 6) {
    super(column);
    this.#digits = digits;
    this.#perSecond = 10 ** digits;
  }

  override number(value: number): void {
    const second = Math.floor(value / this.#perSecond);
    const day = Math.floor(second / DAY_SECONDS);
    this.#toDay(day);
    let at = this.cells.room(LITERAL_BYTES);
    const { bytes } = this.cells;
    bytes[at] = codes.quote;
    at += 1;
    for (let index = 0; index < DATE_BYTES; index += 1) bytes[at + index] = this.#date[index] ?? 0;
    at += DATE_BYTES;
    bytes[at] = codes.space;
    at = writeClock(bytes, at + 1, second - day * DAY_SECONDS);
    bytes[at] = codes.dot;
    at = writeDigits(bytes, at + 1, value - second * this.#perSecond, this.#digits);
    bytes[at] = codes.quote;
    this.cells.add(at + 1);
  }

  #toDay(day: number): void {
    if (day === this.#day) return;
    const text = dateText(day);
    if (text.length !== DATE_BYTES) throw new NotColumnar('The date is not within the years 1 to 9999.');
    this.#date.write(text, 'latin1');
    this.#day = day;
  }
}

/** `HH:MM:SS`; returns the place after it. */
const writeClock = (bytes: Uint8Array, at: number, secondOfDay: number): number => {
  const minute = Math.floor(secondOfDay / 60);
  const hour = Math.floor(minute / 60);
  writeDigits(bytes, at, hour, 2);
  bytes[at + 2] = codes.colon;
  writeDigits(bytes, at + 3, minute - hour * 60, 2);
  bytes[at + 5] = codes.colon;
  return writeDigits(bytes, at + 6, secondOfDay - minute * 60, 2);
};

/** ISO texts. In UTC the literal has a space in the place of the T, and no zone. */
export class ZonedColumn extends LiteralColumn {
  override text(source: Buffer, start: number, end: number): void {
    if (microsOfIso(source, start, end) === undefined) super.text(source, start, end);
    else this.#addUtc(source, start, end - 1);
  }

  #addUtc(source: Buffer, start: number, end: number): void {
    const at = this.cells.room(end - start + 2);
    const { bytes } = this.cells;
    const offset = at + 1 - start;
    bytes[at] = codes.quote;
    for (let from = start; from < end; from += 1) bytes[from + offset] = source[from] ?? 0;
    bytes[at + 1 + DATE_BYTES] = codes.space;
    bytes[end + offset] = codes.quote;
    this.cells.add(end + offset + 1);
  }
}
