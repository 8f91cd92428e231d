/**
 * One run of a snapshot that reads several pieces at once, of several tables or of one: which wait, which are open, what is
 * handed out of each, and the marker of each row. Every table's newest row is held back until the next one has come, the last
 * row of a table until any other has: only then is it known which marker it gets.
 */
import type { SnapshotMarker } from '../event/source-block.ts';
import type { RowCounts } from '../progress/snapshot-tracker.ts';
import type { KeyTexts, SnapshotPiece, SnapshotPieces } from './snapshot-pieces.ts';

export interface SnapshotRunOptions<Table, Row> {
  /** What is to be read, in order. Pieces of other tables than `tables` are dropped: they are no longer captured. */
  readonly pieces: SnapshotPieces;
  /** By path. */
  readonly tables: ReadonlyMap<string, Table>;
  /** Rows that earlier runs handed out, by path. */
  readonly scanned?: RowCounts;
  readonly handOut: (row: Row, table: Table, marker: SnapshotMarker) => void;
  /** Where a restart reads a piece on from, once this row of it is handed out; null: where the piece begins. */
  readonly keyAfter: (row: Row, table: Table) => KeyTexts | null;
  /** Told of each table that is read completely, with the rows of this run. */
  readonly onTableDone?: ((path: string, rows: number) => void) | undefined;
}

/** A table of which pieces are under way. */
export interface OpenTable<Table, Row> {
  readonly path: string;
  readonly table: Table;
  rows: number;
  /** Of these, handed out. */
  rowsOut: number;
  isFirst: boolean;
  /** The row that waits for the next one. */
  held: HeldRow<Table, Row> | undefined;
}

interface HeldRow<Table, Row> {
  readonly row: Row;
  readonly from: OpenPiece<Table, Row>;
}

/** A piece that is being read, or whose last row is held back. */
export interface OpenPiece<Table, Row> {
  readonly of: OpenTable<Table, Row>;
  /** As `share` has left it. */
  piece: SnapshotPiece;
  isRead: boolean;
  lastOut: Row | undefined;
}

export class SnapshotRun<Table, Row> {
  readonly #options: SnapshotRunOptions<Table, Row>;
  readonly #open = new Set<OpenPiece<Table, Row>>();
  readonly #openTables = new Map<string, OpenTable<Table, Row>>();
  /** Open, or read. */
  readonly #begun = new Map<string, OpenTable<Table, Row>>();
  #waiting: SnapshotPiece[];
  /** The table whose last row waits: the next row of any other tells that it is not the last of all. */
  #ending: OpenTable<Table, Row> | undefined;
  #isFirstOfAll = true;

  constructor(options: SnapshotRunOptions<Table, Row>) {
    this.#options = options;
    this.#waiting = options.pieces.filter((piece) => options.tables.has(piece.table));
  }

  get isDone(): boolean {
    return this.#waiting.length === 0 && this.#open.size === 0;
  }

  /** What a restart would have to read. */
  get pieces(): SnapshotPieces {
    return [...[...this.#open].map((piece) => this.#rest(piece)), ...this.#waiting];
  }

  /** Rows handed out so far, over restarts. */
  get scanned(): RowCounts {
    const { scanned = {} } = this.#options;
    return { ...scanned, ...Object.fromEntries([...this.#begun].map(([path, { rowsOut }]) => [path, (scanned[path] ?? 0) + rowsOut])) };
  }

  /** Opens the first piece that waits; undefined: there is none. `keepsTables`: none of a table that is being read. */
  openNext(keepsTables = false): OpenPiece<Table, Row> | undefined {
    const at = this.#waiting.findIndex(({ table }) => !keepsTables || !this.#isBeingRead(table));
    const [next] = at < 0 ? [] : this.#waiting.splice(at, 1);
    const table = this.#options.tables.get(next?.table ?? '');
    if (next === undefined || table === undefined) return undefined;
    const path = next.table;
    const of = this.#openTables.get(path) ?? { path, table, rows: 0, rowsOut: 0, isFirst: next.after === null, held: undefined };
    this.#openTables.set(path, of);
    this.#begun.set(path, of);
    const open: OpenPiece<Table, Row> = { of, piece: next, isRead: false, lastOut: undefined };
    this.#open.add(open);
    return open;
  }

  /** Keeps the first part of a piece that was just opened; the others wait again. */
  share(open: OpenPiece<Table, Row>, [own, ...others]: SnapshotPieces): void {
    open.piece = own ?? open.piece;
    this.#waiting.unshift(...others);
  }

  /** The next row of a piece. */
  add(from: OpenPiece<Table, Row>, row: Row): void {
    const { of } = from;
    of.rows += 1;
    if (of.held !== undefined) this.#handOut(of.held, of.isFirst ? 'first_in_data_collection' : 'true');
    of.held = { row, from };
  }

  /** There are no more rows of it. */
  close(piece: OpenPiece<Table, Row>): void {
    piece.isRead = true;
    if (!this.#isBeingRead(piece.of.path) && this.#waiting.every(({ table }) => table !== piece.of.path)) this.#closeTable(piece.of);
    this.#dropRead(piece);
    if (this.#waiting.length === 0 && [...this.#open].every(({ isRead }) => isRead)) this.#endTable('last');
  }

  #isBeingRead(path: string): boolean {
    return [...this.#open].some(({ of, isRead }) => of.path === path && !isRead);
  }

  #closeTable(of: OpenTable<Table, Row>): void {
    if (of.held !== undefined) {
      this.#endTable('last_in_data_collection');
      this.#ending = of;
    } else if (this.#ending === undefined) {
      // As Debezium marks it: the first row of the first table, if that has one.
      this.#isFirstOfAll = false;
    }
    this.#openTables.delete(of.path);
    this.#options.onTableDone?.(of.path, of.rows);
  }

  #endTable(marker: SnapshotMarker): void {
    const held = this.#ending?.held;
    this.#ending = undefined;
    if (held !== undefined) this.#handOut(held, marker);
  }

  #handOut(held: HeldRow<Table, Row>, marker: SnapshotMarker): void {
    this.#endTable('last_in_data_collection');
    const { row, from } = held;
    const { of } = from;
    this.#options.handOut(row, of.table, this.#isFirstOfAll && marker !== 'last' ? 'first' : marker);
    this.#isFirstOfAll = false;
    of.isFirst = false;
    of.rowsOut += 1;
    if (of.held === held) of.held = undefined;
    from.lastOut = row;
    this.#dropRead(from);
  }

  /** A piece all of whose rows are handed out. */
  #dropRead(piece: OpenPiece<Table, Row>): void {
    if (piece.isRead && piece.of.held?.from !== piece) this.#open.delete(piece);
  }

  #rest({ piece, of, lastOut }: OpenPiece<Table, Row>): SnapshotPiece {
    const after = lastOut === undefined ? null : this.#options.keyAfter(lastOut, of.table);
    return after === null ? piece : { ...piece, after };
  }
}
