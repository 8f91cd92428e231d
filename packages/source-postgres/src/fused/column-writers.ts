import { fragment } from '@headrace/cdc';
import { withOptional, type BinaryForm, type OptionalTags, type Schema } from '@headrace/connector-api';
import type { PlanColumn } from '../tables/plan-column.ts';
import { textWriterOf, type WriteText } from '../types/text-writers.ts';

/** How one captured column is written. */
export interface ColumnWriter {
  /** Its place in the wire's tuples. */
  readonly ordinal: number;
  readonly isIdentity: boolean;
  /** The tag before a value, and the one that stands for null; undefined for a column that must have a value. */
  readonly tags: OptionalTags | undefined;
  readonly write: WriteText;
  /** Tag and bytes in the place of every value; undefined: values count. */
  readonly constant: Uint8Array | undefined;
  /** Tag and bytes in the place of an unchanged TOAST value, and of a value that the replica identity does not hold. */
  readonly unavailable: Uint8Array | undefined;
  readonly absent: Uint8Array | undefined;
}

/** Writers for the captured ones of `columns`, which are in the order of the wire. `schemas`: of the row's fields. */
export const columnWriters = (form: BinaryForm, columns: readonly PlanColumn[], schemas: readonly Schema[]): readonly ColumnWriter[] =>
  columns.flatMap((column, ordinal) => {
    const schema = schemas[column.index];
    return schema === undefined ? [] : [columnWriter(form, column, ordinal, schema)];
  });

const columnWriter = (form: BinaryForm, column: PlanColumn, ordinal: number, schema: Schema): ColumnWriter => ({
  ordinal,
  isIdentity: column.isIdentity,
  tags: schema.isOptional ? form.tagsOf(schema) : undefined,
  write: textWriterOf(column.decode) ?? decodeAndWrite(form, column, schema),
  constant: column.constant === undefined ? undefined : fragment(form, schema, column.constant),
  unavailable: fragment(form, schema, column.unavailable),
  absent: fragment(form, schema, column.absent),
});

/** For types that nobody has taught to be written from their text. */
const decodeAndWrite = (form: BinaryForm, { decode }: PlanColumn, schema: Schema): WriteText => {
  const write = form.writerOf(withOptional(schema, false));
  return (output, row, start, end) => {
    write(output, decode(row, start, end));
  };
};
