/** A packet whose length field says this goes on in the next one. */
const MAX_PAYLOAD = 0xff_ff_ff;
const HEADER_BYTES = 4;

/**
 * Cuts a byte stream into the payloads of the client/server protocol: 3 bytes length, 1 byte sequence, payload. Payloads
 * of 16 MiB and more arrive in pieces and are put together here. A payload inside one chunk is a view of that chunk.
 */
export class PacketReader {
  #chunks: Buffer[] = [];
  #head = 0;
  /** Read position in the chunk at `#head`. */
  #offset = 0;
  #bytes = 0;
  #pieces: Buffer[] = [];

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
    while (this.#bytes >= HEADER_BYTES) {
      const length = this.#byteAt(0) | (this.#byteAt(1) << 8) | (this.#byteAt(2) << 16);
      if (this.#bytes < HEADER_BYTES + length) return undefined;
      this.#skip(HEADER_BYTES);
      const payload = this.#take(length);
      if (length < MAX_PAYLOAD) return this.#pieces.length === 0 ? payload : this.#joined(payload);
      this.#pieces.push(payload);
    }
    return undefined;
  }

  #joined(last: Buffer): Buffer {
    const whole = Buffer.concat([...this.#pieces, last]);
    this.#pieces = [];
    return whole;
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

  #take(length: number): Buffer {
    const chunk = this.#chunks[this.#head];
    if (chunk !== undefined && this.#offset + length <= chunk.length) {
      const view = chunk.subarray(this.#offset, this.#offset + length);
      this.#skip(length);
      return view;
    }
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
    }
    if (this.#head > 64 || this.#head === this.#chunks.length) {
      this.#chunks.splice(0, this.#head);
      this.#head = 0;
    }
  }
}
