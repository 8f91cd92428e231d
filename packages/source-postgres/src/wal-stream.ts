/**
 * The log as a stream of pgoutput messages: START_REPLICATION on a walsender connection, CopyData frames, keepalives, and
 * our standby status in the other direction (PostgreSQL documentation, "Streaming Replication Protocol").
 *
 *   server  'w' start LSN, end LSN, time, message    | 'k' end LSN, time, reply wanted
 *   client  'r' written, flushed, applied LSN, time, reply wanted
 *
 * The server may drop log up to the flushed LSN, so that it moves by `confirm` alone, never by what was received. Status is
 * sent on its own timer: a consumer that is slow or waits does not run into wal_sender_timeout.
 */
import { InvariantError, isAbort, linkSignal, RetriableError, Stopped, type Clock, type LinkedController } from '@headrace/foundation';
import type { Client } from 'pg';
import { errors } from './errors.ts';
import { lsnText, readLsn, writeLsn, type Lsn } from './lsn.ts';
import { quoteText, socketOf } from './wire/connection.ts';
import { messageTypes, WireSocket } from './wire/wire-socket.ts';

const XLOG_DATA = 119;
const KEEPALIVE = 107;
/** Type byte and three numbers before the message. */
const XLOG_HEADER_BYTES = 25;
const EPOCH_MICROS = 946_684_800_000_000;
/** A server that has not answered any request for so long counts as gone. */
const SILENCE_MS = 60_000;

export interface WalStreamOptions {
  readonly slot: string;
  readonly publication: string;
  readonly startLsn: Lsn;
  readonly clock: Clock;
  readonly statusIntervalMs: number;
  readonly bufferBytes: number;
  /** Highest LSN that may be reported as flushed when the stream opens. */
  readonly confirmedLsn: Lsn;
  /** Further options of pgoutput, protocol version included. */
  readonly plugin: Readonly<Record<string, string>>;
}

export class WalStream implements AsyncDisposable {
  readonly #socket: WireSocket;
  readonly #options: WalStreamOptions;
  readonly #life: LinkedController;
  readonly #status = Buffer.alloc(39);
  #keepingAlive: Promise<void> = Promise.resolve();
  #receivedLsn: Lsn;
  #confirmedLsn: Lsn;

  /** Place of the current message in the log. */
  lsn: Lsn = 0;
  /** From keepalives: all transactions that committed before this place have been sent, as far as they concern us. */
  idleLsn: Lsn = 0;

  private constructor(client: Client, options: WalStreamOptions) {
    this.#socket = new WireSocket(socketOf(client), { ...options, keepsRead: false });
    this.#options = options;
    this.#life = linkSignal(new AbortController().signal);
    this.#receivedLsn = options.startLsn;
    this.#confirmedLsn = options.confirmedLsn;
  }

  /** Starts replication on a connected walsender, which belongs to the stream from then on. */
  static async open(client: Client, options: WalStreamOptions, signal: AbortSignal): Promise<WalStream> {
    const stream = new WalStream(client, options);
    try {
      const names = { publication_names: `"${options.publication.replaceAll('"', '""')}"` };
      const plugin = Object.entries({ ...options.plugin, ...names })
        .map(([name, value]) => `${name} ${quoteText(value)}`)
        .join(', ');
      stream.#socket.query(`START_REPLICATION SLOT "${options.slot}" LOGICAL ${lsnText(options.startLsn)} (${plugin})`);
      await stream.#socket.take(signal);
      if (stream.#socket.type !== messageTypes.copyBoth) throw unexpected(stream.#socket.type);
      stream.#keepingAlive = stream.#keepAlive(stream.#life.signal);
      return stream;
    } catch (error) {
      await stream.#socket.close();
      throw error;
    }
  }

  /** The bytes of the current message begin at `start` of `buffer`. */
  get buffer(): Buffer {
    return this.#socket.buffer;
  }

  get start(): number {
    return this.#socket.start + XLOG_HEADER_BYTES;
  }

  get end(): number {
    return this.#socket.end;
  }

  /** Moves to the next pgoutput message of what has arrived; false when there is none. Answers keepalives on the way. */
  next(): boolean {
    while (this.#socket.next()) {
      if (this.#socket.type !== messageTypes.copyData) {
        if (this.#socket.type === messageTypes.copyDone) throw streamEnded();
        continue;
      }
      const { buffer, start } = this.#socket;
      if (buffer[start] === XLOG_DATA) {
        this.lsn = readLsn(buffer, start + 1);
        if (this.lsn > this.#receivedLsn) this.#receivedLsn = this.lsn;
        return true;
      }
      if (buffer[start] === KEEPALIVE) {
        this.#noteIdle(readLsn(buffer, start + 1));
        if (buffer[start + 17] === 1) this.#sendStatus(false);
      }
    }
    return false;
  }

  /** Waits at most `ms` for more to arrive. RetriableError when the connection is lost. */
  async receive(ms: number, signal: AbortSignal): Promise<void> {
    await this.#socket.receive(ms, signal);
    if (this.#options.clock.monotonic() - this.#socket.lastHeardAt > SILENCE_MS) throw silent();
  }

  /** Everything before `lsn` is durable elsewhere: the server may let it go. Told with the next status. */
  confirm(lsn: Lsn): void {
    if (lsn > this.#confirmedLsn) this.#confirmedLsn = lsn;
  }

  /** Asks the server where it is: the answer moves `idleLsn`. */
  ping(): void {
    this.#sendStatus(true);
  }

  /** Tells the server the confirmed position once more, then ends the session. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#life.abort(new Stopped('done'));
    await this.#keepingAlive;
    this.#sendStatus(false);
    await this.#socket.close();
    this.#life[Symbol.dispose]();
  }

  #noteIdle(lsn: Lsn): void {
    if (lsn > this.idleLsn) this.idleLsn = lsn;
    if (lsn > this.#receivedLsn) this.#receivedLsn = lsn;
  }

  async #keepAlive(signal: AbortSignal): Promise<void> {
    const { clock, statusIntervalMs } = this.#options;
    try {
      for (;;) {
        await clock.sleep(Math.min(statusIntervalMs, SILENCE_MS / 2), signal);
        // A busy server sends keepalives only on request; they carry the position of an idle database forward.
        this.#sendStatus(true);
      }
    } catch (error) {
      if (!isAbort(error)) throw error;
    }
  }

  #sendStatus(isReplyWanted: boolean): void {
    const status = this.#status;
    status[0] = messageTypes.copyData;
    status.writeInt32BE(38, 1);
    status[5] = 114; // r
    writeLsn(status, this.#receivedLsn, 6);
    writeLsn(status, this.#confirmedLsn, 14);
    writeLsn(status, this.#confirmedLsn, 22);
    writeLsn(status, this.#options.clock.now() * 1_000 - EPOCH_MICROS, 30);
    status[38] = isReplyWanted ? 1 : 0;
    this.#socket.write(Buffer.from(status));
  }
}

const unexpected = (type: number): InvariantError =>
  new InvariantError(errors.protocol.code, `PostgreSQL answered START_REPLICATION with message type ${String(type)}.`);

const silent = (): RetriableError => new RetriableError(errors.connection_lost.code, 'PostgreSQL has been silent for too long.');

const streamEnded = (): RetriableError => new RetriableError(errors.connection_lost.code, 'PostgreSQL ended the stream of its log.');
