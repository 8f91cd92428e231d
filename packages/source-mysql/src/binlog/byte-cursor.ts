/** A read position in a buffer. The hot loop reads through one standing cursor, so that no row makes one of its own. */
export class ByteCursor {
  bytes: Buffer;
  offset: number;
  end: number;

  constructor(bytes: Buffer, offset = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.offset = offset;
    this.end = end;
  }

  /** Goes on at the start of other bytes. */
  enter(bytes: Buffer): void {
    this.bytes = bytes;
    this.offset = 0;
    this.end = bytes.length;
  }

  get remaining(): number {
    return this.end - this.offset;
  }

  u8(): number {
    const value = this.bytes[this.offset] ?? 0;
    this.offset += 1;
    return value;
  }

  u16(): number {
    const value = this.bytes.readUInt16LE(this.offset);
    this.offset += 2;
    return value;
  }

  u24(): number {
    const { bytes, offset } = this;
    this.offset = offset + 3;
    return (bytes[offset] ?? 0) | ((bytes[offset + 1] ?? 0) << 8) | ((bytes[offset + 2] ?? 0) << 16);
  }

  u32(): number {
    const value = this.bytes.readUInt32LE(this.offset);
    this.offset += 4;
    return value;
  }

  /** 6 bytes: table ids. */
  u48(): number {
    const value = this.bytes.readUIntLE(this.offset, 6);
    this.offset += 6;
    return value;
  }

  u64(): bigint {
    const value = this.bytes.readBigUInt64LE(this.offset);
    this.offset += 8;
    return value;
  }

  /** Little-endian unsigned of 1 to 6 bytes. */
  uint(width: number): number {
    const value = this.bytes.readUIntLE(this.offset, width);
    this.offset += width;
    return value;
  }

  /** Length-encoded integer: one byte below 251, else a marker and 2, 3 or 8 bytes. */
  lengthEncoded(): number {
    const first = this.u8();
    if (first < 251) return first;
    if (first === 252) return this.u16();
    if (first === 253) return this.u24();
    return Number(this.u64());
  }

  /** A view of the next `length` bytes. */
  view(length: number): Buffer {
    const { offset } = this;
    this.offset = offset + length;
    return this.bytes.subarray(offset, offset + length);
  }

  /** The next `length` bytes for whoever keeps them: those of a view go with the event that they are in. */
  copy(length: number): Buffer {
    return Buffer.from(this.view(length));
  }

  utf8(length: number): string {
    const { offset } = this;
    this.offset = offset + length;
    return this.bytes.toString('utf8', offset, offset + length);
  }

  /** For text that is ASCII by nature. */
  latin1(length: number): string {
    const { offset } = this;
    this.offset = offset + length;
    return this.bytes.toString('latin1', offset, offset + length);
  }

  skip(length: number): void {
    this.offset += length;
  }
}
