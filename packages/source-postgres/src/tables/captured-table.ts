import { InvariantError } from '@headrace/foundation';
import type { Envelope, Row } from '@headrace/cdc';
import { errors } from '../errors.ts';
import { valueKinds } from '../log/message-codes.ts';
import type { ReselectedColumns } from '../reselect/reselected-columns.ts';
import { RowBytes } from '../types/row-bytes.ts';
import type { PlanColumn } from './plan-column.ts';

/** One version of a captured table: wire columns in their order, and the envelope their rows go into. */
export interface TablePlan {
  readonly relationId: number;
  /** `schema.table`. */
  readonly path: string;
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly PlanColumn[];
  readonly envelope: Envelope;
  /** What a key tuple lacks of the key: such a table cannot express its deletes. */
  readonly missingKeyColumns: readonly string[];
  /** What is read again where the log does not hold it; undefined: nothing. */
  readonly reselected: ReselectedColumns | undefined;
  /** A value that its schema cannot hold: returns what to write instead, or throws. */
  readonly onUnconvertible: (column: string, cause: unknown) => unknown;
}

/** Decodes rows of one table version, straight from the bytes of the log or of a query. */
export class CapturedTable {
  readonly plan: TablePlan;
  readonly path: string;
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly PlanColumn[];
  readonly envelope: Envelope;
  readonly #width: number;

  /**
   * Required columns that held null: the catalog told of a NOT NULL younger than the row. The registry then makes the
   * version anew with these columns optional.
   */
  readonly nullColumns: Set<string> = new Set<string>();

  constructor(plan: TablePlan) {
    this.plan = plan;
    this.path = plan.path;
    this.schema = plan.schema;
    this.name = plan.name;
    this.columns = plan.columns;
    this.envelope = plan.envelope;
    this.#width = plan.envelope.table.columns.length;
  }

  newRow(): Row {
    return new Array<unknown>(this.#width);
  }

  /**
   * A full tuple at `position`; fills `row` and returns where it ends. An unchanged TOAST value comes from `before` where
   * the log sent the whole old row.
   */
  decodeTuple(bytes: RowBytes, position: number, row: Row, before: Row | null): number {
    const { buffer } = bytes;
    const count = buffer.readInt16BE(position);
    let next = position + 2;
    for (let ordinal = 0; ordinal < count; ordinal += 1) {
      const column = this.#column(ordinal);
      const marker = buffer[next];
      next += 1;
      if (marker === valueKinds.null) this.#setNull(row, column);
      else if (marker === valueKinds.unchanged) {
        if (column.index >= 0) row[column.index] = before === null ? (column.constant ?? column.unavailable) : before[column.index];
      } else {
        const start = next + 4;
        next = start + buffer.readInt32BE(next);
        if (column.index >= 0) row[column.index] = this.#value(column, bytes, start, next);
      }
    }
    return next;
  }

  /** A tuple of replica identity columns only: what it does not hold is absent, not null. */
  decodeKeyTuple(bytes: RowBytes, position: number, row: Row): number {
    const { buffer } = bytes;
    const count = buffer.readInt16BE(position);
    let next = position + 2;
    for (let ordinal = 0; ordinal < count; ordinal += 1) {
      const column = this.#column(ordinal);
      const marker = buffer[next];
      next += 1;
      const start = next + 4;
      if (marker !== valueKinds.null && marker !== valueKinds.unchanged) next = start + buffer.readInt32BE(next);
      if (column.index < 0) continue;
      if (!column.isIdentity) row[column.index] = column.constant ?? column.absent;
      else if (marker === valueKinds.null) row[column.index] = column.constant ?? null;
      else row[column.index] = this.#value(column, bytes, start, next);
    }
    return next;
  }

  /** The body of a DataRow of a query that selects exactly these columns. */
  decodeDataRow(bytes: RowBytes, position: number): Row {
    const { buffer } = bytes;
    const row = this.newRow();
    let next = position + 2;
    for (const column of this.columns) {
      const length = buffer.readInt32BE(next);
      next += 4;
      if (length < 0) this.#setNull(row, column);
      else {
        if (column.index >= 0) row[column.index] = this.#value(column, bytes, next, next + length);
        next += length;
      }
    }
    return row;
  }

  /** A value that was read again, as the server prints it. A null that the column's schema has no room for is left out. */
  put(row: Row, ordinal: number, text: string | null): void {
    const column = this.#column(ordinal);
    if (text === null) {
      if (!column.isRequired) row[column.index] = null;
      return;
    }
    const bytes = new RowBytes(Buffer.from(text, 'utf8'));
    row[column.index] = this.#value(column, bytes, 0, bytes.buffer.length);
  }

  #column(ordinal: number): PlanColumn {
    const column = this.columns[ordinal];
    if (column === undefined) throw new InvariantError(errors.protocol.code, `A row of ${this.path} has more columns than its relation.`);
    return column;
  }

  #setNull(row: Row, column: PlanColumn): void {
    if (column.index < 0) return;
    row[column.index] = column.constant ?? null;
    if (column.constant !== undefined) return;
    if (column.isRequired) this.nullColumns.add(column.name);
  }

  #value(column: PlanColumn, bytes: RowBytes, start: number, end: number): unknown {
    if (column.constant !== undefined) return column.constant;
    try {
      return column.decode(bytes, start, end);
    } catch (error) {
      return this.plan.onUnconvertible(column.name, error);
    }
  }
}
