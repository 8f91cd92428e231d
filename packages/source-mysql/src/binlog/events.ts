/**
 * Bodies of the events that frame transactions. Layouts are those of the MySQL and MariaDB replication protocol
 * documentation (binlog version 4); rows and table maps have files of their own.
 */
import { inflateSync } from 'node:zlib';
import type { ByteCursor } from './byte-cursor.ts';

export interface Rotate {
  readonly position: number;
  readonly file: string;
}

/** Position (8 bytes), then the name of the file that goes on. */
export const readRotate = (cursor: ByteCursor): Rotate => {
  const position = Number(cursor.u64());
  return { position, file: cursor.utf8(cursor.remaining) };
};

/** Last byte of the body before the checksum: 0 no checksums, 1 CRC32. True when events end with 4 bytes of CRC32. */
export const readChecksumFlag = (cursor: ByteCursor): boolean => cursor.bytes[cursor.end - 5] === 1;

export interface QueryEvent {
  readonly threadId: number;
  readonly database: string;
  readonly text: string;
}

/** Thread (4), seconds (4), length of database (1), error (2), length of status variables (2), then these three parts. */
export const readQuery = (cursor: ByteCursor, isCompressed: boolean): QueryEvent => {
  const threadId = cursor.u32();
  cursor.skip(4);
  const databaseLength = cursor.u8();
  cursor.skip(2);
  cursor.skip(cursor.u16());
  const database = cursor.utf8(databaseLength);
  cursor.skip(1);
  const body = cursor.view(cursor.remaining);
  return { threadId, database, text: (isCompressed ? inflateBody(body) : body).toString('utf8') };
};

/**
 * MariaDB's compressed part: one byte with the width of the length in its low 3 bits (the algorithm bits above are 0:
 * zlib), the length big-endian, then the zlib stream.
 */
export const inflateBody = (bytes: Buffer): Buffer => inflateSync(bytes.subarray(1 + ((bytes[0] ?? 0) & 0x07)));

/** A MySQL GTID event: who wrote the transaction, and its number there. */
export interface MysqlGtid {
  /** UUID of the source, lower case. */
  readonly sid: string;
  readonly tag: string;
  readonly sequence: number;
  /** When the transaction was committed where it began, microseconds since the epoch; 0: not told. */
  readonly originalCommitUs: number;
}

const COMMIT_TIME_FLAG = 2 ** 55;

/** Flags (1), UUID (16), number (8), logical clocks (1 + 16), commit time (7, its top bit: original time follows (7)). */
export const readMysqlGtid = (cursor: ByteCursor): MysqlGtid => {
  cursor.skip(1);
  const sid = uuidText(cursor.view(16));
  const sequence = Number(cursor.u64());
  let originalCommitUs = 0;
  if (cursor.remaining >= 17 + 7 && cursor.u8() === 2) {
    cursor.skip(16);
    originalCommitUs = readCommitTime(cursor);
  }
  return { sid, tag: '', sequence, originalCommitUs };
};

/** 55 bits of immediate commit time; the 56th says that the original one follows because it differs. */
const readCommitTime = (cursor: ByteCursor): number => {
  const immediate = cursor.uint(4) + cursor.u24() * 2 ** 32;
  if (immediate < COMMIT_TIME_FLAG) return immediate;
  if (cursor.remaining < 7) return immediate - COMMIT_TIME_FLAG;
  return cursor.uint(4) + cursor.u24() * 2 ** 32;
};

/** `aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa` of 16 bytes. */
export const uuidText = (bytes: Uint8Array): string => {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
};

export interface MariadbGtid {
  readonly domain: number;
  readonly sequence: number;
  /** No BEGIN and COMMIT around it: a single statement, DDL mostly. */
  readonly isStandalone: boolean;
}

const STANDALONE_FLAG = 1;

/** Number (8), domain (4), flags (1). The server is the one in the event header. */
export const readMariadbGtid = (cursor: ByteCursor): MariadbGtid => {
  const sequence = Number(cursor.u64());
  return { sequence, domain: cursor.u32(), isStandalone: (cursor.u8() & STANDALONE_FLAG) !== 0 };
};
