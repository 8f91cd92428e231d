import type { ByteCursor } from './byte-cursor.ts';
import { uuidText, type MysqlGtid } from './events.ts';

/** Numbers of the fields of a tagged GTID event, in whose order they come; those left out here are integers that nobody asks for. */
const field = { uuid: 1, sequence: 2, tag: 3, immediateCommit: 6, originalCommit: 7 } as const;

const UUID_BYTES = 16;

/**
 * An integer of MySQL's serialization: as many low bits of the first byte are set as bytes follow it, up to eight; behind them and a
 * clear bit, where there is room for one, stands the number, little-endian.
 */
const readInteger = (cursor: ByteCursor): number => {
  const first = cursor.bytes[cursor.offset] ?? 0;
  let following = 0;
  while (following < 8 && ((first >> following) & 1) === 1) following += 1;
  if (following === 8) {
    cursor.skip(1);
    return Number(cursor.u64());
  }
  let value = 0n;
  for (let index = 0; index <= following; index += 1) value |= BigInt(cursor.u8()) << BigInt(8 * index);
  return Number(value >> BigInt(following + 1));
};

/** The sign is the lowest bit, and numbers of transactions are positive. */
const readSigned = (cursor: ByteCursor): number => Math.floor(readInteger(cursor) / 2);

const readUuid = (cursor: ByteCursor): string => uuidText(Uint8Array.from({ length: UUID_BYTES }, () => readInteger(cursor)));

/**
 * MySQL 8.3 and later, for transactions with a tag: version, size in bytes, last field that must be understood, then each field
 * behind its number, those without a value left out.
 */
export const readTaggedGtid = (cursor: ByteCursor): MysqlGtid => {
  const start = cursor.offset;
  readInteger(cursor);
  const end = Math.min(cursor.end, start + readInteger(cursor));
  readInteger(cursor);
  let [sid, tag, sequence, immediateUs, originalUs] = ['', '', 0, 0, 0];
  while (cursor.offset < end) {
    const id = readInteger(cursor);
    if (id > field.originalCommit) break;
    if (id === field.uuid) sid = readUuid(cursor);
    else if (id === field.sequence) sequence = readSigned(cursor);
    else if (id === field.tag) tag = cursor.latin1(readInteger(cursor));
    else if (id === field.immediateCommit) immediateUs = readInteger(cursor);
    else if (id === field.originalCommit) originalUs = readInteger(cursor);
    else readInteger(cursor);
  }
  return { sid, tag, sequence, originalCommitUs: originalUs === 0 ? immediateUs : originalUs };
};
