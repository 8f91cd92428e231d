/**
 * Logical replication messages of the pgoutput plugin, protocol version 1 (PostgreSQL documentation, "Logical Replication
 * Message Formats"). Numbers are big-endian, strings zero-terminated, times microseconds since 2000-01-01 UTC.
 *
 *   transaction = Begin (Relation | Type | Origin | Insert | Update | Delete | Truncate | Message)* Commit
 *   Insert      = relation 'N' tuple
 *   Message     = flags, LSN, prefix, content; one that is not transactional stands outside of transactions
 *   Update      = relation ['K' key tuple | 'O' old tuple] 'N' tuple
 *   Delete      = relation ('K' key tuple | 'O' old tuple)
 *   tuple       = count, then per column 'n' null | 'u' unchanged TOAST | 't' length text
 *
 * Rows of relations that are bound to a table are decoded, others are stepped over.
 */
import { InvariantError } from '@headrace/foundation';
import type { Row } from '@headrace/cdc';
import { errors } from './errors.ts';
import { messageCodes, tupleKinds } from './log/message-codes.ts';
import { readLsn, type Lsn } from './lsn.ts';
import type { CapturedTable } from './tables/captured-table.ts';
import { RowBytes } from './types/row-bytes.ts';

/** Microseconds between 1970-01-01 and 2000-01-01. */
const EPOCH_MICROS = 946_684_800_000_000;

export interface Relation {
  readonly kind: 'relation';
  readonly id: number;
  readonly schema: string;
  readonly name: string;
  /** d default, n nothing, f full, i index. */
  readonly identity: string;
  readonly columns: readonly RelationColumn[];
}

export interface RelationColumn {
  readonly name: string;
  readonly typeId: number;
  readonly typeModifier: number;
  /** Part of the replica identity. */
  readonly isIdentity: boolean;
}

/** A row message names its table by the table that was bound to it. */
export type PgOutputMessage =
  | { readonly kind: 'begin'; readonly commitLsn: Lsn; readonly timeMicros: number; readonly xid: number }
  | { readonly kind: 'commit'; readonly endLsn: Lsn }
  | Origin
  | Relation
  | { readonly kind: 'insert'; readonly table: CapturedTable; readonly after: Row }
  | { readonly kind: 'update'; readonly table: CapturedTable; readonly before: Row | null; readonly after: Row }
  | { readonly kind: 'delete'; readonly table: CapturedTable; readonly before: Row }
  | { readonly kind: 'truncate'; readonly tables: readonly CapturedTable[] }
  | LogicalMessage
  | { readonly kind: 'skipped' };

/** The transaction was replicated into this server. */
export interface Origin {
  readonly kind: 'origin';
  readonly name: string;
  /** Of its commit at the server it comes from; null where this server does not tell. */
  readonly lsn: Lsn | null;
}

/** What `pg_logical_emit_message` wrote. */
export interface LogicalMessage {
  readonly kind: 'message';
  /** Told at the commit, in its place among the changes; otherwise at once, outside of any transaction. */
  readonly isTransactional: boolean;
  readonly prefix: string;
  readonly content: Buffer;
}

const SKIPPED: PgOutputMessage = { kind: 'skipped' };

export class PgOutputDecoder {
  readonly #tables = new Map<number, CapturedTable>();
  #buffer: Buffer = Buffer.alloc(0);
  readonly #bytes = new RowBytes(this.#buffer);
  #position = 0;

  /** Rows of the relation are decoded by `table` from now on; undefined: they are not captured. */
  bind(relationId: number, table: CapturedTable | undefined): void {
    if (table === undefined) this.#tables.delete(relationId);
    else this.#tables.set(relationId, table);
  }

  /** The message at [start, end) of the buffer. */
  decode(buffer: Buffer, start: number, end: number): PgOutputMessage {
    this.#buffer = buffer;
    this.#bytes.open(buffer, start, end);
    this.#position = start + 1;
    switch (buffer[start]) {
      case messageCodes.insert:
        return this.#insert();
      case messageCodes.update:
        return this.#update();
      case messageCodes.delete:
        return this.#delete();
      case messageCodes.begin:
        return this.#begin();
      case messageCodes.commit:
        return { kind: 'commit', endLsn: readLsn(buffer, start + 10) };
      case messageCodes.relation:
        return this.#relation();
      case messageCodes.truncate:
        return this.#truncate();
      case messageCodes.type:
        return SKIPPED;
      case messageCodes.origin:
        return this.#origin();
      case messageCodes.message:
        return this.#logicalMessage();
      default:
        throw new InvariantError(errors.protocol.code, `pgoutput message of unknown type ${String(buffer[start])}.`);
    }
  }

