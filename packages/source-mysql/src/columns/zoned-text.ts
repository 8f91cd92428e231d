import type { ValueOutput } from '@headrace/connector-api';
import { isoDateText } from '@headrace/cdc';

const ZERO = 48;
const COLON = 58;
const DOT = 46;
const LETTER_T = 84;
const LETTER_Z = 90;
const MICROS_PER_SECOND = 1_000_000;

/** `+999999-12-31T23:59:59.123456Z` and some room. */
const text = Buffer.alloc(40);
let textDays = NaN;
/** Bytes of the date and the `T` that stand in `text`. */
let head = 0;

const writeTwo = (at: number, value: number): void => {
  const tens = Math.trunc(value / 10);
  text[at] = ZERO + tens;
  text[at + 1] = ZERO + value - tens * 10;
};

/** Writes what `zonedTimestampText` makes: most timestamps are of the same day as the one before. */
export const writeZonedText = (output: ValueOutput, days: number, microsOfDay: number, digits: number): void => {
  if (days !== textDays) {
    head = text.write(isoDateText(days), 'latin1');
    text[head] = LETTER_T;
    head += 1;
    textDays = days;
  }
  const seconds = Math.floor(microsOfDay / MICROS_PER_SECOND);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  writeTwo(head, hours);
  text[head + 2] = COLON;
  writeTwo(head + 3, minutes - hours * 60);
  text[head + 5] = COLON;
  writeTwo(head + 6, seconds - minutes * 60);
  let end = head + 8;
  if (digits > 0) {
    text[end] = DOT;
    let rest = microsOfDay - seconds * MICROS_PER_SECOND;
    for (let at = end + 6; at > end; at -= 1) {
      const next = Math.trunc(rest / 10);
      text[at] = ZERO + rest - next * 10;
      rest = next;
    }
    end += 1 + digits;
  }
  text[end] = LETTER_Z;
  output.text(text, 0, end + 1);
};
