/**
 * Reads tables under one exported snapshot, in the order of their keys, and makes `r` events of the rows. Rows come by a
 * cursor, over the same wire reader and decoders as the log; the next fetch is asked for while the last is handed on.
 *
 * After each batch the offset tells which tables remain and the key of the last row handed out, so that a restart reads on
 * from there. A table without a usable key is read as a whole, and again after a restart.
 */
import { Struct, type SourceBatch, type SourceRecord } from '@headrace/connector-api';
import { afterChunk, eventTime, type EventMeta, type Row, type SnapshotMarker, type SnapshotProgress } from '@headrace/cdc';
import type { Client } from 'pg';
import type { BatchLimits } from './batch.ts';
import { sourcePartition, type SnapshotPoint } from './start/offset.ts';
import type { CapturedTable } from './tables/captured-table.ts';
import { postgresSourceSchema, type SourceBlocks } from './tables/source-block.ts';
import { RowBytes } from './types/row-bytes.ts';
import { query, quoteName, quoteText, socketOf } from './wire/connection.ts';
import { messageTypes, WireSocket, type WireSocketOptions } from './wire/wire-socket.ts';

/** A table as a snapshot reads it. */
export interface SnapshotTable {
  readonly table: CapturedTable;
  /** Columns of a unique key without nulls, to read in chunks by; empty: the table is read as a whole. */
  readonly pageKey: readonly string[];
  /** Rows of a partitioned table lie in its partitions; those of another table's children are not its own. */
  readonly isPartitioned: boolean;
}

export interface SnapshotOptions extends WireSocketOptions {
  readonly point: SnapshotPoint;
  readonly tables: readonly SnapshotTable[];
  readonly progress: SnapshotProgress;
  readonly sources: SourceBlocks;
  readonly server: string;
  readonly fetchSize: number;
  readonly limits: BatchLimits;
  /** The offset after a part of the snapshot. */
  readonly offsetOf: (progress: SnapshotProgress) => SourceBatch['positions'][number]['offset'];
  readonly relax: (table: CapturedTable) => CapturedTable;
}

/** A row that waits for the next one: only then is it known not to be the last. */
interface HeldRow {
  readonly row: Row;
  /** Where its DataRow lies, for the key it may have to be told by. */
  readonly buffer: Buffer;
  readonly start: number;
}

