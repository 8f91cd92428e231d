/**
 * MySQL's packed decimals: the digits before and after the point in groups of nine (4 bytes each, big-endian), the odd
 * digits left over at both outer ends in as few bytes as they need. The top bit of the first byte is set for positive
 * values; negative ones have every bit inverted.
 */
import { bytesOfUnscaled } from '@headrace/connector-api';
import type { ByteCursor } from '../binlog/byte-cursor.ts';

const DIGITS_PER_GROUP = 9;
const BYTES_PER_GROUP = 4;
/** Bytes that hold 0 to 9 digits. */
const BYTES_FOR_DIGITS = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4];
/** Every integer of so many digits is exact in a double. */
const EXACT_DIGITS = 15;

interface Group {
  readonly bytes: number;
  /** 10 to the number of its digits. */
  readonly factor: number;
}

/** Reads the unscaled value (all digits, without the point). A number up to 15 digits, a bigint beyond. */
export const unscaledReader = (precision: number, scale: number): ((cursor: ByteCursor) => number | bigint) => {
  const groups = [...groupsOf(precision - scale, true), ...groupsOf(scale, false)];
  return precision <= EXACT_DIGITS ? (cursor) => readNumber(cursor, groups) : (cursor) => readBigint(cursor, groups);
};

const groupsOf = (digits: number, isOddFirst: boolean): readonly Group[] => {
  const whole = Array.from({ length: Math.floor(digits / DIGITS_PER_GROUP) }, () => ({
    bytes: BYTES_PER_GROUP,
    factor: 10 ** DIGITS_PER_GROUP,
  }));
  const odd = digits % DIGITS_PER_GROUP;
  if (odd === 0) return whole;
  const rest = { bytes: BYTES_FOR_DIGITS[odd] ?? 0, factor: 10 ** odd };
  return isOddFirst ? [rest, ...whole] : [...whole, rest];
};

const readNumber = (cursor: ByteCursor, groups: readonly Group[]): number => {
  const { bytes } = cursor;
  const isNegative = ((bytes[cursor.offset] ?? 0) & 0x80) === 0;
  const mask = isNegative ? 0xff : 0;
  let signBit = 0x80;
  let value = 0;
  for (const group of groups) {
    let digits = 0;
    for (let left = group.bytes; left > 0; left -= 1) {
      digits = digits * 256 + ((bytes[cursor.offset] ?? 0) ^ mask ^ signBit);
      signBit = 0;
      cursor.offset += 1;
    }
    value = value * group.factor + digits;
  }
  return isNegative ? -value : value;
};

const readBigint = (cursor: ByteCursor, groups: readonly Group[]): bigint => {
  const { bytes } = cursor;
  const isNegative = ((bytes[cursor.offset] ?? 0) & 0x80) === 0;
  const mask = isNegative ? 0xff : 0;
  let signBit = 0x80;
  let value = 0n;
  for (const group of groups) {
    let digits = 0;
    for (let left = group.bytes; left > 0; left -= 1) {
      digits = digits * 256 + ((bytes[cursor.offset] ?? 0) ^ mask ^ signBit);
      signBit = 0;
      cursor.offset += 1;
    }
    value = value * BigInt(group.factor) + BigInt(digits);
  }
  return isNegative ? -value : value;
};

/** The shortest big-endian two's complement of an unscaled value. */
export const unscaledBytes = (unscaled: number | bigint): Uint8Array => {
  if (typeof unscaled === 'bigint') return bytesOfUnscaled(unscaled);
  let length = 1;
  let limit = 128;
  while (unscaled >= limit || unscaled < -limit) {
    length += 1;
    limit *= 256;
  }
  if (length > 6) return bytesOfUnscaled(BigInt(unscaled));
  const bytes = Buffer.allocUnsafe(length);
  bytes.writeIntBE(unscaled, 0, length);
  return bytes;
};

/** `-12.30`, without exponent. */
export const decimalPlainText = (unscaled: number | bigint, scale: number): string => {
  const text = String(unscaled);
  if (scale === 0) return text;
  const isNegative = text.startsWith('-');
  const digits = (isNegative ? text.slice(1) : text).padStart(scale + 1, '0');
  return `${isNegative ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
};
