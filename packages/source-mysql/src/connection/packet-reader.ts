import { freeBytes } from '@headrace/foundation';

/** A packet whose length field says this goes on in the next one. */
const MAX_PAYLOAD = 0xff_ff_ff;
const HEADER_BYTES = 4;

/**
 * Cuts a byte stream into the payloads of the client/server protocol: 3 bytes length, 1 byte sequence, payload. Payloads
 * of 16 MiB and more arrive in pieces and are put together here. A payload inside one chunk is not copied.
 */
export class PacketReader {
  /** The payload that `advance` moved to: [start, end) of these bytes, which nobody writes over. */
  payload: Buffer = Buffer.alloc(0);
  start = 0;
  end = 0;
  #chunks: Buffer[] = [];
  #head = 0;
  /** Read position in the chunk at `#head`. */
  #offset = 0;
  #bytes = 0;
  #pieces: Buffer[] = [];
  /** Read to their end, the last of them perhaps by the current payload. */
  readonly #passed: Buffer[] = [];

  /**
   * Whether payloads are looked at only until `advance` moves on: the bytes behind it are then freed at once. Otherwise they may be
   * kept for longer.
   */
  freesRead = false;

  /** Bytes taken in and not given out yet. */
  get bytes(): number {
    return this.#bytes;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
  }

  /** The next whole payload, or undefined until more bytes are pushed. */
  next(): Buffer | undefined {
    return this.advance() ? this.payload.subarray(this.start, this.end) : undefined;
  }

  /** Moves to the next whole payload; false, until more bytes are pushed. */
  advance(): boolean {
    if (this.#pieces.length === 0) for (const chunk of this.#passed.splice(0)) freeBytes(chunk);
    while (this.#bytes >= HEADER_BYTES) {
      const length = this.#byteAt(0) | (this.#byteAt(1) << 8) | (this.#byteAt(2) << 16);
      if (this.#bytes < HEADER_BYTES + length) return false;
      this.#skip(HEADER_BYTES);
      this.#take(length);
      if (length < MAX_PAYLOAD) {
        if (this.#pieces.length > 0) this.#join();
        return true;
      }
      this.#pieces.push(this.payload.subarray(this.start, this.end));
    }
    return false;
  }

  #join(): void {
    this.payload = Buffer.concat([...this.#pieces, this.payload.subarray(this.start, this.end)]);
    this.start = 0;
    this.end = this.payload.length;
    this.#pieces = [];
  }

  #byteAt(distance: number): number {
    let index = this.#head;
    let offset = this.#offset + distance;
    for (;;) {
      const chunk = this.#chunks[index];
      if (chunk === undefined) return 0;
      if (offset < chunk.length) return chunk[offset] ?? 0;
      offset -= chunk.length;
      index += 1;
    }
  }

  #skip(count: number): void {
    this.#bytes -= count;
    this.#offset += count;
    this.#dropRead();
  }

  #take(length: number): void {
    const chunk = this.#chunks[this.#head];
    if (chunk !== undefined && this.#offset + length <= chunk.length) {
      this.payload = chunk;
      this.start = this.#offset;
      this.end = this.start + length;
      this.#skip(length);
      return;
    }
    this.payload = this.#gather(length);
    this.start = 0;
    this.end = length;
  }

  #gather(length: number): Buffer {
    const copy = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const part = this.#chunks[this.#head];
      if (part === undefined) break;
      const count = Math.min(length - filled, part.length - this.#offset);
      part.copy(copy, filled, this.#offset, this.#offset + count);
      filled += count;
      this.#skip(count);
    }
    return copy;
  }

  #dropRead(): void {
    for (let chunk = this.#chunks[this.#head]; chunk !== undefined && this.#offset >= chunk.length; chunk = this.#chunks[this.#head]) {
      this.#offset -= chunk.length;
      this.#head += 1;
      if (this.freesRead) this.#passed.push(chunk);
    }
    if (this.#head > 64 || this.#head === this.#chunks.length) {
      this.#chunks.splice(0, this.#head);
      this.#head = 0;
    }
  }
}
