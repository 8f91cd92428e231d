/**
 * The backend protocol below a connection that `pg` has opened: frames of one type byte, a length (of itself and the body,
 * big-endian) and a body. Messages are not copied and not made into objects: `next` moves over what has arrived.
 *
 * A walsender sends row by row, so that under load most reads would be short and system calls would cost more than decoding.
 * While much data flows without pause, the socket therefore rests for a moment after a short read and lets the kernel collect.
 * A trickle is handed on at once: there the moment would only be added to every change's way.
 */
import type { Duplex } from 'node:stream';
import { createLatch, freeBytes, linkSignal, RetriableError, Stopped, Wakeup, type Clock } from '@headrace/foundation';
import { errors } from '../errors.ts';
import { serverFailure } from './server-failure.ts';

/** Reads below this size leave room for more per system call. */
const SHORT_READ_BYTES = 32_768;
/** Two receives closer than this: data flows. */
const FLOWING_MS = 5;
const REST_MS = 2;
/** More than this is much: about ten thousand small rows a second. */
const MUCH_BYTES_PER_MS = 2_000;
/** Over which it is reckoned. */
const RATE_MS = 20;

const HEADER_BYTES = 5;
const CLOSE_GRACE_MS = 1_000;
const EMPTY = Buffer.alloc(0);
/** One for all: an error takes its stack each time it is made. */
const DONE = new Stopped('done');
const TERMINATE = Buffer.from([88, 0, 0, 0, 4]);

export const messageTypes = {
  error: 69, // E
  notice: 78, // N
  parameter: 83, // S
  copyBoth: 87, // W
  copyData: 100, // d
  copyDone: 99, // c
  dataRow: 68, // D
  commandComplete: 67, // C
  ready: 90, // Z
} as const;

export interface WireSocketOptions {
  readonly clock: Clock;
  /** Bytes received but not yet read, at most (about): beyond it the socket rests and TCP pushes back. */
  readonly bufferBytes: number;
  /** Whether somebody looks at messages that are no longer current. Otherwise their bytes are freed, or written over, behind the reader. */
  readonly keepsRead: boolean;
}

export class WireSocket {
  readonly #socket: Duplex;
  readonly #options: WireSocketOptions;
  readonly #arrived = new Wakeup();
  /** Received and not begun yet. */
  readonly #chunks: Buffer[] = [];
  #chunkBytes = 0;
  /** Bytes have come that `next` has not looked at: part of a message alone is none. */
  #hasNews = false;
  /** What is being read, and how far. */
  #chunk: Buffer = EMPTY;
  #position = 0;
  readonly #header = Buffer.alloc(HEADER_BYTES);
  /** Where messages that came in parts are put together, if nobody keeps them. */
  #room: Buffer = EMPTY;
  readonly #gone = createLatch();
  #failure: Error | undefined;
  #lastReceivedAt = 0;
  /** When bytes last arrived, by the monotonic clock. */
  lastHeardAt: number;
  #isReadShort = false;
  /** Bytes since `#rateFrom`, and whether they were many before. */
  #rateBytes = 0;
  #rateFrom = 0;
  #isMuch = false;

  /** The current message, until the next one; with `keepsRead`, `buffer` may be kept for longer. */
  type = 0;
  buffer: Buffer = EMPTY;
  start = 0;
  end = 0;

