import { crc32c, Writer } from '@platformatic/kafka';

/** CRC-32C of a record batch. The client copies bytes before it reckons, but not what a writer of its own holds. */
export const checksum = (bytes: Buffer): number => crc32c(Writer.create().append(bytes).dynamicBuffer) >>> 0;
