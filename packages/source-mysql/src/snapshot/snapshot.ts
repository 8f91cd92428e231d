import { afterChunk, isSnapshotDone, startSnapshot, type EventMeta, type SnapshotMarker, type SnapshotProgress } from '@headrace/cdc';
import { crashPoint } from '@headrace/foundation';
import { ByteCursor } from '../binlog/byte-cursor.ts';
import { ResultRows } from '../connection/result-rows.ts';
import type { ServerPosition } from '../connection/server-checks.ts';
import type { FusedTable } from '../fused/fused-table.ts';
import type { FusedTables } from '../fused/fused-tables.ts';
import type { SourceBlocks } from '../source-block.ts';
import type { ChangeBatch } from '../streaming/change-batch.ts';
import type { CapturedTable } from '../tables/captured-table.ts';
import type { ConsistentPoint } from './consistent-point.ts';
import { KeyRange, type KeyBound } from './key-range.ts';
import type { Selects } from './snapshot-phase.ts';
import { readTexts, ResultTable } from './result-table.ts';

/** A row that waits for its marker: whether it is the last one shows only with the next. */
interface HeldRow {
  readonly piece: OpenPiece;
  readonly isFirst: boolean;
  readonly isFirstInTable: boolean;
  /** What is done before the row's piece. */
  readonly progress: SnapshotProgress;
}

/** The piece of a table that is being read. */
interface OpenPiece {
  readonly table: CapturedTable;
  readonly reader: ResultTable;
  /** Writes the rows that need not become objects; undefined: all have to. */
  readonly fused: FusedTable | undefined;
  readonly rows: ResultRows;
  /** Where the next piece starts; null: there is none. */
  readonly end: KeyBound | null;
}

export interface SnapshotOptions {
  readonly point: ConsistentPoint;
  readonly tables: readonly CapturedTable[];
  /** What an earlier run has left to do; undefined: everything. */
  readonly progress: SnapshotProgress | undefined;
  readonly source: SourceBlocks;
  /** Left out: every row becomes an object. */
  readonly fused: FusedTables | undefined;
  /** Statements that select the rows of some tables, by path. */
  readonly selects: Selects;
  /** Rows per piece. */
  readonly pieceRows: number;
  readonly nowMs: number;
}

/** Reads tables one after another in one consistent view, each by ascending key. */
export class Snapshot implements Disposable {
  readonly position: ServerPosition;
  readonly #point: ConsistentPoint;
  readonly #tables: ReadonlyMap<string, CapturedTable>;
  readonly #source: SourceBlocks;
  readonly #fused: FusedTables | undefined;
  readonly #selects: Selects;
  readonly #pieceRows: number;
  readonly #timeUs: number;
  #progress: SnapshotProgress;
  #piece: OpenPiece | undefined;
  #held: HeldRow | undefined;
  /** At the held row. */
  readonly #heldAt = new ByteCursor(Buffer.alloc(0));
  #hasRows = false;
  #isDone = false;

  constructor(options: SnapshotOptions) {
    this.position = options.point.position;
    this.#point = options.point;
    this.#tables = new Map(options.tables.map((table) => [table.envelope.topic, table]));
    this.#source = options.source;
    this.#fused = options.fused;
    this.#selects = options.selects;
    this.#pieceRows = options.pieceRows;
    this.#timeUs = options.nowMs * 1_000;
    this.#progress = options.progress ?? startSnapshot([...this.#tables.keys()]);
  }

  /** Pieces whose rows have all been given out. */
  get progress(): SnapshotProgress {
    return this.#held?.progress ?? this.#progress;
  }