  /** Takes the socket over: whoever read from it before does so no more. */
  constructor(socket: Duplex, options: WireSocketOptions) {
    this.#socket = socket;
    this.#options = options;
    this.lastHeardAt = options.clock.monotonic();
    socket.removeAllListeners('data');
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('error', (error: Error) => this.#fail(error));
    socket.on('close', () => {
      this.#gone.resolve();
      this.#fail(undefined);
    });
  }

  /** Moves to the next complete message of what has arrived; false when there is none. Errors of the server are thrown. */
  next(): boolean {
    do {
      if (!this.#isWhole() && !this.#stitch()) return false;
      this.type = this.buffer[this.start - HEADER_BYTES] ?? 0;
      if (this.type === messageTypes.error) throw serverFailure(this.buffer, this.start);
    } while (this.type === messageTypes.notice || this.type === messageTypes.parameter);
    return true;
  }

  /** Waits at most `ms` for bytes. Throws RetriableError when the connection is gone and all it had sent is read. */
  async receive(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#hasNews) {
      if (this.#failure !== undefined) throw this.#failure;
      await this.#waitAtMost(ms, signal);
    }
    const now = this.#options.clock.monotonic();
    const isFlowing = now - this.#lastReceivedAt < FLOWING_MS;
    this.#lastReceivedAt = now;
    if (isFlowing && this.#isMuch && this.#isReadShort && this.#failure === undefined) {
      this.#socket.pause();
      await this.#options.clock.sleep(REST_MS, signal);
      this.#resume();
    }
  }

  /** Waits for the next message, whatever its type. */
  async take(signal: AbortSignal): Promise<void> {
    while (!this.next()) await this.receive(1_000, signal);
  }

  write(bytes: Buffer): void {
    if (this.#failure === undefined) this.#socket.write(bytes);
  }

  /** One command of the simple query protocol; its answers are read with `next`. */
  query(sql: string): void {
    const text = Buffer.from(sql, 'utf8');
    const message = Buffer.alloc(text.length + 6);
    message[0] = 81; // Q
    message.writeInt32BE(text.length + 5, 1);
    text.copy(message, HEADER_BYTES);
    this.write(message);
  }

  /** Says farewell, throws away what still comes, and is gone within a second whatever the server does. */
  async close(): Promise<void> {
    if (this.#socket.destroyed) return;
    const gone = this.#gone;
    this.#socket.removeAllListeners('data');
    this.#socket.resume();
    this.#socket.end(TERMINATE);
    const grace = new AbortController();
    const timeout = this.#options.clock.sleep(CLOSE_GRACE_MS, grace.signal).catch(() => undefined);
    await Promise.race([gone.promise, timeout]);
    grace.abort(DONE);
    this.#socket.destroy();
  }

  #onData(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#chunkBytes += chunk.length;
    this.#hasNews = true;
    this.lastHeardAt = this.#options.clock.monotonic();
    this.#isReadShort = chunk.length < SHORT_READ_BYTES;
    this.#reckon(chunk.length);
    if (this.#chunkBytes >= this.#options.bufferBytes) this.#socket.pause();
    this.#arrived.wake();
  }

  #reckon(bytes: number): void {
    this.#rateBytes += bytes;
    const ms = this.lastHeardAt - this.#rateFrom;
    if (ms < RATE_MS) return;
    this.#isMuch = this.#rateBytes > MUCH_BYTES_PER_MS * ms;
    this.#rateBytes = 0;
    this.#rateFrom = this.lastHeardAt;
  }

  /** The common case: the message lies in the chunk as a whole. */
  #isWhole(): boolean {
    const chunk = this.#chunk;
    const start = this.#position;
    const available = chunk.length - start;
    if (available < HEADER_BYTES) return false;
    const needed = chunk.readInt32BE(start + 1) + 1;
    if (available < needed) return false;
    this.buffer = chunk;
    this.start = start + HEADER_BYTES;
    this.end = start + needed;
    this.#position = this.end;
    return true;
  }

  /** The message goes on in later chunks: puts it together, and it alone. False when not all of it has arrived. */
  #stitch(): boolean {
    const available = this.#chunk.length - this.#position + this.#chunkBytes;
    const needed = available < HEADER_BYTES ? HEADER_BYTES : this.#peek(this.#header, HEADER_BYTES).readInt32BE(1) + 1;
    if (available < needed) {
      this.#hasNews = false;
      if (this.#failure === undefined) this.#resume(needed);
      return false;
    }
    this.buffer = this.#take(needed);
    this.start = HEADER_BYTES;
    this.end = needed;
    this.#resume();
    return true;
  }

  /** Copies the next bytes, all of which have arrived. */
  #peek(target: Buffer, count: number): Buffer {
    let filled = this.#chunk.copy(target, 0, this.#position, Math.min(this.#chunk.length, this.#position + count));
    for (const chunk of this.#chunks) {
      if (filled === count) break;
      filled += chunk.copy(target, filled, 0, Math.min(chunk.length, count - filled));
    }
    return target;
  }

  /** A buffer of its own for each large row would be memory by the gigabyte to be made and collected. */
  #roomFor(count: number): Buffer {
    const { keepsRead, bufferBytes } = this.#options;
    if (keepsRead || count > bufferBytes) return Buffer.allocUnsafe(count);
    if (count > this.#room.length) this.#room = Buffer.allocUnsafeSlow(Math.min(bufferBytes, Math.max(count, 2 * this.#room.length)));
    return this.#room;
  }

  /** Copies the next bytes and moves behind them. */
  #take(count: number): Buffer {
    const bytes = this.#peek(this.#roomFor(count), count);
    this.#position += count;
    while (this.#position > this.#chunk.length) {
      this.#position -= this.#chunk.length;
      if (!this.#options.keepsRead) freeBytes(this.#chunk);
      this.#chunk = this.#chunks.shift() ?? EMPTY;
      this.#chunkBytes -= this.#chunk.length;
    }
    return bytes;
  }

  /** A message larger than the bound is let in alone. */
  #resume(needed = 0): void {
    if (this.#chunkBytes < Math.max(this.#options.bufferBytes, needed) && this.#socket.isPaused()) this.#socket.resume();
  }

  async #waitAtMost(ms: number, signal: AbortSignal): Promise<void> {
    using timer = linkSignal(signal);
    const timeout = this.#options.clock.sleep(ms, timer.signal).then(
      () => this.#arrived.wake(),
      () => undefined,
    );
    try {
      await this.#arrived.wait(signal);
    } finally {
      timer.abort(DONE);
      await timeout;
    }
  }

  #fail(cause: Error | undefined): void {
    this.#failure ??= new RetriableError(
      errors.connection_lost.code,
      'The connection to PostgreSQL was closed; the task connects again.',
      cause === undefined ? {} : { cause },
    );
    this.#arrived.wake();
  }
}
