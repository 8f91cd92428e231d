/**
 * Reads tables under one exported snapshot, in ranges by ascending key, and makes `r` events of the rows. Rows come over the
 * same wire reader and decoders as the log, from one connection or from several, which may share a table.
 *
 * After each batch the offset tells which ranges remain and the key of the last row handed out of each, so that a restart
 * reads on from there. A table without a usable key is read as a whole, and again after a restart.
 */
import { Struct, type JsonMap } from '@headrace/connector-api';
import { crashPoint, linkSignal, Stopped } from '@headrace/foundation';
import {
  BatchBuilder,
  type BatchLimits,
  type EventMeta,
  eventTime,
  type RowCounts,
  type SnapshotMarker,
  type SnapshotPiece,
  type SnapshotPieces,
} from '@headrace/cdc';
import type { Client } from 'pg';
import type { ChangeBatch } from '../change.ts';
import type { FusedRows } from '../fused/fused-rows.ts';
import { sourcePartition, type SnapshotPoint } from '../start/offset.ts';
import type { CapturedTable } from '../tables/captured-table.ts';
import { postgresSourceSchema, type SourceBlocks } from '../tables/source-block.ts';
import { RowBytes } from '../types/row-bytes.ts';
import { socketOf } from '../wire/connection.ts';
import { WireSocket, type WireSocketOptions } from '../wire/wire-socket.ts';
import { PieceReader } from './piece-reader.ts';
import { keyTexts, type SnapshotTable } from './snapshot-table.ts';

export interface SnapshotOptions extends WireSocketOptions {
  readonly point: SnapshotPoint;
  readonly tables: readonly SnapshotTable[];
  readonly progress: SnapshotPieces;
  readonly sources: SourceBlocks;
  readonly server: string;
  readonly fetchSize: number;
  readonly limits: BatchLimits;
  /** The ranges a table is read in. */
  readonly cut: (entry: SnapshotTable, piece: SnapshotPiece) => Promise<SnapshotPieces>;
  /** The offset after a part of the snapshot. */
  readonly offsetOf: (progress: SnapshotPieces, scanned: RowCounts) => JsonMap | null;
  /** Rows that earlier runs handed out, by table. */
  readonly scanned: RowCounts;
  readonly relax: (table: CapturedTable) => CapturedTable;
  /** Told of each table that is read completely. */
  readonly onTableDone?: (path: string, rows: number) => void;
  /** Writes what it can of the rows without objects. */
  readonly fused?: FusedRows;
}

/** A table of which ranges are under way. */
interface OpenTable {
  readonly entry: SnapshotTable;
  /** The version its rows are decoded by. */
  table: CapturedTable;
  rows: number;
  /** Of these, handed out. */
  rowsOut: number;
  isFirst: boolean;
  /** A row that waits for the next one: only then is it known not to be the last. */
  held: HeldRow | undefined;
}

interface OpenPiece {
  readonly piece: SnapshotPiece;
  readonly of: OpenTable;
  isRead: boolean;
  lastOut: HeldRow | undefined;
}

interface HeldRow {
  readonly from: OpenPiece;
  /** Where its DataRow lies. */
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
}

interface Lane {
  readonly reader: PieceReader;
  piece: OpenPiece | undefined;
}

const DONE = new Stopped('done');

export class SnapshotReader implements AsyncDisposable {
  readonly #options: SnapshotOptions;
  readonly #lanes: readonly Lane[];
  readonly #tables: ReadonlyMap<string, SnapshotTable>;
  readonly #openTables = new Map<string, OpenTable>();
  /** Open, or read. */
  readonly #begun = new Map<string, OpenTable>();
  readonly #meta: EventMeta = { source: new Struct(postgresSourceSchema, []), transaction: null, time: eventTime(0) };
  readonly #bytes = new RowBytes(Buffer.alloc(0));
  readonly #open = new Set<OpenPiece>();
  #waiting: SnapshotPiece[];
  /** The last row of a table: the next row of any other tells that it is not the last of all. */
  #lastOfTable: HeldRow | undefined;
  readonly #batch: BatchBuilder;
  #isFirstOfAll = true;

