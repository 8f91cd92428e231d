import type { FieldTarget } from '@headrace/connector-api';
import { RecordError } from '@headrace/foundation';
import { errors } from '../errors.ts';

const scratch64 = new BigInt64Array(1);
const scratch32 = new Int32Array(scratch64.buffer);

const LOOP_BYTES = 24;
/** Items without bytes of their own (nulls, empty records) that one block may hold. */
const SIZELESS_ITEMS = 65_536;

/** Reads Avro's binary form. Every read is checked against the end: RecordError `registry.malformed_record`. */
export class AvroInput {
  #bytes: Buffer = Buffer.alloc(0);
  #position = 0;
  #end = 0;

  /** Reads what stands at [start, end), which is within `bytes`. */
  open(bytes: Uint8Array, start: number, end: number = bytes.length): void {
    this.#bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#position = start;
    this.#end = end;
  }

  get remaining(): number {
    return this.#end - this.#position;
  }

  byte(): number {
    if (this.#position >= this.#end) throw truncated();
    const value = this.#bytes[this.#position] ?? 0;
    this.#position += 1;
    return value;
  }

  /** A zigzag integer that must fit 32 bits. */
  int(): number {
    const value = this.long();
    if (typeof value !== 'number' || (value | 0) !== value) throw malformed('an integer is larger than 32 bits');
    return value;
  }

  /** In the canonical form of Connect's int64: a number where it is safe, otherwise a bigint. */
  long(): number | bigint {
    let bits = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.byte();
      bits |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (bits >>> 1) ^ -(bits & 1);
    }
    return this.#longTail(bits);
  }

  /** Beyond four bytes: in two halves of 32 bits, so that a bigint is made only for what is one. */
  #longTail(low28: number): number | bigint {
    let byte = this.byte();
    let low = low28 | (byte << 28);
    let high = (byte & 0x7f) >>> 4;
    for (let shift = 3; byte >= 0x80; shift += 7) {
      if (shift > 31) throw malformed('an integer is longer than 10 bytes');
      byte = this.byte();
      high |= (byte & 0x7f) << shift;
    }
    const sign = -(low & 1);
    low = ((low >>> 1) | (high << 31)) ^ sign;
    high = (high >>> 1) ^ sign;
    const value = high * 4_294_967_296 + (low >>> 0);
    if (Number.isSafeInteger(value)) return value;
    scratch32[0] = low;
    scratch32[1] = high;
    return scratch64[0] ?? 0n;
  }

  double(): number {
    return this.#bytes.readDoubleLE(this.#take(8));
  }

  float(): number {
    return this.#bytes.readFloatLE(this.#take(4));
  }

  /** A view, not a copy: it lives as long as the record's buffer. */
  fixed(length: number): Uint8Array {
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  bytes(): Uint8Array {
    return this.fixed(this.int());
  }

  string(): string {
    const length = this.int();
    const start = this.#take(length);
    if (length > LOOP_BYTES) return this.#bytes.toString('utf8', start, start + length);
    let text = '';
    for (let index = start; index < start + length; index += 1) {
      const code = this.#bytes[index] ?? 0;
      if (code > 0x7f) return this.#bytes.toString('utf8', start, start + length);
      text += String.fromCharCode(code);
    }
    return text;
  }

  /** Hands on where a string stands. */
  textInto(target: Pick<FieldTarget, 'text'>): void {
    const length = this.int();
    const start = this.#take(length);
    target.text(this.#bytes, start, start + length);
  }

  /** Passes over bytes or a string. */
  skipBytes(): void {
    this.#take(this.int());
  }

  skip(length: number): void {
    this.#take(length);
  }

  /**
   * Number of items of the next block of an array or map; 0 at its end. A negative count is followed by the block's size in bytes.
   * Bounded by what is left (items of no size aside), so that damaged bytes cannot ask for endless memory.
   */
  blockCount(): number {
    let count = this.int();
    if (count < 0) {
      count = -count;
      this.int();
    }
    if (count > Math.max(this.remaining, SIZELESS_ITEMS)) throw truncated();
    return count;
  }

  #take(length: number): number {
    const start = this.#position;
    if (length < 0 || start + length > this.#end) throw truncated();
    this.#position = start + length;
    return start;
  }
}

export const malformed = (reason: string): RecordError =>
  new RecordError(errors.malformed_record.code, `Bytes are not what their Avro schema says: ${reason}.`);

const truncated = (): RecordError => malformed('they end too early');
