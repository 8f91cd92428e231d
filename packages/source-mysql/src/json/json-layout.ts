/**
 * How MySQL lays JSON documents out in bytes. A document is a type byte and a value; objects and arrays hold the number of
 * their members and their own size, then (objects) where each key lies, then for each value its type and either the value
 * itself, where it fits, or where it lies; all places count from the start of the container. "Large" containers have 4-byte
 * numbers, small ones 2. Keys are stored by length, then by bytes.
 */
export const jsonKind = {
  smallObject: 0x00,
  largeObject: 0x01,
  smallArray: 0x02,
  largeArray: 0x03,
  literal: 0x04,
  int16: 0x05,
  uint16: 0x06,
  int32: 0x07,
  uint32: 0x08,
  int64: 0x09,
  uint64: 0x0a,
  double: 0x0b,
  string: 0x0c,
  opaque: 0x0f,
} as const;

export const isContainer = (kind: number): boolean => kind <= jsonKind.largeArray;

/** Whether a container holds such a value where others only have their place. */
export const isInlined = (kind: number, isLarge: boolean): boolean =>
  kind === jsonKind.literal ||
  kind === jsonKind.int16 ||
  kind === jsonKind.uint16 ||
  (isLarge && (kind === jsonKind.int32 || kind === jsonKind.uint32));

/** Length in groups of 7 bits, lowest first, each but the last with its top bit set; `start`: where the bytes begin. */
export const variableLength = (bytes: Buffer, start: number): { readonly length: number; readonly start: number } => {
  let length = 0;
  let offset = start;
  for (let factor = 1; ; factor *= 128) {
    const byte = bytes[offset] ?? 0;
    offset += 1;
    length += (byte & 0x7f) * factor;
    if ((byte & 0x80) === 0) return { length, start: offset };
  }
};

/** An object or an array in a document's bytes, read where it lies. */
export class JsonContainer {
  readonly bytes: Buffer;
  readonly isObject: boolean;
  /** Number of members. */
  readonly count: number;
  readonly #start: number;
  readonly #isLarge: boolean;
  readonly #width: 2 | 4;

  /** `start`: of the value, behind its type byte. */
  constructor(kind: number, bytes: Buffer, start: number) {
    this.bytes = bytes;
    this.isObject = kind === jsonKind.smallObject || kind === jsonKind.largeObject;
    this.#start = start;
    this.#isLarge = kind === jsonKind.largeObject || kind === jsonKind.largeArray;
    this.#width = this.#isLarge ? 4 : 2;
    this.count = this.#number(start);
  }

  /** Bytes of the container, all that it holds included. */
  get size(): number {
    return this.#number(this.#start + this.#width);
  }

  /** Name of an object's member. */
  key(index: number): string {
    const entry = this.#entries + index * (this.#width + 2);
    const start = this.#start + this.#number(entry);
    return this.bytes.toString('utf8', start, start + this.bytes.readUInt16LE(entry + this.#width));
  }

  /** Type of a member's value. */
  kind(index: number): number {
    return this.bytes[this.#valueEntry(index)] ?? 0;
  }

  /** Where a member's value lies in `bytes`. */
  place(index: number): number {
    const entry = this.#valueEntry(index);
    return isInlined(this.bytes[entry] ?? 0, this.#isLarge) ? entry + 1 : this.#start + this.#number(entry + 1);
  }

  get #entries(): number {
    return this.#start + 2 * this.#width;
  }

  #valueEntry(index: number): number {
    const keys = this.isObject ? this.count * (this.#width + 2) : 0;
    return this.#entries + keys + index * (1 + this.#width);
  }

  #number(offset: number): number {
    return this.#width === 4 ? this.bytes.readUInt32LE(offset) : this.bytes.readUInt16LE(offset);
  }
}
