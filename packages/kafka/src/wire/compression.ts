import { compressionsAlgorithms, compressionsAlgorithmsByBitmask } from '@platformatic/kafka';

/** Kafka's `compression.type`; the number is what the batch's attributes say. */
export const compressionTypes = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const;

export type CompressionType = keyof typeof compressionTypes;

export const isCompressionType = (name: string): name is CompressionType => Object.hasOwn(compressionTypes, name);

export const compress = (type: Exclude<CompressionType, 'none'>, bytes: Buffer): Buffer =>
  toBuffer(compressionsAlgorithms[type].compressSync(bytes));

/** Undoes the compression that a batch's attributes name. Throws RangeError for a number no codec is known for. */
export const decompress = (type: number, bytes: Buffer): Buffer => {
  const codec = compressionsAlgorithmsByBitmask[type];
  if (codec === undefined) throw new RangeError(`Compression type ${String(type)} of a record batch is not known.`);
  return toBuffer(codec.decompressSync(bytes));
};

const toBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
