import { Wakeup } from '@headrace/foundation';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ByteCursor } from '../binlog/byte-cursor.ts';
import { connectionLost } from './connection-errors.ts';
import { PacketReader } from './packet-reader.ts';

/** Bytes held before the socket is paused. */
const HIGH_WATER_BYTES = 2 * 1024 * 1024;
const LOW_WATER_BYTES = HIGH_WATER_BYTES / 2;

/**
 * The connection after the driver has authenticated it: whole packets in, packets out. The socket is paused while more
 * than 2 MiB wait to be read, which in turn makes the server wait.
 */
export class ServerSocket implements Disposable {
  readonly #socket: Duplex;
  readonly #where: string;
  readonly #reader = new PacketReader();
  readonly #arrived = new Wakeup();
  #failure: Error | undefined;
  #isPaused = false;

  /** Takes the socket over: nobody else may listen to it any more. */
  constructor(socket: Duplex, where: string) {
    this.#socket = socket;
    this.#where = where;
    for (const event of ['data', 'end', 'close', 'error', 'timeout']) socket.removeAllListeners(event);
    socket.on('data', (chunk: Buffer) => {
      this.#reader.push(chunk);
      if (this.#reader.bytes > HIGH_WATER_BYTES) this.#pause();
      this.#arrived.wake();
    });
    socket.on('error', (error: Error) => {
      this.#fail(connectionLost(where, error));
    });
    socket.on('close', () => {
      this.#fail(connectionLost(where));
    });
    socket.on('end', () => {
      this.#fail(connectionLost(where));
    });
  }

  /** From now on silence for so long means that the connection is lost, unless it is us who do not read. */
  expectTraffic(silenceMs: number): void {
    if (!(this.#socket instanceof Socket)) return;
    this.#socket.setTimeout(silenceMs, () => {
      if (this.#isPaused) return;
      this.#fail(connectionLost(this.#where));
      this.#socket.destroy();
    });
  }

  /** From now on packets are looked at only until the next one: see `PacketReader.freesRead`. */
  freeRead(): void {
    this.#reader.freesRead = true;
  }

  /** Sends one command. */
  send(payload: Buffer, sequence = 0): void {
    if (this.#failure !== undefined) return;
    const header = Buffer.from([payload.length & 0xff, (payload.length >> 8) & 0xff, (payload.length >> 16) & 0xff, sequence]);
    this.#socket.write(Buffer.concat([header, payload]));
  }

  /** A packet that is here already. What arrived before the connection broke is given out before the error is thrown. */
  next(): Buffer | undefined {
    return this.#advance() ? this.#reader.payload.subarray(this.#reader.start, this.#reader.end) : undefined;
  }

  /** Like `next`, without a buffer for each packet: points the cursor at it. False when there is none. */
  nextInto(cursor: ByteCursor): boolean {
    if (!this.#advance()) return false;
    cursor.bytes = this.#reader.payload;
    cursor.offset = this.#reader.start;
    cursor.end = this.#reader.end;
    return true;
  }

  /** Resolves when `next` may have something new. */
  async wait(signal: AbortSignal): Promise<void> {
    await this.#arrived.wait(signal);
  }

  async take(signal: AbortSignal): Promise<Buffer> {
    for (;;) {
      const packet = this.next();
      if (packet !== undefined) return packet;
      await this.wait(signal);
    }
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #advance(): boolean {
    const isHere = this.#reader.advance();
    if (!isHere && this.#failure !== undefined) throw this.#failure;
    // A packet larger than the limit must be let in whole.
    if (this.#isPaused && (!isHere || this.#reader.bytes < LOW_WATER_BYTES)) {
      this.#isPaused = false;
      this.#socket.resume();
    }
    return isHere;
  }

  #pause(): void {
    this.#isPaused = true;
    this.#socket.pause();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#arrived.wake();
  }
}
