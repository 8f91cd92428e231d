import { tablePath, type EventEnds, type EventOp, type SnapshotMarker } from '@headrace/cdc';
import type { BinaryForm, FusedHeaders, OptionalTags, RecordOutput } from '@headrace/connector-api';
import type { ByteCursor } from '../binlog/byte-cursor.ts';
import type { CapturedTable } from '../tables/captured-table.ts';
import { columnWriters, NO_TAG, type ColumnWriter } from './column-writers.ts';
import type { RowLayout } from './row-layouts.ts';
import { isSameValue, NULL, RowPlaces } from './row-places.ts';
import type { SourceBytes } from './source-bytes.ts';

/** What all tables of a task write with. */
export interface FusedWriting {
  readonly form: BinaryForm;
  readonly output: RecordOutput;
  readonly source: SourceBytes;
  readonly ends: EventEnds;
}

/**
 * Writes rows of one table version from the server's bytes: the same records as its envelope makes. Each method leaves the
 * cursor behind what it read and returns true; or false, with nothing written and the cursor anywhere, for a change that
 * has to be seen as an object: a changed key, a value that its schema has no room for.
 */
export class FusedTable {
  readonly #table: CapturedTable;
  readonly #path: string;
  readonly #writing: FusedWriting;
  readonly #headers: FusedHeaders;
  readonly #columns: readonly ColumnWriter[];
  readonly #key: readonly ColumnWriter[];
  readonly #rowTags: OptionalTags;
  readonly #new: RowPlaces;
  readonly #old: RowPlaces;
  #row = 0;
  #marker: SnapshotMarker | null = null;

  constructor(table: CapturedTable, layout: RowLayout, headers: FusedHeaders, writing: FusedWriting) {
    const { schemas, table: shape } = table.envelope;
    this.#table = table;
    this.#path = tablePath(shape);
    this.#writing = writing;
    this.#headers = headers;
    this.#columns = columnWriters(writing.form, layout.columns);
    this.#key = shape.key.flatMap((name) => this.#columns[shape.columns.findIndex((column) => column.name === name)] ?? []);
    this.#rowTags = writing.form.tagsOf(schemas.row);
    this.#new = new RowPlaces(layout.widths, layout.firstBit);
    this.#old = new RowPlaces(layout.widths, layout.firstBit);
  }

  /** The change that the cursor is at, row `row` of its event; an update is its old row, then the new one. */
  write(op: EventOp, cursor: ByteCursor, row: number, marker: SnapshotMarker | null): boolean {
    this.#row = row;
    this.#marker = marker;
    try {
      if (op === 'u') return this.#update(cursor);
      this.#new.read(cursor);
      const next = cursor.offset;
      const isWritten = op === 'd' ? this.#remove(cursor) : this.#event(cursor, undefined, op);
      cursor.offset = next;
      return isWritten;
    } catch {
      // A value that cannot be written is met again as an object, where it is reported by the name of its column.
      return false;
    }
  }

  #update(cursor: ByteCursor): boolean {
    this.#old.read(cursor);
    this.#new.read(cursor);
    const next = cursor.offset;
    for (const { ordinal } of this.#key) if (!isSameValue(cursor.bytes, this.#old, this.#new, ordinal)) return false;
    const isWritten = this.#event(cursor, this.#old, 'u');
    cursor.offset = next;
    return isWritten;
  }

  #event(cursor: ByteCursor, before: RowPlaces | undefined, op: EventOp): boolean {
    if (!this.#beginRecord(cursor)) return false;
    const { values } = this.#writing.output;
    if (before === undefined) values.byte(this.#rowTags.absent);
    else {
      values.byte(this.#rowTags.present);
      if (!this.#writeRow(cursor, before)) return false;
    }
    values.byte(this.#rowTags.present);
    if (!this.#writeRow(cursor, this.#new)) return false;
    this.#endRecord(op);
    return true;
  }

  #remove(cursor: ByteCursor): boolean {
    if (!this.#beginRecord(cursor)) return false;
    const { output } = this.#writing;
    output.values.byte(this.#rowTags.present);
    if (!this.#writeRow(cursor, this.#new)) return false;
    output.values.byte(this.#rowTags.absent);
    this.#endRecord('d');
    // A key that was written once can be written again.
    if (this.#table.envelope.options.hasTombstones && this.#beginKey(cursor)) output.nullValue();
    return true;
  }

  #beginRecord(cursor: ByteCursor): boolean {
    if (!this.#beginKey(cursor)) return false;
    this.#writing.output.values.raw(this.#headers.value);
    return true;
  }

  #beginKey(cursor: ByteCursor): boolean {
    const { output } = this.#writing;
    output.begin(this.#table.envelope.topic);
    if (this.#key.length === 0) {
      output.nullKey();
      return true;
    }
    output.values.raw(this.#headers.key);
    if (!this.#writeColumns(this.#key, cursor, this.#new)) return false;
    output.endKey();
    return true;
  }

  #endRecord(op: EventOp): void {
    const { output, source, ends } = this.#writing;
    source.write(output.values, this.#row, this.#marker);
    ends.write(output.values, op, this.#path);
    output.endValue();
  }

  #writeRow(cursor: ByteCursor, places: RowPlaces): boolean {
    return this.#writeColumns(this.#columns, cursor, places);
  }

  #writeColumns(columns: readonly ColumnWriter[], cursor: ByteCursor, { starts }: RowPlaces): boolean {
    const { values } = this.#writing.output;
    for (const { ordinal, present, absent, write } of columns) {
      const start = starts[ordinal] ?? NULL;
      if (start === NULL) {
        if (absent === NO_TAG) return false;
        values.byte(absent);
        continue;
      }
      if (present !== NO_TAG) values.byte(present);
      cursor.offset = start;
      write(values, cursor);
    }
    return true;
  }
}
