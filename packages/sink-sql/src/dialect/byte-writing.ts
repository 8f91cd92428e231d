import { copyBytes } from '@headrace/foundation';

/** Most bytes that a character takes in UTF-8. */
export const BYTES_PER_CHARACTER = 3;
/** Up to here a loop is faster than a call. */
const LOOP_LENGTH = 64;

/** A larger buffer with the first `used` bytes of `bytes`, and room for `needed`. */
export const grown = (bytes: Buffer, used: number, needed: number): Buffer<ArrayBuffer> => {
  const larger = Buffer.allocUnsafeSlow(Math.max(needed, bytes.length * 2));
  larger.set(bytes.subarray(0, used));
  return larger;
};

/** Copies [start, end) of `source` to `at`, where there is room for it. */
// eslint-disable-next-line max-params -- called for every value: an object for the range would be garbage by the gigabyte
export const copyInto = (target: Uint8Array, at: number, source: Uint8Array, start: number, end: number): void => {
  if (end - start > LOOP_LENGTH) copyBytes(target, at, source, start, end);
  else for (let from = start, to = at; from < end; from += 1, to += 1) target[to] = source[from] ?? 0;
};

/** Writes a text as UTF-8 where there is room for it; returns the number of bytes. */
export const writeText = (target: Buffer, at: number, text: string): number => {
  const { length } = text;
  if (length > LOOP_LENGTH) return target.write(text, at);
  for (let index = 0; index < length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) return target.write(text, at);
    target[at + index] = code;
  }
  return length;
};
