import type { Row } from '@headrace/cdc';
import type { ByteCursor } from '../binlog/byte-cursor.ts';
import type { TableMap } from '../binlog/table-map.ts';
import type { WireColumn } from '../binlog/wire-column.ts';
import { guardedReader } from '../columns/guarded-reader.ts';
import { skipper, wireWidth } from '../columns/value-width.ts';
import type { ColumnReader } from '../columns/sql-column.ts';
import type { CapturedTable } from './captured-table.ts';

/** Reads the rows that follow one table map. */
export class LogTable {
  readonly captured: CapturedTable;
  readonly signature: Buffer;
  readonly columnCount: number;
  readonly readers: readonly ColumnReader[];
  readonly wires: readonly WireColumn[];
  readonly #targets: readonly number[];
  readonly #width: number;
  readonly #nullBytes: number;
  /** For a row with a value that its schema cannot hold; made when the first one comes. */
  #guarded: readonly ColumnReader[] | undefined;

  constructor(captured: CapturedTable, map: TableMap, readers: readonly ColumnReader[]) {
    this.captured = captured;
    this.signature = map.signature;
    this.columnCount = readers.length;
    this.readers = readers;
    this.wires = map.columns;
    this.#targets = captured.targets;
    this.#width = captured.envelope.table.columns.length;
    this.#nullBytes = (readers.length + 7) >> 3;
  }

  /** One complete row image: null bits, then the values that are not null. Leaves the cursor behind it. */
  readRow(cursor: ByteCursor): Row {
    const start = cursor.offset;
    try {
      return this.#readBy(this.readers, cursor);
    } catch {
      cursor.offset = start;
      return this.#readBy((this.#guarded ??= this.#guard()), cursor);
    }
  }

  #readBy(readers: readonly ColumnReader[], cursor: ByteCursor): Row {
    const row: Row = new Array<unknown>(this.#width).fill(null);
    const nulls = cursor.offset;
    cursor.offset = nulls + this.#nullBytes;
    const { bytes } = cursor;
    let index = -1;
    for (const read of readers) {
      index += 1;
      if (((bytes[nulls + (index >> 3)] ?? 0) & (1 << (index & 7))) !== 0) continue;
      const value = read(cursor);
      const target = this.#targets[index] ?? -1;
      if (target >= 0) row[target] = value;
    }
    return row;
  }

  #guard(): readonly ColumnReader[] {
    const { columns, onUnconvertible } = this.captured;
    return this.readers.map((read, index) => {
      const wire = this.wires[index];
      const width = wire === undefined ? undefined : wireWidth(wire);
      return width === undefined ? read : guardedReader(read, width, (cause) => onUnconvertible(columns[index]?.name ?? '', cause));
    });
  }
}

/** Joins a table with a table map; the index of the first column that does not fit, where there is one. */
export const logTable = (captured: CapturedTable, map: TableMap): LogTable | { readonly misfit: number } => {
  if (captured.columns.length !== map.columns.length) return { misfit: Math.min(captured.columns.length, map.columns.length) };
  const readers: ColumnReader[] = [];
  for (const [index, wire] of map.columns.entries()) {
    const type = captured.types[index];
    const reader = type === undefined ? skipper(wire) : type.logReader(wire);
    if (reader === undefined) return { misfit: index };
    readers.push(reader);
  }
  return new LogTable(captured, map, readers);
};