  /** Every row has been given out. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Adds rows until the batch is full or the snapshot is done. */
  async read(batch: ChangeBatch, signal: AbortSignal): Promise<void> {
    while (!batch.isFull && !this.#isDone) {
      const piece = this.#piece ?? (await this.#openPiece(signal));
      if (piece === undefined) {
        this.#emitHeld(batch, undefined);
        this.#isDone = true;
        return;
      }
      const arrival = piece.rows.next(signal);
      const hasRow = typeof arrival === 'boolean' ? arrival : await arrival;
      if (hasRow) this.#takeRow(piece, batch);
      else this.#closePiece(piece);
    }
    if (this.#piece !== undefined) crashPoint('snapshot.mid-chunk');
  }

  [Symbol.dispose](): void {
    this.#point.socket[Symbol.dispose]();
  }

  #takeRow(piece: OpenPiece, batch: ChangeBatch): void {
    const { cursor } = piece.rows;
    batch.countBytes(cursor.remaining);
    const isFirstInTable = this.#held?.piece.table !== piece.table;
    this.#emitHeld(batch, piece.table);
    this.#heldAt.bytes = cursor.bytes;
    this.#heldAt.offset = cursor.offset;
    this.#heldAt.end = cursor.end;
    this.#held = { piece, isFirst: !this.#hasRows, isFirstInTable, progress: this.#progress };
    this.#hasRows = true;
  }

  #emitHeld(batch: ChangeBatch, next: CapturedTable | undefined): void {
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined;
    const { table, reader, fused } = held.piece;
    const marker = markerOf(held, next);
    const cursor = this.#heldAt;
    const start = cursor.offset;
    if (held.isFirstInTable) this.#enterSource(table);
    if (fused?.write('r', cursor, 0, marker) === true) return;
    cursor.offset = start;
    const meta: EventMeta = { source: this.#source.row(0, marker), transaction: null, time: batch.time };
    table.envelope.read(batch.objects(), reader.readRow(cursor), meta);
  }

  #enterSource({ database, table }: CapturedTable): void {
    this.#source.enter({
      database,
      table,
      timeUs: this.#timeUs,
      serverId: 0,
      gtid: null,
      file: this.position.file,
      position: this.position.position,
      thread: null,
      query: null,
    });
  }

  async #openPiece(signal: AbortSignal): Promise<OpenPiece | undefined> {
    if (isSnapshotDone(this.#progress)) return undefined;
    const { remaining, lastKey } = this.#progress;
    const table = this.#tables.get(remaining[0] ?? '');
    if (table === undefined) {
      // Gone since the earlier run: what happened to it is in the log.
      this.#progress = afterChunk(this.#progress, null);
      return this.#openPiece(signal);
    }
    const range = KeyRange.of(table, { select: this.#selects[table.path] });
    const end = range.hasPieces ? await this.#boundOf(range, lastKey, signal) : null;
    const doing = `reading table ${table.database}.${table.table}`;
    const rows = await ResultRows.open(this.#point.socket, range.rowsQuery(lastKey, end), doing, signal);
    this.#piece = { table, reader: new ResultTable(table), fused: await this.#fused?.ofResult(table, signal), rows, end };
    return this.#piece;
  }

  async #boundOf(range: KeyRange, from: KeyBound | null, signal: AbortSignal): Promise<KeyBound | null> {
    const rows = await ResultRows.open(this.#point.socket, range.boundQuery(from, this.#pieceRows), 'cutting a table into pieces', signal);
    let bound: KeyBound | null = null;
    while (await rows.next(signal)) bound = readTexts(rows.cursor, range.width);
    return bound;
  }

  #closePiece(piece: OpenPiece): void {
    this.#progress = afterChunk(this.#progress, piece.end);
    this.#piece = undefined;
    crashPoint('snapshot.between-chunks');
  }
}

const markerOf = (held: HeldRow, next: CapturedTable | undefined): SnapshotMarker => {
  if (next === undefined) return 'last';
  if (held.isFirst) return 'first';
  if (next !== held.piece.table) return 'last_in_data_collection';
  return held.isFirstInTable ? 'first_in_data_collection' : 'true';
};
