import type { ColumnRows, ColumnStatements, DroppedRows } from '../dialect/column-statements.ts';
import { EncodedColumn } from '../dialect/encoded-column.ts';
import type { EncodedValue, RowBatch } from '../dialect/row-statements.ts';
import type { RowShape } from '../table/table.ts';

/** A statement here is the text of its rows: columns become rows again where it is made. */
class MysqlColumnRows implements ColumnRows {
  readonly targets: readonly EncodedColumn[];
  readonly #shape: RowShape;

  constructor(shape: RowShape) {
    this.#shape = shape;
    this.targets = shape.columns.map((column) => new EncodedColumn(column));
  }

  clear(): void {
    for (const target of this.targets) target.clear();
  }

  statement(_kind: string, dropped: DroppedRows | undefined): RowBatch {
    const { table, columns, keyCount, hasOtherUniqueKeys } = this.#shape;
    const values = this.targets.map((target) => target.values(dropped));
    const rows = (values[0] ?? []).map((_, row) => values.map((column): EncodedValue => column[row] ?? null));
    return { table, columns, keyCount, hasOtherUniqueKeys, rows };
  }
}

export const mysqlColumns: ColumnStatements = { rowsOf: (shape) => new MysqlColumnRows(shape) };
