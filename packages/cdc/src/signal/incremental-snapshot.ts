/**
 * Snapshots asked for while streaming goes on (DBLog, without marks in the log):
 *
 *   begin     a window opens; from now on the log's changes of the table are noted; the chunk is read beside the stream
 *   arrived   streaming is told to halt at the place after the chunk (`readAt`)
 *   reached   the rows whose keys did not change are handed out, with the state behind them; streaming goes on
 *
 * The state travels in every offset, so that a restart goes on with the next chunk.
 */
import type { JsonMap } from '@headrace/connector-api';
import { hasReaction, toError, type Logger } from '@headrace/foundation';
import type { Envelope, Row } from '../envelope.ts';
import {
  afterIncrementalChunk,
  enqueue,
  incrementalKeys,
  withoutTables,
  type IncrementalState,
  type IncrementalTable,
} from '../snapshot/incremental-state.ts';
import type { KeyTexts } from '../snapshot/snapshot-pieces.ts';
import { rowKey, WatermarkWindow } from '../snapshot/watermark-window.ts';
import type { Notifications } from './notifications.ts';

/** A table version, as far as watching its changes needs it. */
export interface WatchedTable {
  readonly path: string;
  readonly envelope: Envelope;
}

/** A change of the log on its way. */
export type WatchedChange<T extends WatchedTable = WatchedTable> =
  | { readonly kind: 'insert'; readonly table: T; readonly after: Row }
  | { readonly kind: 'update'; readonly table: T; readonly before: Row | null; readonly after: Row }
  | { readonly kind: 'delete'; readonly table: T; readonly before: Row }
  | { readonly kind: 'truncate'; readonly tables: readonly T[] };

/** Some rows of a table, and where in the log (`P`) everything they show has been told. */
export interface Chunk<P, T extends WatchedTable = WatchedTable> {
  readonly kind: 'rows';
  readonly table: T;
  readonly rows: readonly Row[];
  /** Columns by which the log's changes are told from the rows. */
  readonly identity: readonly string[];
  readonly readAt: P;
  /** Last key read; null: the table is read. */
  readonly lastKey: KeyTexts | null;
  readonly maxKey: KeyTexts | null;
}

/** Why a table cannot be read, in Debezium's words. */
export interface Unreadable {
  readonly kind: 'unreadable';
  readonly status: 'NO_PRIMARY_KEY' | 'UNKNOWN_SCHEMA' | 'EMPTY';
}

/** Reads the next chunk of a table beside the stream; errors as of a query. */
export interface ChunkSource<P, T extends WatchedTable = WatchedTable> {
  read(table: IncrementalTable, signal: AbortSignal): Promise<Chunk<P, T> | Unreadable>;
}

/** The stream, as far as it has to wait for a chunk. `B`: what it hands out. */
export interface HaltingStream<P, B, T extends WatchedTable = WatchedTable> {
  /** Changes after this place stay unread. */
  stopAt(place: P): void;
  /** Everything up to there is read. */
  readonly hasReached: boolean;
  /** Goes on from there; the rows, whose keys have not changed meanwhile, come behind what was read. `state` is behind them. */
  goOn(chunk: Chunk<P, T>, rows: readonly Row[]): B;
}

export interface IncrementalOptions<P, T extends WatchedTable = WatchedTable> {
  readonly chunks: ChunkSource<P, T>;
  readonly state: IncrementalState;
  readonly notifications: Notifications;
  readonly log: Logger;
  /** `done`: a table whose end was reached, with its rows. */
  readonly tellProgress: (state: IncrementalState, done?: { readonly path: string; readonly rows: number }) => void;
}

type Outcome<P, T extends WatchedTable> = Chunk<P, T> | Unreadable | { readonly kind: 'failed'; readonly error: Error };

export class IncrementalSnapshot<P, T extends WatchedTable = WatchedTable> {
  readonly #options: IncrementalOptions<P, T>;
  #state: IncrementalState;
  #window: WatermarkWindow<Row> | undefined;
  #outcome: Outcome<P, T> | undefined;
  #reading: Promise<void> = Promise.resolve();
  /** The state has changed since it was last put into an offset. */
  isDirty = false;

  constructor(options: IncrementalOptions<P, T>) {
    this.#options = options;
    this.#state = options.state;
  }

  get state(): IncrementalState {
    return this.#state;
  }

  /** A chunk is being read, or waits for its place. */
  get isBusy(): boolean {
    return this.#window !== undefined;
  }

