import type { TargetColumn, TargetTable } from '../table/table.ts';
import type { SqlStatement } from './session.ts';

/** A value as its dialect writes it (`encoderOf`); null is SQL's null. A number stands for a value in a form of the dialect's own. */
export type EncodedValue = string | number | null;

/** Rows of one statement kind: same table, same columns. The first `keyCount` columns are the key. */
export interface RowBatch {
  readonly table: TargetTable;
  readonly columns: readonly TargetColumn[];
  readonly keyCount: number;
  /** The table has a unique index besides the key. */
  readonly hasOtherUniqueKeys: boolean;
  readonly rows: readonly (readonly EncodedValue[])[];
}

/** Statements for rows; several where one would be larger than the server takes. Keys within a batch are distinct. */
export interface RowStatements {
  insert(batch: RowBatch): SqlStatement;
  upsert(batch: RowBatch): SqlStatement;
  /** Sets the columns behind the key in rows that exist; counts those it found. */
  update(batch: RowBatch): readonly SqlStatement[];
  /** `columns` are the key only. */
  delete(batch: RowBatch): SqlStatement;
  truncate(table: TargetTable): SqlStatement;
}
