const multiplier = 0x5bd1e995;

/** The 32-bit hash that Kafka's Java client places keys with (MurmurHash2 by Austin Appleby, seed 0x9747b28c), signed; of [start, end). */
export const murmur2 = (bytes: Uint8Array, start = 0, end: number = bytes.length): number => {
  let hash = 0x9747b28c ^ (end - start);
  let at = start;
  for (; at + 4 <= end; at += 4) {
    let chunk = Math.imul(littleEndian(bytes, at, 4), multiplier);
    chunk ^= chunk >>> 24;
    hash = Math.imul(hash, multiplier) ^ Math.imul(chunk, multiplier);
  }
  if (at < end) hash = Math.imul(hash ^ littleEndian(bytes, at, end - at), multiplier);
  hash = Math.imul(hash ^ (hash >>> 13), multiplier);
  return hash ^ (hash >>> 15);
};

const littleEndian = (bytes: Uint8Array, at: number, count: number): number => {
  let value = 0;
  for (let index = count - 1; index >= 0; index -= 1) value = (value << 8) | (bytes[at + index] ?? 0);
  return value;
};

/** Where Java's default partitioner puts a key: every client of a topic has to agree, or the order per key is lost. */
export const partitionOfKey = (key: Uint8Array, partitionCount: number, start = 0, end: number = key.length): number =>
  partitionCount === 1 ? 0 : (murmur2(key, start, end) & 0x7fff_ffff) % partitionCount;