/** Opens a transaction under an exported snapshot. Once it is open, the exporting session may go on. */
export const enterSnapshot = async (client: Client, snapshotName: string): Promise<void> => {
  await query(client, 'BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
  await query(client, `SET TRANSACTION SNAPSHOT ${quoteText(snapshotName)}`);
};

const CURSOR = 'headrace_rows';

export class SnapshotReader implements AsyncDisposable {
  readonly #options: SnapshotOptions;
  readonly #socket: WireSocket;
  readonly #tables: ReadonlyMap<string, SnapshotTable>;
  readonly #meta: EventMeta = { source: new Struct(postgresSourceSchema, []), transaction: null, time: eventTime(0) };
  readonly #bytes = new RowBytes(Buffer.alloc(0));
  #progress: SnapshotProgress;
  #current: SnapshotTable | undefined;
  #held: HeldRow | undefined;
  /** The last row handed out of the current table. */
  #lastOut: HeldRow | undefined;
  #fetchedRows = 0;
  #batchBytes = 0;
  #hasCursor = false;
  #isFirstOfAll = true;
  #isFirstOfTable = true;

  /** `client` is inside the snapshot's transaction (see `enterSnapshot`) and belongs to the reader from now on. */
  constructor(client: Client, options: SnapshotOptions) {
    this.#options = options;
    this.#socket = new WireSocket(socketOf(client), options);
    this.#tables = new Map(options.tables.map((entry) => [entry.table.path, entry]));
    this.#progress = withoutUnknown(options.progress, this.#tables);
    options.sources.begin(eventTime(options.point.timeMicros), options.point.xid, null);
  }

  get progress(): SnapshotProgress {
    return this.#progress;
  }

  get isDone(): boolean {
    return this.#progress.remaining.length === 0;
  }

  /** The next rows with the position after them, as soon as there are some. The last batch may hold none. */
  async poll(signal: AbortSignal): Promise<SourceBatch> {
    const { limits } = this.#options;
    const records: SourceRecord[] = [];
    this.#meta.time = eventTime(this.#options.clock.now() * 1_000);
    this.#batchBytes = 0;
    while (!this.isDone && records.length < limits.records && this.#batchBytes < limits.bytes) {
      this.#current ??= this.#openTable();
      if (this.#socket.next()) this.#onMessage(this.#current, records);
      else if (records.length > 0) break;
      else await this.#socket.receive(1_000, signal);
    }
    this.#noteProgress();
    return { records, positions: [{ partition: sourcePartition(this.#options.server), offset: this.#options.offsetOf(this.#progress) }] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#socket.close();
  }

  #openTable(): SnapshotTable {
    const [path = ''] = this.#progress.remaining;
    const entry = this.#tables.get(path);
    if (entry === undefined) throw new TypeError(`Table ${path} is not part of the snapshot.`);
    const close = this.#hasCursor ? `CLOSE ${CURSOR}; ` : '';
    this.#socket.query(`${close}DECLARE ${CURSOR} NO SCROLL CURSOR FOR ${selectText(entry, this.#progress.lastKey)}; ${this.#fetchText()}`);
    this.#hasCursor = true;
    this.#isFirstOfTable = this.#progress.lastKey === null;
    this.#fetchedRows = 0;
    return entry;
  }

  #fetchText(): string {
    return `FETCH FORWARD ${String(this.#options.fetchSize)} FROM ${CURSOR}`;
  }

  #onMessage(entry: SnapshotTable, records: SourceRecord[]): void {
    if (this.#socket.type === messageTypes.dataRow) {
      this.#fetchedRows += 1;
      this.#batchBytes += this.#socket.end - this.#socket.start;
      if (this.#held !== undefined) this.#emit(this.#held, entry, records, false);
      const { buffer, start, end } = this.#socket;
      this.#bytes.open(buffer, start, end);
      this.#held = { row: entry.table.decodeDataRow(this.#bytes, start), buffer, start };
      if (entry.table.nullColumns.size > 0) this.#current = { ...entry, table: this.#options.relax(entry.table) };
    } else if (this.#socket.type === messageTypes.ready) {
      if (this.#fetchedRows < this.#options.fetchSize) this.#closeTable(entry, records);
      else this.#socket.query(this.#fetchText());
      this.#fetchedRows = 0;
    }
  }

  #closeTable(entry: SnapshotTable, records: SourceRecord[]): void {
    if (this.#held !== undefined) this.#emit(this.#held, entry, records, true);
    this.#held = undefined;
    this.#lastOut = undefined;
    this.#current = undefined;
    this.#progress = afterChunk(this.#progress, null);
  }

  #emit(held: HeldRow, { table }: SnapshotTable, records: SourceRecord[], isLast: boolean): void {
    this.#meta.source = this.#options.sources.block(table, this.#options.point.lsn, this.#marker(isLast));
    table.envelope.read(records, held.row, this.#meta);
    this.#isFirstOfAll = false;
    this.#isFirstOfTable = false;
    this.#lastOut = held;
  }

  #marker(isLast: boolean): SnapshotMarker {
    if (isLast) return this.#progress.remaining.length === 1 ? 'last' : 'last_in_data_collection';
    if (this.#isFirstOfAll) return 'first';
    return this.#isFirstOfTable ? 'first_in_data_collection' : 'true';
  }

  /** The place inside the current table, when its key can tell one. */
  #noteProgress(): void {
    const { pageKey = [], table } = this.#current ?? {};
    if (this.#lastOut === undefined || table === undefined || pageKey.length === 0) return;
    this.#progress = afterChunk(this.#progress, keyTexts(this.#lastOut, table, pageKey));
  }
}

/** Tables that are no longer captured need not be read; a key inside such a table does not count for the next. */
const withoutUnknown = (progress: SnapshotProgress, tables: ReadonlyMap<string, SnapshotTable>): SnapshotProgress => {
  const remaining = progress.remaining.filter((path) => tables.has(path));
  return { remaining, lastKey: remaining[0] === progress.remaining[0] ? progress.lastKey : null };
};

const selectText = ({ table, pageKey, isPartitioned }: SnapshotTable, lastKey: readonly string[] | null): string => {
  const columns = table.columns.map((column) => quoteName(column.name)).join(', ');
  const from = `SELECT ${columns} FROM ${isPartitioned ? '' : 'ONLY '}${quoteName(table.schema)}.${quoteName(table.name)}`;
  if (pageKey.length === 0) return from;
  const key = pageKey.map(quoteName).join(', ');
  const after = lastKey === null ? '' : ` WHERE (${key}) > (${lastKey.map(quoteText).join(', ')})`;
  return `${from}${after} ORDER BY ${key}`;
};

/** Texts of the key columns in a DataRow, as the server sent them: it understands them in a comparison. */
const keyTexts = (held: HeldRow, table: CapturedTable, pageKey: readonly string[]): readonly string[] => {
  const texts = new Map<string, string>();
  let position = held.start + 2;
  for (const column of table.columns) {
    const length = held.buffer.readInt32BE(position);
    position += 4;
    if (length < 0) continue;
    texts.set(column.name, held.buffer.toString('utf8', position, position + length));
    position += length;
  }
  return pageKey.map((name) => texts.get(name) ?? '');
};
