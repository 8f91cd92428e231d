import type { ValueOutput } from '@headrace/connector-api';

const MINUS = 45;
const POINT = 46;
const ZERO = 48;
/** Digits a double holds without loss. */
const SAFE_DIGITS = 15;

/** Of a decimal's text: the digits without the point, at most 15 of them; NaN for anything else. */
export const readUnscaled = (buffer: Buffer, start: number, end: number): number => {
  if (end - start > SAFE_DIGITS) return NaN;
  const isNegative = buffer[start] === MINUS;
  let value = 0;
  for (let index = isNegative ? start + 1 : start; index < end; index += 1) {
    const code = buffer[index] ?? 0;
    if (code === POINT) continue;
    if (code < ZERO || code > ZERO + 9) return NaN;
    value = value * 10 + code - ZERO;
  }
  // Never a negative zero.
  return isNegative ? 0 - value : value;
};

/** A safe integer as bytes: the shortest big-endian two's complement. */
export const writeUnscaled = (output: ValueOutput, value: number): void => {
  let length = 1;
  for (let limit = 128; value >= limit || value < -limit; limit *= 256) length += 1;
  output.int(length);
  for (let unit = 256 ** (length - 1); unit >= 1; unit /= 256) output.byte(Math.floor(value / unit) & 0xff);
};
