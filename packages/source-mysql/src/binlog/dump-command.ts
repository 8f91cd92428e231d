import { type MysqlGtidSet } from './gtid-set.ts';

const COM_BINLOG_DUMP = 0x12;
const COM_BINLOG_DUMP_GTID = 0x1e;
/** MariaDB: send the statement before its rows. */
const SEND_ANNOTATE_ROWS = 2;
/** MySQL: start after these GTIDs, not at a file's position. */
const THROUGH_GTID = 4;

export interface DumpOptions {
  readonly serverId: number;
  readonly withStatements: boolean;
}

/** The log from a position of a file on; an empty file name leaves the start to `@slave_connect_state`. */
export const dumpFromPosition = (file: string, position: number, options: DumpOptions): Buffer => {
  const command = Buffer.alloc(11 + Buffer.byteLength(file));
  command.writeUInt8(COM_BINLOG_DUMP, 0);
  command.writeUInt32LE(position, 1);
  command.writeUInt16LE(options.withStatements ? SEND_ANNOTATE_ROWS : 0, 5);
  command.writeUInt32LE(options.serverId, 7);
  command.write(file, 11);
  return command;
};

/** MySQL: every transaction that is not in the set. */
export const dumpAfterGtids = (gtids: MysqlGtidSet, options: DumpOptions): Buffer => {
  const set = gtids.encode();
  const command = Buffer.alloc(23 + set.length);
  command.writeUInt8(COM_BINLOG_DUMP_GTID, 0);
  command.writeUInt16LE(THROUGH_GTID, 1);
  command.writeUInt32LE(options.serverId, 3);
  command.writeUInt32LE(0, 7);
  command.writeBigUInt64LE(4n, 11);
  command.writeUInt32LE(set.length, 19);
  set.copy(command, 23);
  return command;
};
