/** Kafka's zigzag varints inside record batches. Numbers only: nothing on this path needs more than 2^53. */

/** Bytes that a 32-bit signed number takes. */
export const varintSize = (value: number): number => {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  if (zigzag < 0x80) return 1;
  if (zigzag < 0x4000) return 2;
  if (zigzag < 0x20_0000) return 3;
  return zigzag < 0x1000_0000 ? 4 : 5;
};

/** Writes a 32-bit signed number; returns the place after it. */
export const writeVarint = (target: Uint8Array, at: number, value: number): number => {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  let to = at;
  while (rest >= 0x80) {
    target[to] = (rest & 0x7f) | 0x80;
    to += 1;
    rest >>>= 7;
  }
  target[to] = rest;
  return to + 1;
};

const isInt32 = (value: number): boolean => (value | 0) === value;

/** Bytes that a signed number of up to 53 bits takes. */
export const varlongSize = (value: number): number => {
  if (isInt32(value)) return varintSize(value);
  let rest = value < 0 ? -value * 2 - 1 : value * 2;
  let size = 1;
  while (rest >= 0x80) {
    rest = Math.floor(rest / 0x80);
    size += 1;
  }
  return size;
};

/** Writes a signed number of up to 53 bits; returns the place after it. */
export const writeVarlong = (target: Uint8Array, at: number, value: number): number => {
  if (isInt32(value)) return writeVarint(target, at, value);
  let rest = value < 0 ? -value * 2 - 1 : value * 2;
  let to = at;
  while (rest >= 0x80) {
    target[to] = (rest % 0x80) | 0x80;
    to += 1;
    rest = Math.floor(rest / 0x80);
  }
  target[to] = rest;
  return to + 1;
};

/** A cursor over one batch's records. RangeError when the bytes end too early. */
export class VarintReader {
  readonly bytes: Buffer;
  position: number;

  constructor(bytes: Buffer, position: number) {
    this.bytes = bytes;
    this.position = position;
  }

  /** A 32-bit signed number. */
  varint(): number {
    let result = 0;
    let shift = 0;
    let byte: number;
    do {
      byte = this.byte();
      result |= (byte & 0x7f) << shift;
      shift += 7;
    } while (byte >= 0x80);
    return (result >>> 1) ^ -(result & 1);
  }

  /** A signed number of up to 53 bits. */
  varlong(): number {
    let result = 0;
    let factor = 1;
    let byte: number;
    do {
      byte = this.byte();
      result += (byte & 0x7f) * factor;
      factor *= 0x80;
    } while (byte >= 0x80);
    return result % 2 === 0 ? result / 2 : -(result + 1) / 2;
  }

  byte(): number {
    const byte = this.bytes[this.position];
    if (byte === undefined) throw new RangeError('A record batch ends inside a record.');
    this.position += 1;
    return byte;
  }

  /** The next bytes, as a view. A negative length stands for null. */
  nullableBytes(length: number): Buffer | null {
    if (length < 0) return null;
    const start = this.position;
    this.skip(length);
    return this.bytes.subarray(start, this.position);
  }

  /** Passes over the next bytes; a negative length stands for none. */
  skip(length: number): void {
    if (length < 0) return;
    if (this.position + length > this.bytes.length) throw new RangeError('A record batch ends inside a record.');
    this.position += length;
  }
}
