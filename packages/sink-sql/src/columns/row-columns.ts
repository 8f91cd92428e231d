import type { ColumnRows, ColumnStatements } from '../dialect/column-statements.ts';
import type { RowShape } from '../table/table.ts';

/** Rows of one shape, column by column. */
export class RowColumns {
  readonly shape: RowShape;
  readonly rows: ColumnRows;
  #count = 0;

  constructor(shape: RowShape, statements: ColumnStatements) {
    this.shape = shape;
    this.rows = statements.rowsOf(shape);
  }

  get count(): number {
    return this.#count;
  }

  /** The index of the row of which every column has taken its value. */
  endRow(): number {
    this.#count += 1;
    return this.#count - 1;
  }

  clear(): void {
    this.#count = 0;
    this.rows.clear();
  }
}
