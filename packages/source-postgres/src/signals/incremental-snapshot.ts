/**
 * Snapshots asked for while streaming goes on (DBLog, without marks in the log):
 *
 *   begin     a window opens; from now on the log's changes of the table are noted; the chunk is read beside the stream
 *   arrived   streaming is told to halt at the place after the chunk (`readAt`)
 *   reached   the rows whose keys did not change are handed out, with the state behind them; streaming goes on
 *
 * The state travels in every offset, so that a restart goes on with the next chunk.
 */
import { Struct, type JsonMap, type SourceRecord } from '@headrace/connector-api';
import { hasReaction, toError } from '@headrace/foundation';
import {
  afterIncrementalChunk,
  enqueue,
  eventTime,
  incrementalKeys,
  rowKey,
  WatermarkWindow,
  withoutTables,
  type EventMeta,
  type IncrementalState,
  type IncrementalTable,
  type Notifications,
  type Row,
} from '@headrace/cdc';
import type { Change, ChangeBatch } from '../change.ts';
import type { ChangeReader } from '../change-reader.ts';
import type { CapturedTable } from '../tables/captured-table.ts';
import { postgresSourceSchema, type SourceBlocks } from '../tables/source-block.ts';
import type { Chunk, ChunkReader, Unreadable } from './chunk-reader.ts';

export interface IncrementalOptions {
  readonly chunks: ChunkReader;
  readonly state: IncrementalState;
  readonly sources: SourceBlocks;
  readonly notifications: Notifications;
  readonly now: () => number;
  /** `done`: a table whose end was reached, with its rows. */
  readonly tellProgress: (state: IncrementalState, done?: { readonly path: string; readonly rows: number }) => void;
}

type Outcome = Chunk | Unreadable | { readonly kind: 'failed'; readonly error: Error };

export class IncrementalSnapshot {
  readonly #options: IncrementalOptions;
  readonly #meta: EventMeta = { source: new Struct(postgresSourceSchema, []), transaction: null, time: eventTime(0) };
  #state: IncrementalState;
  #window: WatermarkWindow<Row> | undefined;
  #outcome: Outcome | undefined;
  #reading: Promise<void> = Promise.resolve();
  /** The state has changed since it was last put into an offset. */
  isDirty = false;

  constructor(options: IncrementalOptions) {
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
  saw(change: Change): void {
    const window = this.#window;
    if (window === undefined) return;
    if (change.kind === 'truncate') {
      if (change.tables.some((table) => table.path === window.table)) window.dropAll();
    } else if (change.table.path === window.table) {
      for (const row of rowsOf(change)) window.drop(this.#keyOf(change.table, row));
    }
  }

  /** One step, to be taken before each poll of the stream: perhaps a chunk's rows. */
  step(reader: ChangeReader, signal: AbortSignal): ChangeBatch | null {
    const [table] = this.#state.tables;
    if (this.#window === undefined) {
      if (table !== undefined && !this.#state.isPaused) this.#begin(table, signal);
      return null;
    }
    const outcome = this.#outcome;
    if (outcome === undefined) return null;
    if (outcome.kind === 'failed') return this.#fail(outcome.error);
    if (outcome.kind === 'unreadable') return this.#finishTable(outcome.status);
    reader.stopAt(outcome.readAt);
    return reader.hasReached ? this.#handOut(outcome, reader) : null;
  }

  /** Resolves when no query is under way any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reading;
  }

  #begin(table: IncrementalTable, signal: AbortSignal): void {
    this.#window = new WatermarkWindow<Row>(table.path);
    this.#outcome = undefined;
    this.#reading = this.#options.chunks.read(table, signal).then(
      (outcome) => this.#arrive(outcome),
      (error: unknown) => this.#arrive({ kind: 'failed', error: toError(error) }),
    );
  }

  #arrive(outcome: Outcome): void {
    this.#outcome = outcome;
    if (outcome.kind === 'rows') {
      this.#window?.fill(new Map(outcome.rows.map((row) => [rowKey(row, indexesOf(outcome.table, outcome.identity)), row])));
    }
  }

  #handOut(chunk: Chunk, reader: ChangeReader): ChangeBatch {
    const records: SourceRecord[] = [];
    reader.goOn();
    this.#meta.time = eventTime(this.#options.now() * 1_000);
    this.#options.sources.begin(this.#meta.time, null, reader.place);
    this.#meta.source = this.#options.sources.block(chunk.table, reader.place, 'incremental');
    for (const row of this.#window?.close() ?? []) chunk.table.envelope.read(records, row, this.#meta);
    const [table] = this.#state.tables;
    this.#window = undefined;
    // A table that was stopped meanwhile is not the first any more.
    if (table?.path === chunk.table.path) this.#advance(table, chunk);
    const batch = reader.take();
    return { ...batch, records: [...batch.records, ...records] };
  }

  #advance(table: IncrementalTable, chunk: Chunk): void {
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

  #keyOf(table: CapturedTable, row: Row): string {
    const { key } = table.envelope.table;
    const surrogate = this.#state.tables[0]?.surrogateKey;
    return rowKey(row, indexesOf(table, key.length > 0 || typeof surrogate !== 'string' ? key : [surrogate]));
  }
}

const paths = (tables: readonly IncrementalTable[]): string => tables.map((table) => table.path).join(', ');

const indexesOf = ({ envelope }: CapturedTable, names: readonly string[]): readonly number[] =>
  names.map((name) => envelope.table.columns.findIndex((column) => column.name === name));

const rowsOf = (change: Exclude<Change, { kind: 'truncate' }>): readonly Row[] => {
  if (change.kind === 'insert') return [change.after];
  if (change.kind === 'delete') return [change.before];
  return change.before === null ? [change.after] : [change.before, change.after];
};
