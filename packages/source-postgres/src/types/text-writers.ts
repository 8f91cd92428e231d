import type { ValueOutput } from '@headrace/connector-api';
import { KnownWriters } from '@headrace/cdc';
import type { Decode } from './column-type.ts';
import type { RowBytes } from './row-bytes.ts';

/** Writes the value whose text stands at [start, end) of the row's buffer: the same bytes as its decoded value would give. */
export type WriteText = (output: ValueOutput, row: RowBytes, start: number, end: number) => void;

const writers = new KnownWriters<Decode, WriteText>();

/** Says how values of `decode` can be written without being decoded. */
export const withWriter: (decode: Decode, write: WriteText) => Decode = writers.with;
export const textWriterOf: (decode: Decode) => WriteText | undefined = writers.of;
