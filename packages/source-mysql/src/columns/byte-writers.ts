import type { ValueOutput } from '@headrace/connector-api';
import { KnownWriters } from '@headrace/cdc';
import type { ByteCursor } from '../binlog/byte-cursor.ts';
import type { ColumnReader } from './sql-column.ts';

/** Writes the value that the cursor is at, and moves the cursor behind it: the same bytes as the read value would give. */
export type ColumnCopy = (output: ValueOutput, cursor: ByteCursor) => void;

const copies = new KnownWriters<ColumnReader, ColumnCopy>();

/** Says how values of `read`, which never gives null, can be written without being read first. */
export const withCopy: (read: ColumnReader, copy: ColumnCopy) => ColumnReader = copies.with;
export const copyOf: (read: ColumnReader) => ColumnCopy | undefined = copies.of;

/** A reader of whole numbers of at most 32 bits. */
export const intReader = (read: (cursor: ByteCursor) => number): ColumnReader =>
  withCopy(
    (cursor) => read(cursor),
    (output, cursor) => {
      output.int(read(cursor));
    },
  );
