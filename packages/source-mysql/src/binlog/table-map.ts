/**
 * TABLE_MAP event: the shape of a table at that place of the log. Table id (6), flags (2), database and table (each with
 * 1 byte length and a trailing zero), number of columns, their type bytes, a block of type metadata, which are nullable,
 * then optional metadata (see optional-metadata.ts).
 */
import type { ByteCursor } from './byte-cursor.ts';
import { hasStringMetadata, metadataBytes } from './column-types.ts';
import { readOptionalMetadata, type Kind, type OptionalMetadata } from './optional-metadata.ts';
import type { WireColumn } from './wire-column.ts';

export interface TableMap {
  readonly tableId: number;
  readonly database: string;
  readonly table: string;
  readonly columns: readonly WireColumn[];
  readonly optional: OptionalMetadata;
  /** The event's body after the table id: equal bytes mean the same table version. */
  readonly signature: Buffer;
}

/** Only the id: to find a version that is known already. */
export const readTableId = (cursor: ByteCursor): number => cursor.u48();

/** `hasCharset`: of the server's family (`Dialect`). */
export const readTableMap = (cursor: ByteCursor, hasCharset: Kind): TableMap => {
  const tableId = readTableId(cursor);
  const signature = Buffer.from(cursor.bytes.subarray(cursor.offset, cursor.end));
  cursor.skip(2);
  const database = zeroTerminated(cursor);
  const table = zeroTerminated(cursor);
  const types = cursor.view(cursor.lengthEncoded());
  const metadataEnd = cursor.lengthEncoded() + cursor.offset;
  const typed = Array.from(types, (type) => readTypeMetadata(cursor, type));
  cursor.offset = metadataEnd;
  const nullable = cursor.view((types.length + 7) >> 3);
  const columns = typed.map((column, index) => ({ ...column, isNullable: ((nullable[index >> 3] ?? 0) & (1 << (index & 7))) !== 0 }));
  return { tableId, database, table, columns, optional: readOptionalMetadata(cursor, columns, hasCharset), signature };
};

const zeroTerminated = (cursor: ByteCursor): string => {
  const text = cursor.utf8(cursor.u8());
  cursor.skip(1);
  return text;
};

const readTypeMetadata = (cursor: ByteCursor, type: number): { type: number; metadata: number } => {
  if (hasStringMetadata(type)) return readStringMetadata(cursor);
  const width = metadataBytes(type);
  return { type, metadata: width === 0 ? 0 : cursor.uint(width) };
};

/** Real type and length share two bytes: lengths above 255 flip bits 4 and 5 of the type. */
const readStringMetadata = (cursor: ByteCursor): { type: number; metadata: number } => {
  const first = cursor.u8();
  const second = cursor.u8();
  if ((first & 0x30) === 0x30) return { type: first, metadata: second };
  return { type: first | 0x30, metadata: second | (((first & 0x30) ^ 0x30) << 4) };
};
