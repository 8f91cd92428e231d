import type { FieldTarget } from '@headrace/connector-api';
import type { RowShape } from '../table/table.ts';
import type { SqlStatement } from './session.ts';

/** A mark other than 0 at the index of a row that is to be left out. */
export type DroppedRows = Uint8Array;

/**
 * Statements of at most so many bytes, but for a row that is larger alone. They share their memory: each is good until the next is
 * asked for, and all of them until the rows are cleared.
 */
export type StatementsWithin = (maxBytes: number) => Iterable<SqlStatement>;

/** Rows of one shape on their way into statements, in the form in which the dialect sends them. */
export interface ColumnRows {
  /** One per column of the shape; each takes one value per row; NotColumnar where it cannot hold it. */
  readonly targets: readonly FieldTarget[];
  clear(): void;
  /** For all rows but those that are marked; keys are distinct. */
  statements(kind: 'insert' | 'upsert' | 'delete', dropped: DroppedRows | undefined): StatementsWithin;
}

/** What a dialect offers that can write rows which were never objects. */
export interface ColumnStatements {
  rowsOf(shape: RowShape): ColumnRows;
}
