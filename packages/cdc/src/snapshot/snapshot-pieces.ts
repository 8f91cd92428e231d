import type { JsonMap } from '@headrace/connector-api';

/** Texts of the key columns of one row, as the database prints and reads them. */
export type KeyTexts = readonly string[];

/** A range of a table by ascending key. */
export interface SnapshotPiece {
  /** Path of the table. */
  readonly table: string;
  /** Rows up to and with this key are read; null: none. */
  readonly after: KeyTexts | null;
  /** Last key of the range; null: to the end of the table. */
  readonly until: KeyTexts | null;
}

/**
 * What a snapshot has still to read, in order. Several pieces may be under way at once, of several tables or of one. Pure
 * data: it is stored inside the offset, so that a restart goes on where each piece was.
 */
export type SnapshotPieces = readonly SnapshotPiece[];

/** Every table as one piece. */
export const wholeTables = (tables: readonly string[]): SnapshotPieces => tables.map((table) => ({ table, after: null, until: null }));

/** Cuts a range at the keys of `cuts`, which ascend inside it. */
export const cutPiece = (piece: SnapshotPiece, cuts: readonly KeyTexts[]): SnapshotPieces => {
  const starts = [piece.after, ...cuts];
  const ends = [...cuts, piece.until];
  return starts.map((after, index) => ({ table: piece.table, after, until: ends[index] ?? null }));
};

/** As stored in an offset. */
export const piecesToJson = (pieces: SnapshotPieces): JsonMap => ({
  pieces: pieces.map(({ table, after, until }) => [table, after, until]),
});

/** The inverse; undefined for anything that is not such a map. Also reads the form of one piece after another. */
export const piecesFromJson = (value: unknown): SnapshotPieces | undefined => {
  const map = value as { pieces?: unknown; remaining?: unknown; last_key?: unknown } | null | undefined;
  if (isTextList(map?.remaining)) {
    const first = isTextList(map.last_key) ? map.last_key : null;
    return wholeTables(map.remaining).map((piece, index) => (index === 0 ? { ...piece, after: first } : piece));
  }
  if (!Array.isArray(map?.pieces)) return undefined;
  const pieces = (map.pieces as readonly unknown[]).map(pieceFromJson);
  return pieces.every((piece) => piece !== undefined) ? pieces : undefined;
};

const pieceFromJson = (value: unknown): SnapshotPiece | undefined => {
  const [table, after, until] = Array.isArray(value) ? (value as readonly unknown[]) : [];
  if (typeof table !== 'string') return undefined;
  return { table, after: isTextList(after) ? after : null, until: isTextList(until) ? until : null };
};

const isTextList = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every((item) => typeof item === 'string');
