import { cutPiece, SnapshotRun, type EventMeta, type RowCounts, type SnapshotMarker, type SnapshotPieces } from '@headrace/cdc';
import { crashPoint, firstOf } from '@headrace/foundation';
import { ByteCursor } from '../binlog/byte-cursor.ts';
import { ResultRows } from '../connection/result-rows.ts';
import type { ServerPosition } from '../connection/server-checks.ts';
import type { ServerSocket } from '../connection/server-socket.ts';
import type { FusedTables } from '../fused/fused-tables.ts';
import type { SourceBlocks } from '../source-block.ts';
import type { ChangeBatch } from '../streaming/change-batch.ts';
import type { CapturedTable } from '../tables/captured-table.ts';
import type { ConsistentPoint } from './consistent-point.ts';
import type { KeyBound } from './key-range.ts';
import { readTable, type ReadTable, type RowPlace } from './read-table.ts';
import { readTexts } from './result-table.ts';
import { SnapshotLane, type TablePiece } from './snapshot-lane.ts';
import type { Selects } from './unfinished-snapshot.ts';

export interface SnapshotOptions {
  readonly point: ConsistentPoint;
  /** In the order in which they are read. */
  readonly tables: readonly CapturedTable[];
  /** What is to be read. */
  readonly pieces: SnapshotPieces;
  readonly source: SourceBlocks;
  /** Left out: every row becomes an object. */
  readonly fused: FusedTables | undefined;
  /** Statements that select the rows of some tables, by path. */
  readonly selects: Selects;
  /** Rows per piece. */
  readonly pieceRows: number;
  /** A table is read by one connection at a time. */
  readonly keepsTables: boolean;
  /** Rows that earlier runs gave out, by path. */
  readonly scanned: RowCounts;
  readonly onTableDone: (path: string, rows: number) => void;
  /** Where rows go. */
  readonly batch: ChangeBatch;
  readonly nowMs: number;
}

/**
 * Reads tables in one consistent view, by ascending key. Each connection of the view takes the next piece that waits: it asks
 * the server where the piece ends, and leaves what lies behind that to whoever is free. So tables are shared evenly, whatever
 * their keys are like, and what is not read yet is all that a restart has to know.
 */
export class Snapshot implements Disposable {
  readonly position: ServerPosition;
  readonly #options: SnapshotOptions;
  readonly #lanes: readonly SnapshotLane[];
  readonly #run: SnapshotRun<ReadTable, RowPlace>;
  readonly #cursor = new ByteCursor(Buffer.alloc(0));
  /** Whose rows the source block is about. */
  #entered: ReadTable | undefined;

