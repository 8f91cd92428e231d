/**
 * What an incremental snapshot has still to read, as pure data: tables in a queue, the first one under way chunk by chunk. It
 * is stored in every offset, in Debezium's list of collections (which is enough to begin its tables again) and, with the place
 * inside the first, in a key of ours.
 */
import type { JsonMap } from '@headrace/connector-api';
import { windowKey } from './watermark-window.ts';
import type { KeyTexts } from './snapshot-pieces.ts';

export interface IncrementalTable {
  readonly path: string;
  /** Id of the signal that asked for it. */
  readonly signal: string;
  /** An SQL condition on its rows. */
  readonly condition: string | null;
  readonly surrogateKey: string | null;
  /** Last key of the chunks handed out; null: none yet. */
  readonly lastKey: KeyTexts | null;
  /** Greatest key when reading began: rows beyond are told by the log. */
  readonly maxKey: KeyTexts | null;
  /** Rows read so far. */
  readonly rows: number;
  /** The database's estimate of its rows; left out: it has none. */
  readonly expected?: number;
}

export interface IncrementalState {
  readonly tables: readonly IncrementalTable[];
  readonly isPaused: boolean;
}

export const nothingIncremental: IncrementalState = { tables: [], isPaused: false };

/** A table that waits already under the same condition is not queued twice: a signal may be seen again after a restart. */
export const enqueue = (state: IncrementalState, tables: readonly IncrementalTable[]): IncrementalState => {
  const nameOf = (table: IncrementalTable): string => windowKey([table.path, table.condition]);
  const known = new Set(state.tables.map(nameOf));
  return { ...state, tables: [...state.tables, ...tables.filter((table) => !known.has(nameOf(table)))] };
};

/** After a chunk of the first table that ended at `lastKey`; null: the table is read. */
export const afterIncrementalChunk = (
  state: IncrementalState,
  chunk: { readonly lastKey: KeyTexts | null; readonly maxKey: KeyTexts | null; readonly rows: number },
): IncrementalState => {
  const [first, ...others] = state.tables;
  if (first === undefined) return state;
  if (chunk.lastKey === null) return { ...state, tables: others };
  return { ...state, tables: [{ ...first, lastKey: chunk.lastKey, maxKey: chunk.maxKey, rows: first.rows + chunk.rows }, ...others] };
};

/** Without the tables that `isStopped` names. */
export const withoutTables = (state: IncrementalState, isStopped: (path: string) => boolean): IncrementalState => ({
  ...state,
  tables: state.tables.filter((table) => !isStopped(table.path)),
});

/** Keys of an offset; none when there is nothing to read. */
export const incrementalKeys = (state: IncrementalState): JsonMap => {
  if (state.tables.length === 0) return {};
  const collections = state.tables.map((table) => ({
    incremental_snapshot_collections_id: table.path,
    incremental_snapshot_collections_additional_condition: table.condition,
    incremental_snapshot_collections_surrogate_key: table.surrogateKey,
  }));
  return {
    incremental_snapshot_collections: JSON.stringify(collections),
    incremental_snapshot_correlation_id: state.tables[0]?.signal ?? '',
    headrace_incremental: JSON.stringify(state),
  };
};

/**
 * Reads them. Of an offset of Debezium the tables are begun again: its place inside the first is a Java object, and rows
 * read twice are only told twice.
 */
export const incrementalFrom = (offset: JsonMap | null): IncrementalState => {
  const own = offset?.['headrace_incremental'];
  if (typeof own === 'string') return JSON.parse(own) as IncrementalState;
  const collections = offset?.['incremental_snapshot_collections'];
  if (typeof collections !== 'string') return nothingIncremental;
  const signal = offset?.['incremental_snapshot_correlation_id'];
  const list = JSON.parse(collections) as readonly Readonly<Record<string, string | null>>[];
  const tables = list.map((entry) => ({
    path: (entry['incremental_snapshot_collections_id'] ?? '').replaceAll('"', ''),
    signal: typeof signal === 'string' ? signal : '',
    condition: entry['incremental_snapshot_collections_additional_condition'] ?? null,
    surrogateKey: entry['incremental_snapshot_collections_surrogate_key'] ?? null,
    lastKey: null,
    maxKey: null,
    rows: 0,
  }));
  return { tables, isPaused: false };
};