  /** `clients` are inside the snapshot's transaction (see `enterSnapshot`) and belong to the reader from now on. */
  constructor(clients: readonly Client[], options: SnapshotOptions) {
    this.#options = options;
    this.#batch = new BatchBuilder(options.limits, options.fused?.tables);
    this.#lanes = clients.map((client) => ({
      reader: new PieceReader(new WireSocket(socketOf(client), options), options.fetchSize),
      piece: undefined,
    }));
    this.#tables = new Map(options.tables.map((entry) => [entry.table.path, entry]));
    // Tables that are no longer captured need not be read.
    this.#waiting = options.progress.filter((piece) => this.#tables.has(piece.table));
    options.sources.begin(eventTime(options.point.timeMicros), options.point.xid, null);
  }

  get isDone(): boolean {
    return this.#waiting.length === 0 && this.#open.size === 0;
  }

  /** What a restart would have to read. */
  get progress(): SnapshotPieces {
    return [...[...this.#open].map(({ piece, of, lastOut }) => rest(piece, of, lastOut)), ...this.#waiting];
  }

  /** Rows handed out so far, over restarts. */
  get scanned(): RowCounts {
    const { scanned } = this.#options;
    return { ...scanned, ...Object.fromEntries([...this.#begun].map(([path, { rowsOut }]) => [path, (scanned[path] ?? 0) + rowsOut])) };
  }

  /** The next rows with the position after them, as soon as there are some. The last batch may hold none. */
  async poll(signal: AbortSignal): Promise<ChangeBatch> {
    this.#meta.time = eventTime(this.#options.clock.now() * 1_000);
    while (!this.isDone && !this.#batch.isFull()) {
      await this.#occupyLanes(signal);
      this.#options.fused?.tables.at(this.#meta.time);
      const hasMoved = this.#drainLanes();
      if (hasMoved) continue;
      if (this.#batch.hasSettled()) break;
      await this.#receive(signal);
    }
    return this.#batch.take(sourcePartition(this.#options.server), this.#options.offsetOf(this.progress, this.scanned));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.reader.socket.close()));
  }

  async #occupyLanes(signal: AbortSignal): Promise<void> {
    for (const lane of this.#lanes) {
      const next = lane.piece === undefined ? this.#waiting[0] : undefined;
      const entry = next === undefined ? undefined : this.#tables.get(next.table);
      if (next === undefined || entry === undefined) continue;
      const [piece = next, ...others] = await this.#options.cut(entry, next);
      this.#waiting = [...others, ...this.#waiting.slice(1)];
      const of = this.#openTables.get(piece.table) ?? {
        entry,
        table: entry.table,
        rows: 0,
        rowsOut: 0,
        isFirst: piece.after === null,
        held: undefined,
      };
      if (!this.#openTables.has(piece.table)) await this.#options.fused?.tables.bind(of.table.plan.relationId, of.table, signal);
      this.#openTables.set(piece.table, of);
      this.#begun.set(piece.table, of);
      lane.piece = { piece, of, isRead: false, lastOut: undefined };
      this.#open.add(lane.piece);
      lane.reader.open({ ...entry, table: of.table }, piece);
    }
  }

  #drainLanes(): boolean {
    let hasMoved = false;
    for (const lane of this.#lanes) {
      const { piece } = lane;
      if (piece === undefined) continue;
      while (!this.#batch.isFull()) {
        const outcome = lane.reader.next();
        if (outcome === 'dry') break;
        hasMoved = true;
        if (outcome === 'row') this.#takeRow(lane.reader.socket, piece);
        else {
          lane.piece = undefined;
          this.#closePiece(piece);
          crashPoint('snapshot.between-chunks');
          break;
        }
      }
    }
    if (hasMoved) crashPoint('snapshot.mid-chunk');
    return hasMoved;
  }

  #takeRow({ buffer, start, end }: WireSocket, from: OpenPiece): void {
    const { of } = from;
    this.#batch.count(end - start);
    of.rows += 1;
    if (of.held !== undefined) this.#emit(of.held, of.isFirst ? 'first_in_data_collection' : 'true');
    of.held = { from, buffer, start, end };
  }

  #closePiece(piece: OpenPiece): void {
    const { of } = piece;
    const path = of.entry.table.path;
    piece.isRead = true;
    const isTableRead =
      this.#waiting.every((other) => other.table !== path) && [...this.#open].every((other) => other.of !== of || other.isRead);
    if (isTableRead) {
      if (of.held !== undefined) {
        this.#tellLastOfTable('last_in_data_collection');
        this.#lastOfTable = of.held;
      } else if (this.#lastOfTable === undefined) {
        // As Debezium marks it: the first row of the first table, if that has one.
        this.#isFirstOfAll = false;
      }
      this.#openTables.delete(path);
      this.#options.onTableDone?.(path, of.rows);
    }
    this.#dropRead();
    if (this.#waiting.length === 0 && [...this.#open].every((other) => other.isRead)) this.#tellLastOfTable('last');
  }

  #tellLastOfTable(marker: SnapshotMarker): void {
    const held = this.#lastOfTable;
    this.#lastOfTable = undefined;
    if (held !== undefined) this.#emit(held, marker);
  }

  #emit(held: HeldRow, marker: SnapshotMarker): void {
    this.#tellLastOfTable('last_in_data_collection');
    const { of } = held.from;
    const isFirst = this.#isFirstOfAll && marker !== 'last';
    this.#write(held, isFirst ? 'first' : marker);
    this.#batch.settle();
    this.#isFirstOfAll = false;
    of.isFirst = false;
    of.rowsOut += 1;
    if (of.held === held) of.held = undefined;
    held.from.lastOut = held;
    this.#dropRead();
  }

  #write(held: HeldRow, marker: SnapshotMarker): void {
    const { fused, sources, point } = this.#options;
    const { of } = held.from;
    if (fused?.write(of.table, held, { lsn: point.lsn, marker }) === true) return;
    this.#bytes.open(held.buffer, held.start, held.end);
    const row = of.table.decodeDataRow(this.#bytes, held.start);
    if (of.table.nullColumns.size > 0) {
      fused?.tables.unbind(of.table.plan.relationId);
      of.table = this.#options.relax(of.table);
    }
    this.#meta.source = sources.block(of.table, point.lsn, marker);
    of.table.envelope.read(this.#batch.objects(), row, this.#meta);
  }

  /** Ranges all of whose rows are handed out. */
  #dropRead(): void {
    for (const piece of this.#open) {
      if (piece.isRead && piece.of.held?.from !== piece && this.#lastOfTable?.from !== piece) this.#open.delete(piece);
    }
  }

  async #receive(signal: AbortSignal): Promise<void> {
    const sockets = this.#lanes.filter((lane) => lane.piece !== undefined).map((lane) => lane.reader.socket);
    using waiting = linkSignal(signal);
    const receiving = sockets.map((socket) => socket.receive(1_000, waiting.signal));
    try {
      await Promise.race(receiving);
    } finally {
      waiting.abort(DONE);
      await Promise.allSettled(receiving);
    }
  }
}

const rest = (piece: SnapshotPiece, { entry }: OpenTable, lastOut: HeldRow | undefined): SnapshotPiece => {
  if (lastOut === undefined || entry.pageKey.length === 0) return piece;
  return { ...piece, after: keyTexts(lastOut.buffer, lastOut.start, entry.table, entry.pageKey) };
};
