import type { FieldTarget } from '@headrace/connector-api';
import type { RowShape } from '../table/table.ts';
import type { RowBatch } from './row-statements.ts';
import type { SqlStatement } from './session.ts';

/** A mark other than 0 at the index of a row that is to be left out. */
export type DroppedRows = Uint8Array;

/** Rows of one shape on their way into statements, in the form in which the dialect sends them. */
export interface ColumnRows {
  /** One per column of the shape; each takes one value per row; NotColumnar where it cannot hold it. */
  readonly targets: readonly FieldTarget[];
  clear(): void;
  /**
   * For all rows but those that are marked; keys are distinct. Asked once, and good until `clear`. As rows where the dialect makes its
   * statements of rows.
   */
  statement(kind: 'insert' | 'upsert' | 'delete', dropped: DroppedRows | undefined): SqlStatement | RowBatch;
}

/** What a dialect offers that can write rows which were never objects. */
export interface ColumnStatements {
  rowsOf(shape: RowShape): ColumnRows;
}
