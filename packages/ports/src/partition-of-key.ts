/** The 32-bit hash that Kafka's Java client places keys with (MurmurHash2 by Austin Appleby, seed 0x9747b28c), signed. */
export const murmur2 = (bytes: Uint8Array): number => {
  const length = bytes.length;
  let hash = 0x9747b28c ^ length;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    let chunk = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
    chunk = Math.imul(chunk, 0x5bd1e995);
    chunk ^= chunk >>> 24;
    hash = Math.imul(hash, 0x5bd1e995) ^ Math.imul(chunk, 0x5bd1e995);
  }
  const rest = length - at;
  if (rest > 0) {
    if (rest === 3) hash ^= (bytes[at + 2] ?? 0) << 16;
    if (rest >= 2) hash ^= (bytes[at + 1] ?? 0) << 8;
    hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x5bd1e995);
  }
  hash = Math.imul(hash ^ (hash >>> 13), 0x5bd1e995);
  return hash ^ (hash >>> 15);
};

/** Where Java's default partitioner puts a key: every client of a topic has to agree, or the order per key is lost. */
export const partitionOfKey = (key: Uint8Array, partitionCount: number): number => (murmur2(key) & 0x7fff_ffff) % partitionCount;
