import type { Row } from '@headrace/cdc';
import type { ByteCursor } from '../binlog/byte-cursor.ts';
import { guardedReader } from '../columns/guarded-reader.ts';
import { resultWidth } from '../columns/value-width.ts';
import type { ColumnReader } from '../columns/sql-column.ts';
import type { CapturedTable } from '../tables/captured-table.ts';

/** In binary result rows the null bits start with the third. */
const NULL_BIT_OFFSET = 2;

/** Reads result rows whose columns are the captured ones of a table, in their order. */
export class ResultTable {
  readonly #readers: readonly ColumnReader[];
  readonly #nullBytes: number;
  readonly #table: CapturedTable;
  /** For a row with a value that its schema cannot hold; made when the first one comes. */
  #guarded: readonly ColumnReader[] | undefined;

  constructor(table: CapturedTable) {
    this.#table = table;
    this.#readers = table.types.flatMap((type) => (type === undefined ? [] : [type.resultReader]));
    this.#nullBytes = (this.#readers.length + 7 + NULL_BIT_OFFSET) >> 3;
  }

  /** The row that the cursor is at. */
  readRow(cursor: ByteCursor): Row {
    const start = cursor.offset;
    try {
      return this.#readBy(this.#readers, cursor);
    } catch {
      cursor.offset = start;
      return this.#readBy((this.#guarded ??= this.#guard()), cursor);
    }
  }

  #readBy(readers: readonly ColumnReader[], cursor: ByteCursor): Row {
    const nulls = cursor.offset;
    cursor.offset = nulls + this.#nullBytes;
    const { bytes } = cursor;
    const row = new Array<unknown>(readers.length);
    let bit = NULL_BIT_OFFSET;
    for (const read of readers) {
      const isNull = ((bytes[nulls + (bit >> 3)] ?? 0) & (1 << (bit & 7))) !== 0;
      row[bit - NULL_BIT_OFFSET] = isNull ? null : read(cursor);
      bit += 1;
    }
    return row;
  }

  #guard(): readonly ColumnReader[] {
    const { columns, types, onUnconvertible } = this.#table;
    const captured = columns.filter((_, index) => types[index] !== undefined);
    return this.#readers.map((read, index) => {
      const { name = '', dataType = '' } = captured[index] ?? {};
      return guardedReader(read, resultWidth(dataType), (cause) => onUnconvertible(name, cause));
    });
  }
}

/** A row of texts only. */
export const readTexts = (cursor: ByteCursor, width: number): readonly string[] => {
  cursor.offset += (width + 7 + NULL_BIT_OFFSET) >> 3;
  return Array.from({ length: width }, () => cursor.utf8(cursor.lengthEncoded()));
};
