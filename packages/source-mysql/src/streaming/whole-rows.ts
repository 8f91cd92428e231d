/**
 * Rows of a partial update (MySQL with binlog_row_value_options=PARTIAL_JSON) made whole: in their new images, what changed in
 * a document becomes the document. So whoever reads rows need not know of partial ones. Before its null bits such an image has
 * its options (length-encoded); where they say so, one bit follows for each JSON column of the table: set where the column
 * holds the changes of the document in the old image.
 */
import type { ByteCursor } from '../binlog/byte-cursor.ts';
import { columnType } from '../binlog/column-types.ts';
import type { WireColumn } from '../binlog/wire-column.ts';
import { wireWidths } from '../columns/value-width.ts';
import { NULL, RowPlaces } from '../fused/row-places.ts';
import { changedDocument } from '../json/json-diff.ts';

const HAS_PARTIAL_DOCUMENTS = 1;

interface JsonColumn {
  readonly ordinal: number;
  /** Bytes of the length before a value. */
  readonly lengthBytes: number;
}

export class WholeRows {
  readonly #old: RowPlaces;
  readonly #new: RowPlaces;
  readonly #documents: readonly JsonColumn[];

  /** Throws RangeError for rows with a type whose length is not known. */
  constructor(wires: readonly WireColumn[]) {
    const widths = wireWidths(wires);
    if (widths === undefined) throw new RangeError('the length of a column is not known');
    this.#old = new RowPlaces(widths, 0);
    this.#new = new RowPlaces(widths, 0);
    this.#documents = wires.flatMap(({ type, metadata }, ordinal) =>
      type === columnType.json ? [{ ordinal, lengthBytes: metadata }] : [],
    );
  }

  /** All rows from the cursor on, as a full update has them. Throws RangeError for changes that do not fit their document. */
  read(cursor: ByteCursor): Buffer {
    const parts: Buffer[] = [];
    while (cursor.offset < cursor.end) {
      const start = cursor.offset;
      this.#old.read(cursor);
      parts.push(cursor.bytes.subarray(start, cursor.offset));
      this.#readNew(cursor, parts);
    }
    return Buffer.concat(parts);
  }

  #readNew(cursor: ByteCursor, parts: Buffer[]): void {
    const partial = this.#readPartial(cursor);
    const { bytes } = cursor;
    let copied = cursor.offset;
    this.#new.read(cursor);
    for (const { ordinal, lengthBytes } of partial) {
      const start = this.#new.starts[ordinal] ?? NULL;
      if (start === NULL) continue;
      const document = this.#changed(cursor, ordinal, lengthBytes);
      const length = Buffer.alloc(lengthBytes);
      length.writeUIntLE(document.length, 0, lengthBytes);
      parts.push(bytes.subarray(copied, start), length, document);
      copied = this.#new.ends[ordinal] ?? start;
    }
    parts.push(bytes.subarray(copied, cursor.offset));
  }

  /** Columns that hold changes only. */
  #readPartial(cursor: ByteCursor): readonly JsonColumn[] {
    const options = cursor.lengthEncoded();
    if ((options & HAS_PARTIAL_DOCUMENTS) === 0) return [];
    const bits = cursor.view((this.#documents.length + 7) >> 3);
    return this.#documents.filter((_, index) => ((bits[index >> 3] ?? 0) & (1 << (index & 7))) !== 0);
  }

  /** The cursor is back behind the row afterwards. */
  #changed(cursor: ByteCursor, ordinal: number, lengthBytes: number): Buffer {
    const before = this.#old.starts[ordinal] ?? NULL;
    if (before === NULL) throw new RangeError('there is no document to change');
    const document = cursor.bytes.subarray(before + lengthBytes, this.#old.ends[ordinal]);
    const behind = cursor.offset;
    cursor.offset = (this.#new.starts[ordinal] ?? 0) + lengthBytes;
    const changed = changedDocument(document, cursor, this.#new.ends[ordinal] ?? 0);
    cursor.offset = behind;
    return changed;
  }
}
