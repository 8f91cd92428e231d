import { types } from 'node:util';
import { javaHash } from './value-hash.ts';

/**
 * The early 128-bit MurmurHash3 that Debezium uses, of which the upper 32 bits count. Numbers are hashed as their bytes
 * (four where they fit an int), texts as UTF-8.
 */
export const murmurHash = (value: unknown): number => {
  if (types.isUint8Array(value)) return hashBytes(value);
  if (typeof value === 'string') return hashBytes(Buffer.from(value, 'utf8'));
  if (typeof value === 'bigint' || Number.isInteger(value)) return hashBytes(littleEndian(BigInt(value as number)));
  return hashBytes(littleEndian(BigInt(javaHash(value))));
};

const littleEndian = (value: bigint): Uint8Array => {
  const isInt = value >= -0x8000_0000n && value <= 0x7fff_ffffn;
  const bytes = Buffer.alloc(isInt ? 4 : 8);
  if (isInt) bytes.writeInt32LE(Number(value));
  else bytes.writeBigInt64LE(value);
  return bytes;
};

const SEED = 9_001n;
const wrap = (value: bigint): bigint => BigInt.asUintN(64, value);
const rotate = (value: bigint, by: bigint): bigint => wrap((value << by) | (value >> (64n - by)));

class State {
  h1 = 0x9368e53c2f6af274n ^ SEED;
  h2 = 0x586dcd208f7cd3fdn ^ SEED;
  #c1 = 0x87c37b91114253d5n;
  #c2 = 0x4cf5ad432745937fn;

  mix(k1: bigint, k2: bigint): void {
    this.h1 = wrap((this.h1 ^ wrap(rotate(wrap(k1 * this.#c1), 23n) * this.#c2)) + this.h2);
    this.h2 = rotate(this.h2, 41n);
    this.h2 = wrap((this.h2 ^ wrap(rotate(wrap(k2 * this.#c2), 23n) * this.#c1)) + this.h1);
    this.h1 = wrap(this.h1 * 3n + 0x52dce729n);
    this.h2 = wrap(this.h2 * 3n + 0x38495ab5n);
    this.#c1 = wrap(this.#c1 * 5n + 0x7b7d159cn);
    this.#c2 = wrap(this.#c2 * 5n + 0x6bce6396n);
  }

  finish(length: number): number {
    this.h2 ^= BigInt(length);
    this.h1 = wrap(this.h1 + this.h2);
    this.h2 = wrap(this.h2 + this.h1);
    const [h1, h2] = [spread(this.h1), spread(this.h2)];
    return Number(BigInt.asIntN(32, wrap(h1 + h2) >> 32n));
  }
}

const spread = (value: bigint): bigint => {
  let k = value ^ (value >> 33n);
  k = wrap(k * 0xff51afd7ed558ccdn);
  k ^= k >> 33n;
  k = wrap(k * 0xc4ceb9fe1a85ec53n);
  return k ^ (k >> 33n);
};

const hashBytes = (bytes: Uint8Array): number => {
  const state = new State();
  const padded = Buffer.alloc(Math.ceil(bytes.length / 16) * 16);
  padded.set(bytes);
  for (let at = 0; at < padded.length; at += 16) state.mix(padded.readBigUInt64LE(at), padded.readBigUInt64LE(at + 8));
  return state.finish(bytes.length);
};
