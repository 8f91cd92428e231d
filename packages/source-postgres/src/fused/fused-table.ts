import type { EventEnds, EventOp, SnapshotMarker } from '@headrace/cdc';
import type { BinaryForm, FusedHeaders, OptionalTags, RecordOutput } from '@headrace/connector-api';
import { isAnyLacking } from '../reselect/reselected-columns.ts';
import { tupleKinds } from '../log/message-codes.ts';
import type { Lsn } from '../lsn.ts';
import type { CapturedTable } from '../tables/captured-table.ts';
import type { SourceBytes } from '../tables/source-bytes.ts';
import type { RowBytes } from '../types/row-bytes.ts';
import { columnWriters, type ColumnWriter } from './column-writers.ts';
import { isSameText, NULL, TuplePlaces, UNCHANGED } from './tuple-places.ts';

/** What all tables of a reader write with. */
export interface FusedWriting {
  readonly form: BinaryForm;
  readonly output: RecordOutput;
  readonly row: RowBytes;
  readonly source: SourceBytes;
  readonly ends: EventEnds;
  /** Of the change that is being written. */
  lsn: Lsn;
  /** null: it comes from the log. */
  marker: SnapshotMarker | null;
}

/**
 * Writes the changes of one table version from the server's bytes: the same records as its envelope makes. Each method
 * returns false, with nothing written, for a change that has to be seen as an object: a changed key, an unchanged value
 * beside a whole old row, a null or a value that its schema has no room for, a value that is to be read again.
 */
export class FusedTable {
  readonly table: CapturedTable;
  readonly #writing: FusedWriting;
  readonly #headers: FusedHeaders;
  readonly #columns: readonly ColumnWriter[];
  readonly #key: readonly ColumnWriter[];
  readonly #sourceTable: Uint8Array;
  readonly #rowTags: OptionalTags;
  readonly #new: TuplePlaces;
  readonly #old: TuplePlaces;

  constructor(table: CapturedTable, headers: FusedHeaders, writing: FusedWriting) {
    const { schemas, table: shape } = table.envelope;
    const { form } = writing;
    this.table = table;
    this.#writing = writing;
    this.#headers = headers;
    const fields = schemas.row.fields.map((field) => field.schema);
    this.#columns = columnWriters(form, table.columns, fields);
    this.#key = shape.key.flatMap((name) => this.#columns[shape.columns.findIndex((column) => column.name === name)] ?? []);
    this.#sourceTable = writing.source.ofTable(table);
    this.#rowTags = form.tagsOf(schemas.row);
    this.#new = new TuplePlaces(table.columns.length);
    this.#old = new TuplePlaces(table.columns.length);
  }

  /** A row of a query that selects the table's columns; its DataRow begins at `at`. */
  read(buffer: Buffer, at: number): boolean {
    return this.#new.readDataRow(buffer, at) && this.#event(this.#new, undefined, 'r');
  }

  /** `at`: where the new tuple's marker stands. */
  insert(buffer: Buffer, at: number): boolean {
    return this.#new.read(buffer, at + 1) >= 0 && !this.#isLacking(false) && this.#event(this.#new, undefined, 'c');
  }

  update(buffer: Buffer, at: number): boolean {
    const marker = buffer[at];
    if (marker === tupleKinds.key) return false;
    const isWhole = marker === tupleKinds.old;
    const newAt = isWhole ? this.#old.read(buffer, at + 1) : at;
    if (newAt < 0 || this.#new.read(buffer, newAt + 1) < 0 || this.#isLacking(isWhole)) return false;
    if (!isWhole) return this.#event(this.#new, undefined, 'u');
    for (const { ordinal } of this.#key) if (!isSameText(buffer, this.#old, this.#new, ordinal)) return false;
    return this.#event(this.#new, this.#old, 'u');
  }

  remove(buffer: Buffer, at: number): boolean {
    const { output } = this.#writing;
    const isWhole = buffer[at] === tupleKinds.old;
    if (this.table.plan.missingKeyColumns.length > 0 || this.#old.read(buffer, at + 1) < 0) return false;
    if (!this.#beginRecord(this.#old)) return false;
    const { values } = output;
    values.byte(this.#rowTags.present);
    if (!(isWhole ? this.#writeRow(this.#old) : this.#writeIdentity(this.#old))) return false;
    values.byte(this.#rowTags.absent);
    this.#endRecord('d');
    const { hasTombstones } = this.table.envelope.options;
    // A key that was written once can be written again.
    if (hasTombstones && this.#beginKey(this.#old)) output.nullValue();
    return true;
  }

  /** Whether the new row lacks a value that is to be read again. */
  #isLacking(hasOldRow: boolean): boolean {
    const { reselected } = this.table.plan;
    return reselected !== undefined && isAnyLacking(reselected, this.#new, hasOldRow);
  }

  #event(after: TuplePlaces, before: TuplePlaces | undefined, op: EventOp): boolean {
    if (!this.#beginRecord(after)) return false;
    const { values } = this.#writing.output;
    if (before === undefined) values.byte(this.#rowTags.absent);
    else {
      values.byte(this.#rowTags.present);
      if (!this.#writeRow(before)) return false;
    }
    values.byte(this.#rowTags.present);
    // What an unchanged value was stands in the whole old row.
    if (!this.#writeRow(after, before === undefined)) return false;
    this.#endRecord(op);
    return true;
  }

  #beginRecord(places: TuplePlaces): boolean {
    if (!this.#beginKey(places)) return false;
    this.#writing.output.values.raw(this.#headers.value);
    return true;
  }

  #beginKey(places: TuplePlaces): boolean {
    const { output } = this.#writing;
    output.begin(this.table.envelope.topic);
    if (this.#key.length === 0) {
      output.nullKey();
      return true;
    }
    output.values.raw(this.#headers.key);
    for (const column of this.#key) if (!this.#writeValue(column, places, false)) return false;
    output.endKey();
    return true;
  }

  #endRecord(op: EventOp): void {
    const { output, source, ends, lsn, marker } = this.#writing;
    source.write(output.values, this.#sourceTable, lsn, marker);
    ends.write(output.values, op, this.table.path);
    output.endValue();
  }

  #writeRow(places: TuplePlaces, takesUnavailable = false): boolean {
    for (const column of this.#columns) if (!this.#writeValue(column, places, takesUnavailable)) return false;
    return true;
  }

  /** A key tuple: what it does not hold is absent, not null. */
  #writeIdentity(places: TuplePlaces): boolean {
    const { values } = this.#writing.output;
    for (const column of this.#columns) {
      if (column.isIdentity || column.constant !== undefined) {
        if (!this.#writeValue(column, places, false)) return false;
      } else if (column.absent === undefined) return false;
      else values.raw(column.absent);
    }
    return true;
  }

  #writeValue(column: ColumnWriter, places: TuplePlaces, takesUnavailable: boolean): boolean {
    const { output, row } = this.#writing;
    const { ordinal, tags, constant } = column;
    if (constant !== undefined) {
      output.values.raw(constant);
      return true;
    }
    const start = places.starts[ordinal] ?? NULL;
    if (start >= 0) {
      if (tags !== undefined) output.values.byte(tags.present);
      column.write(output.values, row, start, places.ends[ordinal] ?? start);
      return true;
    }
    if (start === UNCHANGED) {
      if (!takesUnavailable || column.unavailable === undefined) return false;
      output.values.raw(column.unavailable);
      return true;
    }
    if (tags === undefined) return false;
    output.values.byte(tags.absent);
    return true;
  }
}
