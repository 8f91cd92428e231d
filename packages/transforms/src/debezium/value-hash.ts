import { types } from 'node:util';

/** `hashCode` of Java's String, Integer, Long, Boolean, Double and byte array, as a signed 32-bit number. */
export const javaHash = (value: unknown): number => {
  if (typeof value === 'string')
    return hashOf(
      Array.from({ length: value.length }, (_item, index) => value.charCodeAt(index)),
      0,
    );
  if (typeof value === 'boolean') return value ? 1231 : 1237;
  if (types.isUint8Array(value))
    return hashOf(
      Array.from(value, (byte) => (byte << 24) >> 24),
      1,
    );
  if (typeof value === 'bigint' || Number.isInteger(value)) return longHash(BigInt(value as number));
  if (typeof value === 'number') return doubleHash(value);
  return 0;
};

const hashOf = (units: readonly number[], start: number): number => units.reduce((hash, unit) => (Math.imul(31, hash) + unit) | 0, start);

/** The same for an int, except for negative ones, which Java hashes to themselves. */
const longHash = (value: bigint): number =>
  value >= -0x8000_0000n && value < 0x8000_0000n ? Number(value) : Number(BigInt.asIntN(32, value ^ (value >> 32n)));

const doubleHash = (value: number): number => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes.readInt32BE(0) ^ bytes.readInt32BE(4);
};
