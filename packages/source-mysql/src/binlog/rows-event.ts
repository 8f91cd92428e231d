/**
 * ROWS events: table id (6), flags (2), in version 2 extra data (its length (2) counts itself), number of columns, which
 * columns are present (for updates: before, then after), then row images: null bits of the present columns, values.
 */
import { eventType } from './event-header.ts';
import type { ByteCursor } from './byte-cursor.ts';
import { inflateBody } from './events.ts';

export type RowOperation = 'create' | 'update' | 'remove';

interface RowsKind {
  readonly operation: RowOperation;
  readonly isVersion2: boolean;
  readonly isCompressed: boolean;
}

const kind = (operation: RowOperation, isVersion2: boolean, isCompressed = false): RowsKind => ({ operation, isVersion2, isCompressed });

const kinds = new Map<number, RowsKind>([
  [eventType.writeRowsV1, kind('create', false)],
  [eventType.updateRowsV1, kind('update', false)],
  [eventType.deleteRowsV1, kind('remove', false)],
  [eventType.writeRows, kind('create', true)],
  [eventType.updateRows, kind('update', true)],
  [eventType.deleteRows, kind('remove', true)],
  [eventType.partialUpdateRows, kind('update', true)],
  [eventType.writeRowsCompressedV1, kind('create', false, true)],
  [eventType.updateRowsCompressedV1, kind('update', false, true)],
  [eventType.deleteRowsCompressedV1, kind('remove', false, true)],
  [eventType.writeRowsCompressed, kind('create', true, true)],
  [eventType.updateRowsCompressed, kind('update', true, true)],
  [eventType.deleteRowsCompressed, kind('remove', true, true)],
]);

export interface RowsHeader {
  readonly tableId: number;
  readonly operation: RowOperation;
  readonly columnCount: number;
  /** Every column is in every image (binlog_row_image=FULL). */
  readonly isComplete: boolean;
  /** New images may hold the changes of documents where others hold documents: see whole-rows.ts. */
  readonly isPartial: boolean;
}

/** Id of the dummy table that ends a statement without rows. */
export const NO_TABLE = 0xff_ff_ff;

/** Reads up to the first row; undefined for other events. The cursor is left at the rows, in inflated bytes where it must. */
export const readRowsHeader = (type: number, cursor: ByteCursor): RowsHeader | undefined => {
  const rows = kinds.get(type);
  if (rows === undefined) return undefined;
  const tableId = cursor.u48();
  cursor.skip(2);
  if (rows.isVersion2) cursor.skip(cursor.u16() - 2);
  const columnCount = cursor.lengthEncoded();
  let isComplete = readIsComplete(cursor, columnCount);
  if (rows.operation === 'update') isComplete = readIsComplete(cursor, columnCount) && isComplete;
  if (rows.isCompressed) cursor.enter(inflateBody(cursor.bytes.subarray(cursor.offset, cursor.end)));
  return { tableId, operation: rows.operation, columnCount, isComplete, isPartial: type === eventType.partialUpdateRows };
};

/** Bits beyond the last column may be set and do not count. */
const readIsComplete = (cursor: ByteCursor, columnCount: number): boolean => {
  let isComplete = true;
  for (let left = columnCount; left > 0; left -= 8) {
    const wanted = left >= 8 ? 0xff : (1 << left) - 1;
    if ((cursor.u8() & wanted) !== wanted) isComplete = false;
  }
  return isComplete;
};
