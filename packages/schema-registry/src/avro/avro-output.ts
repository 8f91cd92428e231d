import type { Buffer as NodeBuffer } from 'node:buffer';

import type { ValueOutput } from '@headrace/connector-api';
import { copyBytes } from '@headrace/foundation';

const SLAB_BYTES = 256 * 1024;
/** Beyond this length one call of the engine's encoder beats a loop over characters. */
const LOOP_CHARS = 48;
/** The same for bytes: a copy by the engine costs 29 ns whatever the length, a loop 1 ns a byte. */
const LOOP_BYTES = 28;

const scratch64 = new BigInt64Array(1);
const scratch32 = new Int32Array(scratch64.buffer);
const scratchDouble = new Float64Array(1);
const scratchFloat = new Float32Array(1);
const doubleBytes = new Uint8Array(scratchDouble.buffer);
const floatBytes = new Uint8Array(scratchFloat.buffer);

/**
 * Where Avro's binary form is written: values stand one behind the other in slabs. `end` gives out a view of what was
 * written since `begin`, so nothing is copied, and the slab lives as long as a view of it; or `detach` takes all there is.
 * Little-endian machines only (as Node.js is).
 */
export class AvroOutput implements ValueOutput {
  #slab: NodeBuffer;
  #start = 0;
  #position = 0;

  constructor(slabBytes: number = SLAB_BYTES) {
    this.#slab = Buffer.allocUnsafeSlow(slabBytes);
  }

  /** Drops what was written since the last `end`: an encoder that failed half-way leaves nothing behind. */
  begin(): void {
    this.#position = this.#start;
  }

  /** The bytes written since `begin`. */
  end(): Uint8Array {
    const bytes = this.#slab.subarray(this.#start, this.#position);
    this.#start = this.#position;
    return bytes;
  }

  /** Bytes written since the last `end` or `detach`. */
  get length(): number {
    return this.#position - this.#start;
  }

  /** Drops what was written after the first `length` bytes. */
  rewind(length: number): void {
    this.#position = this.#start + length;
  }

  /** Everything written since the last `detach`, for whoever uses `rewind` and no `end`. Goes on in `next`. */
  detach(next: NodeBuffer): NodeBuffer {
    const bytes = this.#slab;
    this.#slab = next;
    this.#start = 0;
    this.#position = 0;
    return bytes;
  }

  /** A copy of the first `length` bytes written since the last `end` or `detach`; the others move to the front. */
  cut(length: number): NodeBuffer {
    const [from, to] = [this.#start, this.#start + length];
    const bytes = Buffer.from(this.#slab.subarray(from, to));
    this.#slab.copyWithin(from, to, this.#position);
    this.#position -= length;
    return bytes;
  }

  /** Makes room for `count` more bytes. */
  #reserve(count: number): void {
    if (this.#position + count > this.#slab.length) this.#renew(count);
  }

  #renew(count: number): void {
    const written = this.#position - this.#start;
    const slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, (written + count) * 2));
    this.#slab.copy(slab, 0, this.#start, this.#position);
    this.#slab = slab;
    this.#start = 0;
    this.#position = written;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#slab[this.#position] = value;
    this.#position += 1;
  }

  /** Magic byte 0 and the schema id, big-endian: the registry's wire format. */
  header(schemaId: number): void {
    this.#reserve(5);
    const slab = this.#slab;
    const at = this.#position;
    slab[at] = 0;
    slab[at + 1] = schemaId >>> 24;
    slab[at + 2] = schemaId >>> 16;
    slab[at + 3] = schemaId >>> 8;
    slab[at + 4] = schemaId;
    this.#position = at + 5;
  }

  /** A 32-bit integer, zigzag and variable length. */
  int(value: number): void {
    this.#reserve(5);
    this.#varint((value << 1) ^ (value >> 31));
  }

  /** A number that is a safe integer. */
  long(value: number): void {
    if ((value | 0) === value) this.int(value);
    else this.#long(value | 0, Math.floor(value / 4_294_967_296) | 0);
  }

  /** A bigint within 64 bits. */
  bigLong(value: bigint): void {
    scratch64[0] = value;
    this.#long(scratch32[0] ?? 0, scratch32[1] ?? 0);
  }

  double(value: number): void {
    this.#reserve(8);
    scratchDouble[0] = value;
    this.#slab.set(doubleBytes, this.#position);
    this.#position += 8;
  }

  float(value: number): void {
    this.#reserve(4);
    scratchFloat[0] = value;
    this.#slab.set(floatBytes, this.#position);
    this.#position += 4;
  }

  bytes(value: Uint8Array): void {
    this.int(value.length);
    this.raw(value);
  }

  text(source: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.#reserve(length + 5);
    this.#varint(length << 1);
    const at = this.#position;
    this.#position = at + length;
    if (length > LOOP_BYTES) {
      copyBytes(this.#slab, at, source, start, end);
      return;
    }
    const slab = this.#slab;
    for (let index = 0; index < length; index += 1) slab[at + index] = source[start + index] ?? 0;
  }

  raw(value: Uint8Array): void {
    const { length } = value;
    this.#reserve(length);
    const at = this.#position;
    this.#position = at + length;
    if (length > LOOP_BYTES) {
      this.#slab.set(value, at);
      return;
    }
    const slab = this.#slab;
    for (let index = 0; index < length; index += 1) slab[at + index] = value[index] ?? 0;
  }

  string(value: string): void {
    const { length } = value;
    if (length > LOOP_CHARS || !this.#ascii(value, length)) this.#utf8(value);
  }

  /** Short strings of ASCII by a loop; false, and nothing written, when there is another character. */
  #ascii(value: string, length: number): boolean {
    this.#reserve(length + 1);
    const slab = this.#slab;
    let at = this.#position;
    // One byte of length suffices below 64 characters.
    slab[at] = length << 1;
    for (let index = 0; index < length; index += 1) {
      const code = value.charCodeAt(index);
      if (code > 0x7f) return false;
      at += 1;
      slab[at] = code;
    }
    this.#position = at + 1;
    return true;
  }

  #utf8(value: string): void {
    const byteLength = Buffer.byteLength(value);
    this.int(byteLength);
    this.#reserve(byteLength);
    this.#position += this.#slab.write(value, this.#position);
  }

  #long(low: number, high: number): void {
    this.#reserve(10);
    const sign = high >> 31;
    let zigzagLow = (low << 1) ^ sign;
    let zigzagHigh = ((high << 1) | (low >>> 31)) ^ sign;
    while (zigzagHigh !== 0) {
      this.#slab[this.#position] = (zigzagLow & 0x7f) | 0x80;
      this.#position += 1;
      zigzagLow = (zigzagLow >>> 7) | (zigzagHigh << 25);
      zigzagHigh >>>= 7;
    }
    this.#varint(zigzagLow);
  }

  /** `bits` as an unsigned 32-bit number; five bytes are reserved. */
  #varint(bits: number): void {
    const slab = this.#slab;
    let at = this.#position;
    let rest = bits >>> 0;
    while (rest > 0x7f) {
      slab[at] = (rest & 0x7f) | 0x80;
      at += 1;
      rest >>>= 7;
    }
    slab[at] = rest;
    this.#position = at + 1;
  }
}
