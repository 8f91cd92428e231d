/** Documents in MySQL's binary form, written for tests by code of their own. */
interface Encoded {
  readonly kind: number;
  readonly bytes: Buffer;
}

const littleEndian = (value: number, width: number): Buffer => {
  const bytes = Buffer.alloc(width);
  bytes.writeUIntLE(value, 0, width);
  return bytes;
};

const variableLength = (length: number): number[] =>
  length < 128 ? [length] : [(length & 0x7f) | 0x80, ...variableLength(Math.floor(length / 128))];

const scalar = (value: string | number | boolean | null): Encoded => {
  if (value === null || typeof value === 'boolean') return { kind: 4, bytes: Buffer.from([value === null ? 0 : value ? 1 : 2]) };
  if (typeof value === 'string') {
    const text = Buffer.from(value);
    return { kind: 12, bytes: Buffer.concat([Buffer.from(variableLength(text.length)), text]) };
  }
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value);
    return { kind: 11, bytes };
  }
  if (value >= -32_768 && value < 32_768) return { kind: 5, bytes: littleEndian(value & 0xffff, 2) };
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(value));
  return { kind: 9, bytes };
};

/** Shorter names first, equally long ones by their bytes. */
const compareNames = (one: string, other: string): number =>
  Buffer.byteLength(one) - Buffer.byteLength(other) || Buffer.compare(Buffer.from(one), Buffer.from(other));

/** Writes MySQL's form of a value, with small or large containers as told. */
const encode = (value: unknown, isLarge: boolean): Encoded => {
  if (typeof value !== 'object' || value === null) return scalar(value as string | number | boolean | null);
  const isObject = !Array.isArray(value);
  const names = isObject ? Object.keys(value).toSorted(compareNames) : [];
  const width = isLarge ? 4 : 2;
  const keys = names.map((name) => Buffer.from(name));
  const members = (isObject ? names.map((name) => (value as Record<string, unknown>)[name]) : Object.values(value)).map((member) =>
    encode(member, isLarge),
  );
  let free = 2 * width + keys.length * (width + 2) + members.length * (1 + width);
  const keyEntries = keys.map((key) => {
    const entry = Buffer.concat([littleEndian(free, width), littleEndian(key.length, 2)]);
    free += key.length;
    return entry;
  });
  const heap: Buffer[] = [...keys];
  const valueEntries = members.map(({ kind, bytes }) => {
    if (kind === 4 || kind === 5) {
      const inlined =
        kind === 5 && isLarge ? littleEndian(bytes.readUInt16LE(), 4) : Buffer.concat([bytes, Buffer.alloc(width)]).subarray(0, width);
      return Buffer.concat([Buffer.from([kind]), inlined]);
    }
    const entry = Buffer.concat([Buffer.from([kind]), littleEndian(free, width)]);
    heap.push(bytes);
    free += bytes.length;
    return entry;
  });
  const head = [littleEndian(members.length, width), littleEndian(free, width)];
  return { kind: (isObject ? 0 : 2) + (isLarge ? 1 : 0), bytes: Buffer.concat([...head, ...keyEntries, ...valueEntries, ...heap]) };
};

/** A whole document. */
export const documentBytes = (value: unknown, isLarge: boolean): Buffer => {
  const { kind, bytes } = encode(value, isLarge);
  return Buffer.concat([Buffer.from([kind]), bytes]);
};
