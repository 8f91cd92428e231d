import type { SnapshotMarker } from '@headrace/cdc';
import type { Lsn } from '../lsn.ts';
import type { CapturedTable } from '../tables/captured-table.ts';
import type { FusedTables } from './fused-tables.ts';

/** The fused lane of a snapshot: see `FusedChanges`. */
export class FusedRows {
  readonly tables: FusedTables;

  constructor(tables: FusedTables) {
    this.tables = tables;
  }

  /** Writes the DataRow at [start, end) as a row read at `lsn`; false when it has to be seen as an object. */
  write(table: CapturedTable, row: { readonly buffer: Buffer; readonly start: number; readonly end: number }, at: RowPlace): boolean {
    const { writing } = this.tables;
    const fused = this.tables.get(table.plan.relationId);
    if (fused?.table !== table) return false;
    const { buffer, start, end } = row;
    writing.row.open(buffer, start, end);
    writing.lsn = at.lsn;
    writing.marker = at.marker;
    try {
      return fused.read(buffer, start);
    } catch {
      // As in a stream: met again as an object, and reported there.
      return false;
    }
  }
}

export interface RowPlace {
  readonly lsn: Lsn;
  readonly marker: SnapshotMarker;
}
