import { copyInto, grown } from '../dialect/byte-writing.ts';
import { PACKET_ROOM } from './in-place-query.ts';

const FIRST_BYTES = 65_536;

/** The text of one statement after the other, in memory that is used again and again, with room for the driver in front. */
export class StatementBytes {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #at = PACKET_ROOM;

  get size(): number {
    return this.#at - PACKET_ROOM;
  }

  /** Good until the next change. */
  get text(): Buffer {
    return this.#bytes.subarray(PACKET_ROOM, this.#at);
  }

  /** Leaves the first `size` bytes. */
  truncate(size: number): void {
    this.#at = PACKET_ROOM + size;
  }

  append(bytes: Buffer): void {
    this.copy(bytes, 0, bytes.length);
  }

  /** Appends [start, end) of `source`. */
  copy(source: Buffer, start: number, end: number): void {
    const at = this.#at;
    const next = at + end - start;
    if (next > this.#bytes.length) this.#bytes = grown(this.#bytes, at, next);
    copyInto(this.#bytes, at, source, start, end);
    this.#at = next;
  }
}
