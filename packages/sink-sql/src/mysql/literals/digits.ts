const ZERO = 0x30;
const MINUS = 0x2d;
/** Up to here numbers are divided as integers. */
const INT_MAX = 0x7fff_ffff;
const HALF = 100_000_000;
const HALF_DIGITS = 8;

/** Most bytes of a safe integer. */
export const INTEGER_BYTES = 17;

/** Writes the last `count` digits of a whole number that is not negative. */
const writeLast = (bytes: Uint8Array, at: number, value: number, count: number): void => {
  let rest = value;
  for (let to = at + count - 1; to >= at; to -= 1) {
    const tenth = (rest / 10) | 0;
    bytes[to] = ZERO + rest - tenth * 10;
    rest = tenth;
  }
};

const countOf = (value: number): number => {
  let count = 1;
  for (let limit = 10; value >= limit; limit *= 10) count += 1;
  return count;
};

/** Writes a safe integer that is not negative in at least `width` digits; returns the place after them. */
export const writeDigits = (bytes: Uint8Array, at: number, value: number, width: number): number => {
  if (value > INT_MAX) {
    const high = Math.floor(value / HALF);
    const middle = writeDigits(bytes, at, high, width - HALF_DIGITS);
    writeLast(bytes, middle, value - high * HALF, HALF_DIGITS);
    return middle + HALF_DIGITS;
  }
  const count = Math.max(width, countOf(value));
  writeLast(bytes, at, value, count);
  return at + count;
};

/** Writes a safe integer; returns the place after it. */
export const writeInteger = (bytes: Uint8Array, at: number, value: number): number => {
  if (value >= 0) return writeDigits(bytes, at, value, 1);
  bytes[at] = MINUS;
  return writeDigits(bytes, at + 1, -value, 1);
};