  #begin(): PgOutputMessage {
    const buffer = this.#buffer;
    const position = this.#position;
    return {
      kind: 'begin',
      commitLsn: readLsn(buffer, position),
      timeMicros: buffer.readInt32BE(position + 8) * 0x1_0000_0000 + buffer.readUInt32BE(position + 12) + EPOCH_MICROS,
      xid: buffer.readUInt32BE(position + 16),
    };
  }

  #origin(): Origin {
    const lsn = readLsn(this.#buffer, this.#position);
    this.#position += 8;
    return { kind: 'origin', name: this.#string(), lsn: lsn === 0 ? null : lsn };
  }

  #insert(): PgOutputMessage {
    const table = this.#table();
    if (table === undefined) return SKIPPED;
    this.#position += 1;
    return { kind: 'insert', table, after: this.#row(table, null) };
  }

  #update(): PgOutputMessage {
    const table = this.#table();
    if (table === undefined) return SKIPPED;
    const isWhole = this.#buffer[this.#position] === tupleKinds.old;
    const before = this.#oldRow(table);
    this.#position += 1;
    return { kind: 'update', table, before, after: this.#row(table, isWhole ? before : null) };
  }

  #delete(): PgOutputMessage {
    const table = this.#table();
    if (table === undefined) return SKIPPED;
    const before = this.#oldRow(table);
    if (before === null) throw new InvariantError(errors.protocol.code, 'A pgoutput delete carries no old row.');
    return { kind: 'delete', table, before };
  }

  #truncate(): PgOutputMessage {
    const count = this.#buffer.readInt32BE(this.#position);
    const tables: CapturedTable[] = [];
    for (let index = 0; index < count; index += 1) {
      const table = this.#tables.get(this.#buffer.readUInt32BE(this.#position + 5 + index * 4));
      if (table !== undefined) tables.push(table);
    }
    return { kind: 'truncate', tables };
  }

  #relation(): Relation {
    const id = this.#uint32();
    const schema = this.#string();
    const name = this.#string();
    const identity = String.fromCharCode(this.#byte());
    const count = this.#buffer.readInt16BE(this.#position);
    this.#position += 2;
    const columns: RelationColumn[] = [];
    for (let index = 0; index < count; index += 1) {
      const isIdentity = (this.#byte() & 1) === 1;
      const column = this.#string();
      const typeId = this.#uint32();
      columns.push({ name: column, typeId, typeModifier: this.#uint32() | 0, isIdentity });
    }
    return { kind: 'relation', id, schema: schema === '' ? 'pg_catalog' : schema, name, identity, columns };
  }

  /** Flags, place in the log, prefix, content. */
  #logicalMessage(): LogicalMessage {
    const isTransactional = (this.#byte() & 1) === 1;
    this.#position += 8;
    const prefix = this.#string();
    const start = this.#position + 4;
    const end = start + this.#buffer.readInt32BE(this.#position);
    return { kind: 'message', isTransactional, prefix, content: Buffer.from(this.#buffer.subarray(start, end)) };
  }

  #table(): CapturedTable | undefined {
    return this.#tables.get(this.#uint32());
  }

  #oldRow(table: CapturedTable): Row | null {
    const marker = this.#buffer[this.#position];
    if (marker !== tupleKinds.key && marker !== tupleKinds.old) return null;
    this.#position += 1;
    if (marker === tupleKinds.old) return this.#row(table, null);
    const row = table.newRow();
    this.#position = table.decodeKeyTuple(this.#bytes, this.#position, row);
    return row;
  }

  #row(table: CapturedTable, before: Row | null): Row {
    const row = table.newRow();
    this.#position = table.decodeTuple(this.#bytes, this.#position, row, before);
    return row;
  }

  #byte(): number {
    return this.#buffer[this.#position++] ?? 0;
  }

  #uint32(): number {
    const value = this.#buffer.readUInt32BE(this.#position);
    this.#position += 4;
    return value;
  }

  #string(): string {
    const end = this.#buffer.indexOf(0, this.#position);
    const text = this.#buffer.toString('utf8', this.#position, end);
    this.#position = end + 1;
    return text;
  }
}
