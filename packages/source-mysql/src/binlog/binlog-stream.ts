/**
 * The log as the server sends it to a replica: one packet per event, 0x00 before each. Events of compressed transactions
 * come out one by one, as if they lay at the place of the event that held them.
 */
import type { ServerSocket } from '../connection/server-socket.ts';
import { serverErrorOf } from '../connection/connection-errors.ts';
import { ByteCursor } from './byte-cursor.ts';
import { EventHeader, eventType, HEADER_BYTES } from './event-header.ts';
import { readChecksumFlag } from './events.ts';
import { readTransactionPayload } from './transaction-payload.ts';

const ERROR = 0xff;
const END_OF_FILE = 0xfe;
const CHECKSUM_BYTES = 4;
const NOTHING = Buffer.alloc(0);

/** A source of events. One header and one cursor serve all of them: what is kept beyond the next call must be copied. */
export class BinlogStream implements Disposable {
  readonly header: EventHeader = new EventHeader();
  /** At the body of the event, its end before the checksum. */
  readonly cursor: ByteCursor = new ByteCursor(NOTHING);
  readonly #socket: ServerSocket;
  readonly #onError: (error: Error) => Error;
  #hasChecksum: boolean;
  /** Events of a compressed transaction that are still to be given out. */
  #inner: ByteCursor | undefined;
  #outerSize = 0;
  #outerNextPosition = 0;
  #isPeeked = false;

  /** `hasChecksum` tells about events before the first format description. `onError` explains the server's refusal. */
  constructor(socket: ServerSocket, hasChecksum: boolean, onError: (error: Error) => Error) {
    this.#socket = socket;
    this.#hasChecksum = hasChecksum;
    this.#onError = onError;
  }

  /** Moves to the next event; false when none is here yet. Throws what ended the stream. */
  next(): boolean {
    if (this.#isPeeked) {
      this.#isPeeked = false;
      return true;
    }
    if (this.#inner !== undefined && this.#nextInner(this.#inner)) return true;
    const { cursor, header } = this;
    if (!this.#socket.nextInto(cursor)) return false;
    const marker = cursor.u8();
    if (marker === ERROR) throw this.#onError(serverErrorOf(cursor.bytes.subarray(cursor.offset - 1, cursor.end)));
    if (marker === END_OF_FILE && cursor.remaining < HEADER_BYTES - 1) throw this.#onError(new Error('The server ended the log.'));
    header.read(cursor);
    if (header.type === eventType.formatDescription) this.#hasChecksum = readChecksumFlag(cursor);
    if (this.#hasChecksum) cursor.end -= CHECKSUM_BYTES;
    if (header.type === eventType.transactionPayload) return this.#openPayload();
    return true;
  }

  /** Waits for the first event, which `next` then gives: rejects here when the server does not want to start. */
  async opened(signal: AbortSignal): Promise<void> {
    while (!this.next()) await this.wait(signal);
    this.#isPeeked = true;
  }

  /** Resolves when `next` may have an event. */
  wait(signal: AbortSignal): Promise<void> {
    return this.#socket.wait(signal);
  }

  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
  }

  #openPayload(): boolean {
    this.#outerSize = this.header.size;
    this.#outerNextPosition = this.header.nextPosition;
    this.#inner = new ByteCursor(readTransactionPayload(this.cursor));
    return this.next();
  }

  #nextInner(inner: ByteCursor): boolean {
    if (inner.remaining < HEADER_BYTES) {
      this.#inner = undefined;
      return false;
    }
    const { cursor, header } = this;
    const start = inner.offset;
    header.read(inner);
    inner.offset = start + header.size;
    cursor.bytes = inner.bytes;
    cursor.offset = start + HEADER_BYTES;
    cursor.end = inner.offset;
    header.size = this.#outerSize;
    header.nextPosition = this.#outerNextPosition;
    return true;
  }
}