  constructor(options: SnapshotOptions) {
    const { point, tables, selects } = options;
    this.position = point.position;
    this.#options = options;
    this.#lanes = point.sockets.map((socket) => new SnapshotLane(socket));
    this.#run = new SnapshotRun({
      pieces: options.pieces,
      tables: new Map(tables.map((table) => [table.path, readTable(table, selects[table.path])])),
      handOut: (row, read, marker) => {
        this.#handOut(row, read, marker);
      },
      // Pieces are small: they are read again as a whole.
      keyAfter: () => null,
      scanned: options.scanned,
      onTableDone: options.onTableDone,
    });
  }

  /** What a restart would have to read. */
  get pieces(): SnapshotPieces {
    return this.#run.pieces;
  }

  /** Rows given out so far, over restarts. */
  get scanned(): RowCounts {
    return this.#run.scanned;
  }

  /** Every row has been given out. */
  get isDone(): boolean {
    return this.#run.isDone;
  }

  /** Adds rows until the batch is full or the snapshot is done. */
  async read(signal: AbortSignal): Promise<void> {
    while (!this.#options.batch.isFull && !this.isDone) {
      this.#occupyLanes();
      if (!this.#drainLanes()) await this.#wait(signal);
    }
    if (!this.isDone) crashPoint('snapshot.mid-chunk');
  }

  [Symbol.dispose](): void {
    for (const lane of this.#lanes) lane[Symbol.dispose]();
  }

  #occupyLanes(): void {
    for (const lane of this.#lanes) {
      if (lane.piece !== undefined) continue;
      const piece = this.#run.openNext(this.#options.keepsTables);
      if (piece === undefined) return;
      lane.begin(piece, (socket, signal) => this.#openRows(piece, socket, signal));
    }
  }

  async #openRows(open: TablePiece, socket: ServerSocket, signal: AbortSignal): Promise<ResultRows> {
    const read = open.of.table;
    const { table, range } = read;
    // One that an earlier run has cut has its end.
    if (range.hasPieces && open.piece.until === null) {
      const bound = await this.#boundOf(read, open.piece.after, socket, signal);
      this.#run.share(open, cutPiece(open.piece, bound === null ? [] : [bound]));
      // Who waits for the rest need not wait for these rows too.
      this.#occupyLanes();
    }
    read.fused = await this.#options.fused?.ofResult(table, signal);
    const { after, until } = open.piece;
    return ResultRows.open(socket, range.rowsQuery(after, until), `reading table ${table.path}`, signal);
  }

  /** The last key of the piece that begins after `from`; null: it goes to the end of the table. */
  async #boundOf({ range }: ReadTable, from: KeyBound | null, socket: ServerSocket, signal: AbortSignal): Promise<KeyBound | null> {
    const rows = await ResultRows.open(socket, range.boundQuery(from, this.#options.pieceRows), 'cutting a table into pieces', signal);
    let bound: KeyBound | null = null;
    while (await rows.next(signal)) bound = readTexts(rows.cursor, range.width);
    return bound;
  }

  #drainLanes(): boolean {
    let hasMoved = false;
    for (const lane of this.#lanes) if (this.#drain(lane)) hasMoved = true;
    return hasMoved;
  }

  #drain(lane: SnapshotLane): boolean {
    const { batch } = this.#options;
    let hasMoved = false;
    while (lane.piece !== undefined && !batch.isFull) {
      const { piece } = lane;
      const arrival = lane.advance();
      if (arrival === 'dry') break;
      hasMoved = true;
      if (arrival === 'row' && lane.cursor !== undefined) this.#take(lane.cursor, piece);
      else this.#close(piece);
    }
    return hasMoved;
  }

  #take({ bytes, offset, end }: ByteCursor, piece: TablePiece): void {
    this.#options.batch.countBytes(end - offset);
    this.#run.add(piece, { bytes, start: offset, end });
  }

  #close(piece: TablePiece): void {
    this.#run.close(piece);
    crashPoint('snapshot.between-chunks');
  }

  async #wait(signal: AbortSignal): Promise<void> {
    const busy = this.#lanes.filter(({ piece }) => piece !== undefined);
    const waits = busy.map((lane) => (ended: AbortSignal) => lane.wait(ended));
    await firstOf(waits, signal);
  }

  #handOut({ bytes, start, end }: RowPlace, read: ReadTable, marker: SnapshotMarker): void {
    const { source, batch } = this.#options;
    const cursor = this.#cursor;
    cursor.bytes = bytes;
    cursor.offset = start;
    cursor.end = end;
    if (this.#entered !== read) this.#enterSource(read);
    if (read.fused?.write('r', cursor, 0, marker) === true) return;
    cursor.offset = start;
    const meta: EventMeta = { source: source.row(0, marker), transaction: null, time: batch.time };
    read.table.envelope.read(batch.objects(), read.reader.readRow(cursor), meta);
  }

  #enterSource(read: ReadTable): void {
    this.#entered = read;
    const { database, table } = read.table;
    this.#options.source.enter({
      database,
      table,
      timeUs: this.#options.nowMs * 1_000,
      serverId: 0,
      gtid: null,
      file: this.position.file,
      position: this.position.position,
      thread: null,
      query: null,
    });
  }
}