  keys(): JsonMap {
    this.isDirty = false;
    return incrementalKeys(this.#state);
  }

  add(tables: readonly IncrementalTable[]): void {
    this.#change(enqueue(this.#state, tables));
    this.#tell('STARTED', { data_collections: paths(this.#state.tables) });
  }

  pause(): void {
    this.#change({ ...this.#state, isPaused: true });
    this.#tell('PAUSED', { data_collections: paths(this.#state.tables) });
  }

  resume(): void {
    this.#change({ ...this.#state, isPaused: false });
    this.#tell('RESUMED', { data_collections: paths(this.#state.tables) });
  }

  stop(isStopped: (path: string) => boolean): void {
    const stopped = this.#state.tables.filter((table) => isStopped(table.path));
    this.#tell('ABORTED', { data_collections: paths(stopped) });
    this.#change(withoutTables(this.#state, isStopped));
    if (this.#window !== undefined && isStopped(this.#window.table)) this.#window.dropAll();
  }

  /** A change on its way: its row in the chunk is out of date. */
  saw(change: WatchedChange<T>): void {
    const window = this.#window;
    if (window === undefined) return;
    if (change.kind === 'truncate') {
      if (change.tables.some((table) => table.path === window.table)) window.dropAll();
    } else if (change.table.path === window.table) {
      for (const row of rowsOf(change)) window.drop(this.#keyOf(change.table, row));
    }
  }

  /** One step, to be taken before each poll of the stream: perhaps a chunk's rows. */
  step<B>(stream: HaltingStream<P, B, T>, signal: AbortSignal): B | null {
    const [table] = this.#state.tables;
    if (this.#window === undefined) {
      if (table !== undefined && !this.#state.isPaused) this.#begin(table, signal);
      return null;
    }
    const outcome = this.#outcome;
    if (outcome === undefined) return null;
    if (outcome.kind === 'failed') return this.#fail(outcome.error);
    if (outcome.kind === 'unreadable') return this.#finishTable(outcome.status);
    stream.stopAt(outcome.readAt);
    return stream.hasReached ? this.#handOut(outcome, stream) : null;
  }

  /** The stream has begun anew from an earlier place: the chunk under way is read again. */
  abandonChunk(): void {
    this.#window = undefined;
    this.#outcome = undefined;
  }

  /** Resolves when no query is under way any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reading;
  }

  #begin(table: IncrementalTable, signal: AbortSignal): void {
    const window = new WatermarkWindow<Row>(table.path);
    this.#window = window;
    this.#outcome = undefined;
    // Readers have one session: a read that nobody waits for any more ends before the next one.
    const read = this.#reading.then(() => this.#options.chunks.read(table, signal));
    this.#reading = read.then(
      (outcome) => {
        this.#arrive(window, outcome);
      },
      (error: unknown) => {
        this.#arrive(window, { kind: 'failed', error: toError(error) });
      },
    );
  }

  #arrive(window: WatermarkWindow<Row>, outcome: Outcome<P, T>): void {
    // Nobody waits for it any more.
    if (window !== this.#window) return;
    this.#outcome = outcome;
    if (outcome.kind === 'rows') {
      window.fill(new Map(outcome.rows.map((row) => [rowKey(row, indexesOf(outcome.table, outcome.identity)), row])));
    }
  }

  #handOut<B>(chunk: Chunk<P, T>, stream: HaltingStream<P, B, T>): B {
    const rows = this.#window?.close() ?? [];
    const [table] = this.#state.tables;
    this.#window = undefined;
    // A table that was stopped meanwhile is not the first any more.
    if (table?.path === chunk.table.path) this.#advance(table, chunk);
    return stream.goOn(chunk, rows);
  }

  #advance(table: IncrementalTable, chunk: Chunk<P, T>): void {
    const rows = table.rows + chunk.rows.length;
    const next = afterIncrementalChunk(this.#state, { lastKey: chunk.lastKey, maxKey: chunk.maxKey, rows: chunk.rows.length });
    this.#change(next, chunk.lastKey === null ? { path: table.path, rows } : undefined);
    if (chunk.lastKey === null) this.#tellTableDone(table, rows, 'SUCCEEDED');
    else {
      this.#tell('IN_PROGRESS', {
        data_collections: paths(this.#state.tables),
        current_collection_in_progress: table.path,
        maximum_key: (chunk.maxKey ?? []).join(','),
        last_processed_key: chunk.lastKey.join(','),
      });
    }
  }

  #finishTable(status: Unreadable['status'] | 'SQL_EXCEPTION'): null {
    const [table] = this.#state.tables;
    const isCurrent = table !== undefined && table.path === this.#window?.table;
    this.#window = undefined;
    if (!isCurrent) return null;
    this.#change(afterIncrementalChunk(this.#state, { lastKey: null, maxKey: null, rows: 0 }), { path: table.path, rows: table.rows });
    // The rest of a table that was read up to its last key is empty: that is its end.
    this.#tellTableDone(table, table.rows, status === 'EMPTY' && table.rows > 0 ? 'SUCCEEDED' : status);
    return null;
  }

  /** A broken connection ends the run; a statement the server refuses (a wrong condition) ends the table. */
  #fail(error: Error): null {
    if (hasReaction(error, 'retry')) throw error;
    const table = this.#window?.table;
    this.#options.log.warn('A table of an incremental snapshot cannot be read.', { table, reason: error.message });
    return this.#finishTable('SQL_EXCEPTION');
  }

  #tellTableDone(table: IncrementalTable, rows: number, status: string): void {
    const data = { scanned_collection: table.path, total_rows_scanned: String(rows), status };
    this.#tell('TABLE_SCAN_COMPLETED', data, table.signal);
    if (this.#state.tables.length === 0) this.#tell('COMPLETED', {}, table.signal);
  }

  #tell(type: string, data: Readonly<Record<string, string>>, id = this.#state.tables[0]?.signal ?? ''): void {
    this.#options.notifications.tell({ id, aggregate: 'Incremental Snapshot', type, data });
  }

  #change(state: IncrementalState, done?: { readonly path: string; readonly rows: number }): void {
    this.#state = state;
    this.isDirty = true;
    this.#options.tellProgress(state, done);
  }

  #keyOf(table: T, row: Row): string {
    const { key } = table.envelope.table;
    const surrogate = this.#state.tables[0]?.surrogateKey;
    return rowKey(row, indexesOf(table, key.length > 0 || typeof surrogate !== 'string' ? key : [surrogate]));
  }
}

const paths = (tables: readonly IncrementalTable[]): string => tables.map((table) => table.path).join(', ');

const indexesOf = ({ envelope }: WatchedTable, names: readonly string[]): readonly number[] =>
  names.map((name) => envelope.table.columns.findIndex((column) => column.name === name));

const rowsOf = (change: Exclude<WatchedChange, { kind: 'truncate' }>): readonly Row[] => {
  if (change.kind === 'insert') return [change.after];
  if (change.kind === 'delete') return [change.before];
  return change.before === null ? [change.after] : [change.before, change.after];
};
