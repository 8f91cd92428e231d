import { randomUUID } from 'node:crypto';
import { open, unlink, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readLsn, writeLsn, type Lsn } from '../lsn.ts';

/** Length of the message, transaction or subtransaction, place in the log. */
const HEADER_BYTES = 16;
/** Read back, and written, in parts of about this size. */
const PART_BYTES = 1_048_576;
const SMALL_BYTES = 65_536;

/**
 * The messages of one transaction that is not decided yet, in a file that has no name any more: nothing remains of it
 * whatever happens to the process. Filled while the server streams it, read once when it is committed.
 */
export class SpilledTransaction implements AsyncDisposable {
  readonly xid: number;
  /** The message that names the server it comes from; undefined: this one, or the message is read back. */
  origin: Buffer | undefined;
  readonly #aborted = new Set<number>();
  #file: FileHandle | undefined;
  /** Filled up to `#pendingBytes`, written, and filled again: a buffer for each message would be garbage by the gigabyte. */
  #pending: Buffer = Buffer.alloc(0);
  #pendingBytes = 0;
  #writtenBytes = 0;
  #readBytes = 0;
  #part: Buffer = Buffer.alloc(0);
  #position = 0;

  /** The current message while it is read back: it begins at `start` of `buffer`. */
  buffer: Buffer = Buffer.alloc(0);
  start = 0;
  end = 0;
  /** Of the current message; before the first, where the transaction begins. */
  lsn: Lsn;

  constructor(xid: number, beginsAt: Lsn) {
    this.xid = xid;
    this.lsn = beginsAt;
  }

  /** A part is full and should be written before more is added. */
  get isFull(): boolean {
    return this.#pendingBytes >= PART_BYTES;
  }

  /** Everything is read back. */
  get isOver(): boolean {
    return this.#position === this.#part.length && this.#readBytes === this.#writtenBytes && this.#pendingBytes === 0;
  }

  /** Adds a message; the transaction id behind its type byte is taken out, which protocol version 1 does not have. */
  add(buffer: Buffer, start: number, end: number, lsn: Lsn): void {
    const at = this.#pendingBytes;
    const entry = this.#roomFor(HEADER_BYTES + end - start - 4);
    entry.writeUInt32BE(end - start - 4, at);
    buffer.copy(entry, at + 4, start + 1, start + 5);
    writeLsn(entry, lsn, at + 8);
    entry[at + HEADER_BYTES] = buffer[start] ?? 0;
    buffer.copy(entry, at + HEADER_BYTES + 1, start + 5, end);
    this.#pendingBytes += HEADER_BYTES + end - start - 4;
  }

  /** Small transactions, of which there may be many, get small buffers. */
  #roomFor(bytes: number): Buffer {
    const needed = this.#pendingBytes + bytes;
    if (needed > this.#pending.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#pending.length, SMALL_BYTES));
      this.#pending.copy(larger, 0, 0, this.#pendingBytes);
      this.#pending = larger;
    }
    return this.#pending;
  }

  /** A subtransaction was rolled back: its messages do not count. */
  drop(subtransaction: number): void {
    this.#aborted.add(subtransaction);
  }

  /** Writes what waits. */
  async flush(): Promise<void> {
    if (this.#pendingBytes === 0) return;
    const length = this.#pendingBytes;
    this.#file ??= await openNameless();
    await this.#file.write(this.#pending, 0, length, this.#writtenBytes);
    this.#pendingBytes = 0;
    this.#writtenBytes += length;
  }

  /** Moves to the next message of what is loaded that counts; false when there is none. */
  next(): boolean {
    while (this.#part.length - this.#position >= HEADER_BYTES) {
      const at = this.#position;
      const length = this.#part.readUInt32BE(at);
      if (this.#part.length - at - HEADER_BYTES < length) return false;
      this.#position = at + HEADER_BYTES + length;
      if (this.#aborted.has(this.#part.readUInt32BE(at + 4))) continue;
      this.buffer = this.#part;
      this.start = at + HEADER_BYTES;
      this.end = this.#position;
      this.lsn = readLsn(this.#part, at + 8);
      return true;
    }
    return false;
  }

  /** Loads the next part. */
  async load(): Promise<void> {
    await this.flush();
    const rest = this.#part.subarray(this.#position);
    const wanted = rest.length >= HEADER_BYTES ? Math.max(PART_BYTES, rest.readUInt32BE(0) + HEADER_BYTES) : PART_BYTES;
    const part = Buffer.allocUnsafe(rest.length + Math.min(wanted, this.#writtenBytes - this.#readBytes));
    rest.copy(part);
    const { bytesRead = 0 } = (await this.#file?.read(part, rest.length, part.length - rest.length, this.#readBytes)) ?? {};
    this.#readBytes += bytesRead;
    this.#part = part.subarray(0, rest.length + bytesRead);
    this.#position = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }
}

const openNameless = async (): Promise<FileHandle> => {
  const path = join(tmpdir(), `headrace-${randomUUID()}`);
  const file = await open(path, 'wx+', 0o600);
  await unlink(path);
  return file;
};
