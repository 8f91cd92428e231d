import type { ValueOutput } from '@headrace/connector-api';
import type { Decode } from './column-type.ts';
import type { RowBytes } from './row-bytes.ts';

/** Writes the value whose text stands at [start, end) of the row's buffer: the same bytes as its decoded value would give. */
export type WriteText = (output: ValueOutput, row: RowBytes, start: number, end: number) => void;

/**
 * Known by the decoder they stand for, and by nothing else: a column whose decoder is replaced or wrapped (to mask it, say)
 * has none, and its values are decoded first.
 */
const writers = new WeakMap<Decode, WriteText>();

/** Says how values of `decode` can be written without being decoded. */
export const withWriter = (decode: Decode, write: WriteText): Decode => {
  writers.set(decode, write);
  return decode;
};

export const textWriterOf = (decode: Decode): WriteText | undefined => writers.get(decode);
