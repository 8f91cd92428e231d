/**
 * The log with transactions as a whole, each when it is committed, though the server streams large ones while they run
 * (protocol version 2): so it needs no room for them, and the commit of a million rows is not a surprise.
 *
 *   Stream Start xid ... Stream Stop   messages go to the transaction's file, with their subtransaction
 *   Stream Abort xid sub               the subtransaction does not count; of the whole: the file goes
 *   Stream Commit xid                  Begin, the messages in their order, Commit, as in protocol version 1
 *
 * Everything else passes. Where the position may stand, and what a restart repeats, is as without streaming: an undecided
 * transaction is streamed again from its beginning.
 */
import { InvariantError } from '@headrace/foundation';
import { errors } from '../errors.ts';
import type { Lsn } from '../lsn.ts';
import { messageCodes, streamCodes } from './message-codes.ts';
import { SpilledTransaction } from './spilled-transaction.ts';

/** Messages of pgoutput, one after another. */
export interface LogMessages {
  /** The bytes of the current message begin at `start` of `buffer`. */
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
  /** Place of the current message in the log. */
  readonly lsn: Lsn;
  /** All transactions that committed before this place have been told, as far as they concern us. */
  readonly idleLsn: Lsn;
  /** Moves to the next message of what has arrived; false when there is none. */
  next(): boolean;
  /** Waits at most `ms` for more to arrive. */
  receive(ms: number, signal: AbortSignal): Promise<void>;
  /** Asks the server where it is. */
  ping(): void;
}

/** A committed transaction that is being told, and the Commit that ends it. */
interface Told {
  readonly transaction: SpilledTransaction;
  readonly commit: Buffer;
}

export class WholeTransactions implements LogMessages, AsyncDisposable {
  readonly #log: LogMessages;
  readonly #undecided = new Map<number, SpilledTransaction>();
  /** Whose messages are being streamed. */
  #block: SpilledTransaction | undefined;
  #told: Told | undefined;
  /** Told, and their files not closed yet. */
  readonly #over: SpilledTransaction[] = [];

  buffer: Buffer = Buffer.alloc(0);
  start = 0;
  end = 0;
  lsn: Lsn = 0;

  constructor(log: LogMessages) {
    this.#log = log;
  }

  get idleLsn(): Lsn {
    return this.#log.idleLsn;
  }

  ping(): void {
    this.#log.ping();
  }

  next(): boolean {
    if (this.#told !== undefined) return this.#tellOn(this.#told);
    while (this.#block?.isFull !== true && this.#log.next()) {
      const { buffer, start } = this.#log;
      switch (buffer[start]) {
        case streamCodes.start:
          this.#block = this.#transaction(buffer.readUInt32BE(start + 1));
          break;
        case streamCodes.stop:
          this.#block = undefined;
          break;
        case streamCodes.abort:
          this.#abort(buffer.readUInt32BE(start + 1), buffer.readUInt32BE(start + 5));
          break;
        case streamCodes.commit:
          this.#beginTelling(buffer, start);
          return true;
        default:
          if (this.#block === undefined) return this.#pass();
          // An origin has no transaction id, and stands for the whole.
          if (buffer[start] === messageCodes.origin) this.#block.origin = Buffer.from(buffer.subarray(start, this.#log.end));
          else this.#block.add(buffer, start, this.#log.end, this.#log.lsn);
      }
    }
    return false;
  }

  async receive(ms: number, signal: AbortSignal): Promise<void> {
    for (const transaction of this.#over.splice(0)) await transaction[Symbol.asyncDispose]();
    if (this.#told !== undefined) {
      await this.#told.transaction.load();
    } else if (this.#block?.isFull === true) {
      await this.#block.flush();
    } else {
      await this.#log.receive(ms, signal);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const open = [...this.#undecided.values(), ...this.#over, ...(this.#told === undefined ? [] : [this.#told.transaction])];
    for (const transaction of open) await transaction[Symbol.asyncDispose]();
  }

  #transaction(xid: number): SpilledTransaction {
    const known = this.#undecided.get(xid) ?? new SpilledTransaction(xid, this.#log.lsn);
    this.#undecided.set(xid, known);
    return known;
  }

  #abort(xid: number, subtransaction: number): void {
    const transaction = this.#undecided.get(xid);
    if (transaction === undefined) return;
    if (xid !== subtransaction) {
      transaction.drop(subtransaction);
      return;
    }
    this.#undecided.delete(xid);
    this.#over.push(transaction);
  }

  /** Xid, flags, place of the commit, end of the transaction, time. */
  #beginTelling(buffer: Buffer, start: number): void {
    const xid = buffer.readUInt32BE(start + 1);
    const transaction = this.#undecided.get(xid);
    if (transaction === undefined) {
      throw new InvariantError(errors.protocol.code, `Transaction ${String(xid)} is committed, but was never streamed.`);
    }
    this.#undecided.delete(xid);
    const begin = Buffer.alloc(21);
    begin[0] = messageCodes.begin;
    buffer.copy(begin, 1, start + 6, start + 14);
    buffer.copy(begin, 9, start + 22, start + 30);
    begin.writeUInt32BE(xid, 17);
    const commit = Buffer.alloc(26);
    commit[0] = messageCodes.commit;
    buffer.copy(commit, 1, start + 5, start + 30);
    this.#told = { transaction, commit };
    this.#show(begin, transaction.lsn);
  }

  #tellOn({ transaction, commit }: Told): boolean {
    const { origin } = transaction;
    if (origin !== undefined) {
      transaction.origin = undefined;
      this.#show(origin, transaction.lsn);
      return true;
    }
    if (transaction.next()) {
      this.buffer = transaction.buffer;
      this.start = transaction.start;
      this.end = transaction.end;
      this.lsn = transaction.lsn;
      return true;
    }
    if (!transaction.isOver) return false;
    this.#told = undefined;
    this.#over.push(transaction);
    this.#show(commit, this.#log.lsn);
    return true;
  }

  #show(message: Buffer, lsn: Lsn): void {
    this.buffer = message;
    this.start = 0;
    this.end = message.length;
    this.lsn = lsn;
  }

  #pass(): true {
    this.buffer = this.#log.buffer;
    this.start = this.#log.start;
    this.end = this.#log.end;
    this.lsn = this.#log.lsn;
    return true;
  }
}
