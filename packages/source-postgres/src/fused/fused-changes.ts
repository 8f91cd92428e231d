/**
 * The fused lane of a stream: rows go from the bytes of pgoutput to those of Kafka records without becoming objects. Which
 * task takes it is decided at its start; what it cannot write (see `FusedTable`) goes through the envelope, in the same order
 * and to the same bytes.
 */
import { messageCodes, TUPLE_AT } from '../log/message-codes.ts';
import type { Lsn } from '../lsn.ts';
import type { FusedTable } from './fused-table.ts';
import type { FusedTables } from './fused-tables.ts';

export class FusedChanges {
  readonly tables: FusedTables;
  #last: FusedTable | undefined;

  constructor(tables: FusedTables) {
    this.tables = tables;
  }

  /** Whether the message that begins at `start` is a row change of a table that this lane writes. */
  isOurs(buffer: Buffer, start: number): boolean {
    const type = buffer[start];
    if (type !== messageCodes.insert && type !== messageCodes.update && type !== messageCodes.delete) return false;
    this.#last = this.tables.get(buffer.readUInt32BE(start + 1));
    return this.#last !== undefined;
  }

  /** Writes that change; false when it has to be seen as an object. */
  write(buffer: Buffer, start: number, end: number, lsn: Lsn): boolean {
    const { writing } = this.tables;
    const table = this.#last;
    if (table === undefined) return false;
    writing.row.open(buffer, start, end);
    writing.lsn = lsn;
    try {
      if (buffer[start] === messageCodes.insert) return table.insert(buffer, start + TUPLE_AT);
      return buffer[start] === messageCodes.update ? table.update(buffer, start + TUPLE_AT) : table.remove(buffer, start + TUPLE_AT);
    } catch {
      // A value that cannot be written is met again as an object, where it is reported by the name of its column.
      return false;
    }
  }
}
