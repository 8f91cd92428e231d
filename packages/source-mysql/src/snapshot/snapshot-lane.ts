import type { OpenPiece } from '@headrace/cdc';
import { abortable, Stopped } from '@headrace/foundation';
import type { ByteCursor } from '../binlog/byte-cursor.ts';
import type { Arrival, ResultRows } from '../connection/result-rows.ts';
import type { ServerSocket } from '../connection/server-socket.ts';
import type { ReadTable, RowPlace } from './read-table.ts';

export type TablePiece = OpenPiece<ReadTable, RowPlace>;

/** One of a snapshot's connections. It reads one piece after another; asking for the next holds up no other connection. */
export class SnapshotLane implements Disposable {
  /** What it reads; undefined: it waits for work. */
  piece: TablePiece | undefined;
  readonly #socket: ServerSocket;
  /** Ends a question to the server that outlives the poll in which it was asked. */
  readonly #life = new AbortController();
  #opening: Promise<void> = Promise.resolve();
  #rows: ResultRows | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(socket: ServerSocket) {
    this.#socket = socket;
  }

  /** At the row that `advance` has moved to. */
  get cursor(): ByteCursor | undefined {
    return this.#rows?.cursor;
  }

  /** Begins with a piece, whose rows `open` asks for. */
  begin(piece: TablePiece, open: (socket: ServerSocket, signal: AbortSignal) => Promise<ResultRows>): void {
    this.piece = piece;
    this.#opening = this.#open(open);
  }

  /** As that of rows; `dry` also while they are being asked for. */
  advance(): Arrival {
    if (this.#failure !== undefined) throw this.#failure.error;
    const arrival = this.#rows?.advance() ?? 'dry';
    if (arrival === 'end') {
      this.#rows = undefined;
      this.piece = undefined;
    }
    return arrival;
  }

  /** Resolves when `advance` may have something new. */
  async wait(signal: AbortSignal): Promise<void> {
    if (this.#rows === undefined) await abortable(this.#opening, signal);
    else await this.#socket.wait(signal);
  }

  [Symbol.dispose](): void {
    this.#life.abort(new Stopped('done'));
    this.#socket[Symbol.dispose]();
  }

  async #open(open: (socket: ServerSocket, signal: AbortSignal) => Promise<ResultRows>): Promise<void> {
    try {
      this.#rows = await open(this.#socket, this.#life.signal);
    } catch (error) {
      this.#failure = { error };
    }
  }
}
