import { withOptional, type BinaryForm, type Schema } from '@headrace/connector-api';
import { copyOf, type ColumnCopy } from '../columns/byte-writers.ts';
import type { ColumnReader } from '../columns/sql-column.ts';

/** No such tag. */
export const NO_TAG = -1;

/** How one captured column is written. */
export interface ColumnWriter {
  /** Its place in the row. */
  readonly ordinal: number;
  /** What stands before a value; NO_TAG: nothing, or `write` writes it. */
  readonly present: number;
  /** What stands for NULL; NO_TAG: the schema has no room for it. */
  readonly absent: number;
  readonly write: ColumnCopy;
}

/** One column of the rows: its reader, and the field's schema; undefined: not captured. */
export interface RowColumn {
  readonly read: ColumnReader;
  readonly schema: Schema | undefined;
}

export const columnWriters = (form: BinaryForm, columns: readonly RowColumn[]): readonly ColumnWriter[] =>
  columns.flatMap(({ read, schema }, ordinal) => (schema === undefined ? [] : [columnWriter(form, read, schema, ordinal)]));

const columnWriter = (form: BinaryForm, read: ColumnReader, schema: Schema, ordinal: number): ColumnWriter => {
  const tags = schema.isOptional ? form.tagsOf(schema) : undefined;
  const absent = tags?.absent ?? NO_TAG;
  const copy = copyOf(read);
  if (copy !== undefined) return { ordinal, present: tags?.present ?? NO_TAG, absent, write: copy };
  // Some readers give null for what the server stores (a zero date), so that only the value tells its tag.
  const write = form.writerOf(schema.isOptional ? schema : withOptional(schema, false));
  return {
    ordinal,
    present: NO_TAG,
    absent,
    write: (output, cursor) => {
      write(output, read(cursor));
    },
  };
};
