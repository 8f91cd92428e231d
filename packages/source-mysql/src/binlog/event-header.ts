import type { ByteCursor } from './byte-cursor.ts';

/** Event types of MySQL (below 160) and of MariaDB that are looked at. */
export const eventType = {
  query: 2,
  rotate: 4,
  formatDescription: 15,
  xid: 16,
  tableMap: 19,
  writeRowsV1: 23,
  updateRowsV1: 24,
  deleteRowsV1: 25,
  incident: 26,
  heartbeat: 27,
  rowsQuery: 29,
  writeRows: 30,
  updateRows: 31,
  deleteRows: 32,
  gtid: 33,
  anonymousGtid: 34,
  xaPrepare: 38,
  partialUpdateRows: 39,
  transactionPayload: 40,
  heartbeatV2: 41,
  gtidTagged: 42,
  annotateRows: 160,
  mariadbGtid: 162,
  startEncryption: 164,
  queryCompressed: 165,
  writeRowsCompressedV1: 166,
  updateRowsCompressedV1: 167,
  deleteRowsCompressedV1: 168,
  writeRowsCompressed: 169,
  updateRowsCompressed: 170,
  deleteRowsCompressed: 171,
} as const;

export const HEADER_BYTES = 19;
/** The server made the event up for this connection: it is not in the log. */
const ARTIFICIAL_FLAG = 0x20;

/** Header common to all events. One object is filled again and again. */
export class EventHeader {
  /** Seconds since the epoch; 0 in artificial events. */
  timestamp = 0;
  type = 0;
  serverId = 0;
  /** Bytes of the whole event, header and checksum included. */
  size = 0;
  /** Low 32 bits of the position after the event. */
  nextPosition = 0;
  isArtificial = false;

  read(cursor: ByteCursor): void {
    this.timestamp = cursor.u32();
    this.type = cursor.u8();
    this.serverId = cursor.u32();
    this.size = cursor.u32();
    this.nextPosition = cursor.u32();
    this.isArtificial = (cursor.u16() & ARTIFICIAL_FLAG) !== 0;
  }
}
