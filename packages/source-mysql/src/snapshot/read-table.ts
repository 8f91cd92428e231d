import type { FusedTable } from '../fused/fused-table.ts';
import type { CapturedTable } from '../tables/captured-table.ts';
import { KeyRange } from './key-range.ts';
import { ResultTable } from './result-table.ts';

/** A table as a snapshot reads it. */
export interface ReadTable {
  readonly table: CapturedTable;
  readonly range: KeyRange;
  readonly reader: ResultTable;
  /** Writes the rows that need not become objects; undefined: all have to. */
  fused: FusedTable | undefined;
}

/** `select`: a statement that selects the rows, instead of all. */
export const readTable = (table: CapturedTable, select: string | undefined): ReadTable => ({
  table,
  range: KeyRange.of(table, { select }),
  reader: new ResultTable(table),
  fused: undefined,
});

/** Where a result row lies, in bytes that nobody writes over. */
export interface RowPlace {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}
