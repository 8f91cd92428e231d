/**
 * Reads tables under one exported snapshot, in ranges by ascending key, and makes `r` events of the rows. Rows come over the
 * same wire reader and decoders as the log, from one connection or from several, which may share a table.
 *
 * After each batch the offset tells which ranges remain and the key of the last row handed out of each, so that a restart
 * reads on from there. A table without a usable key is read as a whole, and again after a restart.
 */
import { Struct, type JsonMap } from '@headrace/connector-api';
import { crashPoint, firstOf } from '@headrace/foundation';
import {
  BatchBuilder,
  type BatchLimits,
  type EventMeta,
  eventTime,
  type OpenPiece,
  type RowCounts,
  type SnapshotMarker,
  type SnapshotPiece,
  type SnapshotPieces,
  SnapshotRun,
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

export interface SnapshotOptions extends Omit<WireSocketOptions, 'keepsRead'> {
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

/** A table, and the version its rows are decoded by. */
interface ReadTable {
  readonly entry: SnapshotTable;
  table: CapturedTable;
  isBound: boolean;
}

/** Where a DataRow lies. */
interface RowPlace {
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
}

type ReadPiece = OpenPiece<ReadTable, RowPlace>;

interface Lane {
  readonly reader: PieceReader;
  piece: ReadPiece | undefined;
}

export class SnapshotReader implements AsyncDisposable {
  readonly #options: SnapshotOptions;
  readonly #lanes: readonly Lane[];
  readonly #run: SnapshotRun<ReadTable, RowPlace>;
  readonly #meta: EventMeta = { source: new Struct(postgresSourceSchema, []), transaction: null, time: eventTime(0) };
  readonly #bytes = new RowBytes(Buffer.alloc(0));
  readonly #batch: BatchBuilder;

  /** `clients` are inside the snapshot's transaction (see `enterSnapshot`) and belong to the reader from now on. */
  constructor(clients: readonly Client[], options: SnapshotOptions) {
    this.#options = options;
    this.#batch = new BatchBuilder(options.limits, options.fused?.tables);
    this.#lanes = clients.map((client) => ({
      reader: new PieceReader(new WireSocket(socketOf(client), { ...options, keepsRead: true }), options.fetchSize),
      piece: undefined,
    }));
    this.#run = new SnapshotRun({
      pieces: options.progress,
      tables: new Map(options.tables.map((entry) => [entry.table.path, { entry, table: entry.table, isBound: false }])),
      scanned: options.scanned,
      handOut: (row, read, marker) => {
        this.#handOut(row, read, marker);
      },
      keyAfter: ({ buffer, start }, { entry: { table, pageKey } }) =>
        pageKey.length === 0 ? null : keyTexts(buffer, start, table, pageKey),
      onTableDone: options.onTableDone,
    });
    options.sources.begin(eventTime(options.point.timeMicros), options.point.xid, null);
  }

  get isDone(): boolean {
    return this.#run.isDone;
  }

  /** What a restart would have to read. */
  get progress(): SnapshotPieces {
    return this.#run.pieces;
  }

  /** Rows handed out so far, over restarts. */
  get scanned(): RowCounts {
    return this.#run.scanned;
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
      if (lane.piece !== undefined) continue;
      const open = this.#run.openNext();
      if (open === undefined) return;
      const read = open.of.table;
      this.#run.share(open, await this.#options.cut(read.entry, open.piece));
      await this.#bind(read, signal);
      lane.piece = open;
      lane.reader.open({ ...read.entry, table: read.table }, open.piece);
    }
  }

  async #bind(read: ReadTable, signal: AbortSignal): Promise<void> {
    if (read.isBound) return;
    read.isBound = true;
    await this.#options.fused?.tables.bind(read.table.plan.relationId, read.table, signal);
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
          this.#run.close(piece);
          crashPoint('snapshot.between-chunks');
          break;
        }
      }
    }
    if (hasMoved) crashPoint('snapshot.mid-chunk');
    return hasMoved;
  }

  #takeRow({ buffer, start, end }: WireSocket, from: ReadPiece): void {
    this.#batch.count(end - start);
    this.#run.add(from, { buffer, start, end });
  }

  #handOut(row: RowPlace, read: ReadTable, marker: SnapshotMarker): void {
    this.#write(row, read, marker);
    this.#batch.settle();
  }

  #write(row: RowPlace, read: ReadTable, marker: SnapshotMarker): void {
    const { fused, sources, point } = this.#options;
    if (fused?.write(read.table, row, { lsn: point.lsn, marker }) === true) return;
    this.#bytes.open(row.buffer, row.start, row.end);
    const values = read.table.decodeDataRow(this.#bytes, row.start);
    if (read.table.nullColumns.size > 0) {
      fused?.tables.unbind(read.table.plan.relationId);
      read.table = this.#options.relax(read.table);
    }
    this.#meta.source = sources.block(read.table, point.lsn, marker);
    read.table.envelope.read(this.#batch.objects(), values, this.#meta);
  }

  async #receive(signal: AbortSignal): Promise<void> {
    const sockets = this.#lanes.filter((lane) => lane.piece !== undefined).map((lane) => lane.reader.socket);
    const waits = sockets.map((socket) => (ended: AbortSignal) => socket.receive(1_000, ended));
    await firstOf(waits, signal);
  }
}
