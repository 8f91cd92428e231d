import type { FieldTarget } from '@headrace/connector-api';
import type { DroppedRows } from '../dialect/column-statements.ts';

/** One column of many rows, as the array that a statement is given. */
export interface ColumnWriter extends FieldTarget {
  clear(): void;
  /** Good until `clear`; asked once. */
  parameter(dropped: DroppedRows | undefined): string | Buffer;
}
