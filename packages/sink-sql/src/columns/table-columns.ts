import type { Schema } from '@headrace/connector-api';
import type { Operation } from '../apply/batch.ts';
import type { ColumnStatements, DroppedRows } from '../dialect/column-statements.ts';
import type { RowShape } from '../table/table.ts';
import { NotColumnar } from '../dialect/not-columnar.ts';
import { RowColumns } from './row-columns.ts';

/** Modes in which rows can be sent column by column. */
export type ColumnMode = 'insert' | 'upsert';

/**
 * The changes of one table in one batch, reduced by key as `apply/batch.ts` does it: the last write of a key wins, deletes come first. What
 * would need several steps there is not columnar.
 */
export class TableColumns {
  readonly #statements: ColumnStatements;
  readonly #mode: ColumnMode;
  /** By key schema: deletes and tombstones share them. */
  readonly #deletesBySchema = new Map<Schema, RowColumns>();
  readonly #rowOfKey = new Map<string, number>();
  readonly #deletedKeys = new Set<string>();
  readonly #dropped: number[] = [];
  #rows: RowColumns | undefined;
  #deletes: RowColumns | undefined;

  constructor(statements: ColumnStatements, mode: ColumnMode) {
    this.#statements = statements;
    this.#mode = mode;
  }

  deletesOf(keySchema: Schema, shape: RowShape): RowColumns {
    let deletes = this.#deletesBySchema.get(keySchema);
    if (deletes === undefined) this.#deletesBySchema.set(keySchema, (deletes = new RowColumns(shape, this.#statements)));
    return deletes;
  }

  clear(): void {
    this.#rows?.clear();
    this.#deletes?.clear();
    this.#rows = undefined;
    this.#deletes = undefined;
    this.#rowOfKey.clear();
    this.#deletedKeys.clear();
    this.#dropped.length = 0;
  }

  /** A row of these columns is complete. `key`: equal for rows of one key; undefined: rows have none. */
  endRow(rows: RowColumns, key: string | undefined): void {
    this.#rows ??= rows;
    if (this.#rows !== rows) throw new NotColumnar('One batch has rows of two schemas.');
    this.#checkKeys();
    const row = rows.endRow();
    if (key === undefined) return;
    const earlier = this.#rowOfKey.get(key);
    this.#rowOfKey.set(key, row);
    if (earlier === undefined) return;
    if (this.#mode === 'insert') throw new NotColumnar('A key is inserted twice.');
    this.#dropped.push(earlier);
  }

  /** Takes the key's row back. Whether the key is to be deleted in the target, which needs a row of `deletes`. */
  beginDelete(deletes: RowColumns, key: string): boolean {
    this.#deletes ??= deletes;
    if (this.#deletes !== deletes || deletes.shape.isCascading) throw new NotColumnar('Deletes that cannot be moved to the front.');
    this.#checkKeys();
    const earlier = this.#rowOfKey.get(key);
    if (earlier !== undefined) {
      this.#rowOfKey.delete(key);
      this.#dropped.push(earlier);
    }
    if (this.#deletedKeys.has(key)) return false;
    this.#deletedKeys.add(key);
    return true;
  }

  /** Good until `clear`. */
  operations(): readonly Operation[] {
    return [...this.#deleteOperations(), ...this.#writeOperations()];
  }

  #deleteOperations(): readonly Operation[] {
    const deletes = this.#deletes;
    return deletes === undefined ? [] : [operationOf('delete', deletes, undefined)];
  }

  #writeOperations(): readonly Operation[] {
    const rows = this.#rows;
    if (rows === undefined || rows.count === this.#dropped.length) return [];
    return [operationOf(this.#mode, rows, this.#marks(rows.count))];
  }

  #marks(count: number): DroppedRows | undefined {
    if (this.#dropped.length === 0) return undefined;
    const marks = new Uint8Array(count);
    for (const row of this.#dropped) marks[row] = 1;
    return marks;
  }

  #checkKeys(): void {
    if (this.#rows === undefined || this.#deletes === undefined) return;
    if (this.#rows.shape.keySignature !== this.#deletes.shape.keySignature) throw new NotColumnar('Rows and deletes have other keys.');
  }
}

const operationOf = (kind: ColumnMode | 'delete', { rows, shape }: RowColumns, dropped: DroppedRows | undefined): Operation => ({
  kind: 'columns',
  table: shape.table,
  statements: rows.statements(kind, dropped),
});
