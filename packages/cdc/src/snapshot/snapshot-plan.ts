import type { JsonMap } from '@headrace/connector-api';

/**
 * Progress of a snapshot that reads tables one after another, each in chunks by ascending key. Pure data: it is stored
 * inside the offset after each chunk, so that a restart goes on with the next one.
 *
 * pending tables -> current table (last key read) -> done
 */
export interface SnapshotProgress {
  /** Table paths still to be read, the current one first. */
  readonly remaining: readonly string[];
  /** Key of the last row read of the first remaining table, as text in key order; null: none read yet. */
  readonly lastKey: readonly string[] | null;
}

export const startSnapshot = (tables: readonly string[]): SnapshotProgress => ({ remaining: tables, lastKey: null });

export const isSnapshotDone = (progress: SnapshotProgress): boolean => progress.remaining.length === 0;

/** After a chunk of the current table that ended at `lastKey`; null: the table is read completely. */
export const afterChunk = (progress: SnapshotProgress, lastKey: readonly string[] | null): SnapshotProgress =>
  lastKey === null ? { remaining: progress.remaining.slice(1), lastKey: null } : { remaining: progress.remaining, lastKey };

/** As stored in an offset. */
export const progressToJson = (progress: SnapshotProgress): JsonMap => ({ remaining: progress.remaining, last_key: progress.lastKey });

/** The inverse; undefined for anything that is not such a map. */
export const progressFromJson = (value: unknown): SnapshotProgress | undefined => {
  const map = value as { remaining?: unknown; last_key?: unknown } | null | undefined;
  if (!isTextList(map?.remaining)) return undefined;
  return { remaining: map.remaining, lastKey: isTextList(map.last_key) ? map.last_key : null };
};

const isTextList = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every((item) => typeof item === 'string');
