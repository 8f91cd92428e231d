import { TaskFailure } from '@headrace/foundation';
import { zstdDecompressSync } from 'node:zlib';
import { errors } from '../errors.ts';
import type { ByteCursor } from './byte-cursor.ts';

const field = { end: 0, size: 1, compression: 2 } as const;
const compression = { zstd: 0, none: 255 } as const;

/**
 * MySQL's TRANSACTION_PAYLOAD event (binlog_transaction_compression): fields of type, length and value, all
 * length-encoded, then a whole transaction's events without checksums, compressed together. Returns these events.
 */
export const readTransactionPayload = (cursor: ByteCursor): Buffer => {
  let method: number = compression.none;
  for (let type = cursor.lengthEncoded(); type !== field.end; type = cursor.lengthEncoded()) {
    const next = cursor.lengthEncoded() + cursor.offset;
    if (type === field.compression) method = cursor.lengthEncoded();
    cursor.offset = next;
  }
  const payload = cursor.view(cursor.remaining);
  if (method === compression.none) return payload;
  if (method === compression.zstd) return zstdDecompressSync(payload);
  throw new TaskFailure(
    errors.event_unsupported.code,
    `The log has a transaction compressed by an unknown method (${String(method)}). Set binlog_transaction_compression=OFF on the server.`,
  );
};
