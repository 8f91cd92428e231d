/**
 * Turns the events of one connection into change records, in the order of the log:
 *
 *   GTID -> BEGIN -> (statement text, TABLE_MAP, ROWS)* -> XID or COMMIT        a transaction (MariaDB: GTID is the BEGIN)
 *   GTID -> QUERY                                                              a statement of its own: DDL
 *
 * A batch may end between any two rows. Resuming inside a transaction goes back to its start and leaves out what is done.
 */
import type { TransactionMetadata } from '@headrace/cdc';
import type { BinlogStream } from '../binlog/binlog-stream.ts';
import { eventType } from '../binlog/event-header.ts';
import { readMariadbGtid, readMysqlGtid, readQuery, readRotate, type QueryEvent } from '../binlog/events.ts';
import { readRowsHeader } from '../binlog/rows-event.ts';
import { readTaggedGtid } from '../binlog/tagged-gtid.ts';
import type { FusedTables } from '../fused/fused-tables.ts';
import type { SchemaChanges } from '../ddl/schema-changes.ts';
import type { SourceBlocks, SourcePlace } from '../source-block.ts';
import { IGNORED, type TableSchemas } from '../tables/table-schemas.ts';
import type { ChangeBatch } from './change-batch.ts';
import type { ChangeWatcher } from './change-watcher.ts';
import type { LogPosition } from './log-position.ts';
import { RowsReader, type RowsReaderOptions } from './rows-reader.ts';
import { readStatement } from './statement.ts';
import { refusalOf, unreadable } from './unreadable.ts';

export interface ChangeReaderOptions extends RowsReaderOptions {
  /** Left out: schema changes are not told. */
  readonly schemaChanges: SchemaChanges | undefined;
  /** Put statements into the source block. */
  readonly withStatements: boolean;
}

/** A place in the server's log. */
export interface LogPlace {
  readonly file: string;
  readonly position: number;
}

const MICROS_PER_SECOND = 1_000_000;
const MICROS_PER_MILLI = 1_000;

export class ChangeReader {
  readonly #stream: BinlogStream;
  readonly #position: LogPosition;
  readonly #schemas: TableSchemas;
  readonly #source: SourceBlocks;
  readonly #fused: FusedTables | undefined;
  readonly #watcher: ChangeWatcher | undefined;
  readonly #withStatements: boolean;
  readonly #schemaChanges: SchemaChanges | undefined;
  readonly #transactions: TransactionMetadata | undefined;
  readonly #rows: RowsReader;
  /** Where to stop, exactly: a place between transactions; undefined: nowhere. */
  until: LogPlace | undefined;
  #thread: number | null = null;
  #query: string | null = null;
  /** Commit time where the transaction began, microseconds; 0: not told. */
  #commitUs = 0;
  #isHeartbeat = false;

  constructor(options: ChangeReaderOptions) {
    this.#stream = options.stream;
    this.#position = options.position;
    this.#schemas = options.schemas;
    this.#source = options.source;
    this.#fused = options.fused;
    this.#watcher = options.watcher;
    this.#withStatements = options.withStatements;
    this.#schemaChanges = options.schemaChanges;
    this.#transactions = options.transactions;
    this.#rows = new RowsReader(options);
  }

  /** Adds what has arrived, until the batch is full. True when the server said that it has nothing more, or at `until`. */
  async read(batch: ChangeBatch, signal: AbortSignal): Promise<boolean> {
    const stream = this.#stream;
    this.#isHeartbeat = false;
    while (!batch.isFull) {
      if (this.#rows.isOpen) {
        this.#rows.read(batch);
        continue;
      }
      if (this.until !== undefined && this.#position.hasReached(this.until.file, this.until.position)) return true;
      if (!stream.next()) return this.#isHeartbeat;
      this.#position.enter(stream.header);
      batch.countBytes(stream.header.size);
      if (stream.header.type === eventType.tableMap) {
        if (!this.#schemas.recognise(stream.cursor)) await this.#learn(signal);
        this.#position.eventDone();
      } else if (this.#openRows() || (await this.#handle(batch))) {
        continue;
      }
    }
    return false;
  }

  async #learn(signal: AbortSignal): Promise<void> {
    const table = await this.#schemas.learn(this.#stream.cursor);
    if (table !== IGNORED) await this.#fused?.bind(table, signal);
  }

  /** True for a rows event: it is open now, or was left out. */
  #openRows(): boolean {
    const { header, cursor } = this.#stream;
    const rows = readRowsHeader(header.type, cursor);
    if (rows === undefined) return false;
    const table = this.#rows.open(rows);
    if (table === undefined) this.#position.eventDone();
    else this.#enterSource(table.captured.database, table.captured.table);
    return true;
  }

  #enterSource(database: string, table: string): void {
    this.#source.enter({ database, table, ...this.#place() });
  }

  #place(): Omit<SourcePlace, 'database' | 'table'> {
    const position = this.#position;
    return {
      timeUs: this.#commitUs > 0 ? this.#commitUs : position.seconds * MICROS_PER_SECOND,
      serverId: position.serverId,
      gtid: position.gtid,
      file: position.file,
      position: position.start,
      thread: this.#thread,
      query: this.#query,
    };
  }

  async #tellSchemaChange(statement: QueryEvent, batch: ChangeBatch): Promise<void> {
    this.#timeInMillis();
    const records = await this.#schemaChanges?.ofStatement(statement, { ...this.#place(), marker: null });
    if (records !== undefined) batch.objects().push(...records);
  }

  /** Every other event. */
  async #handle(batch: ChangeBatch): Promise<boolean> {
    const { header, cursor } = this.#stream;
    switch (header.type) {
      case eventType.query:
      case eventType.queryCompressed:
        await this.#handleQuery(readQuery(cursor, header.type === eventType.queryCompressed), batch);
        return true;
      case eventType.xid:
      case eventType.xaPrepare:
        this.#commit(batch);
        return true;
      case eventType.gtid:
      case eventType.gtidTagged:
      case eventType.anonymousGtid:
      case eventType.mariadbGtid:
        this.#handleGtid(batch);
        return true;
      case eventType.annotateRows:
      case eventType.rowsQuery:
        this.#handleStatementText();
        return true;
      default:
        this.#handleServerEvent();
        return true;
    }
  }

  #handleServerEvent(): void {
    const { header, cursor } = this.#stream;
    switch (header.type) {
      case eventType.rotate: {
        const { file, position } = readRotate(cursor);
        this.#position.rotate(file, position);
        break;
      }
      case eventType.formatDescription:
        this.#schemas.forgetIds();
        break;
      case eventType.heartbeat:
      case eventType.heartbeatV2:
        this.#isHeartbeat = true;
        if (header.type === eventType.heartbeat) this.#position.sentUpTo(cursor.utf8(cursor.remaining), header.nextPosition);
        break;
      default: {
        const refusal = refusalOf(header.type, this.#position.where);
        if (refusal !== undefined) throw refusal;
      }
    }
  }

  #handleGtid(batch: ChangeBatch): void {
    const { header, cursor } = this.#stream;
    const position = this.#position;
    if (header.type === eventType.mariadbGtid) {
      const gtid = readMariadbGtid(cursor);
      position.openGroup(`${String(gtid.domain)}-${String(position.serverId)}-${String(gtid.sequence)}`);
      if (!gtid.isStandalone) this.#begin(null, batch);
      return;
    }
    const { sid, tag, sequence, originalCommitUs } = header.type === eventType.gtidTagged ? readTaggedGtid(cursor) : readMysqlGtid(cursor);
    this.#commitUs = originalCommitUs;
    const source = tag === '' ? sid : `${sid}:${tag}`;
    position.openGroup(header.type === eventType.anonymousGtid ? null : `${source}:${String(sequence)}`);
  }

  #begin(thread: number | null, batch: ChangeBatch): void {
    this.#position.begin();
    this.#tellBegin(batch);
    this.#thread = thread;
    this.#query = null;
    this.#position.eventDone();
  }

  /** As Debezium names transactions: by GTID, or by their place. */
  #tellBegin(batch: ChangeBatch): void {
    const transactions = this.#transactions;
    if (transactions === undefined) return;
    const { gtid, file, start, countsBefore } = this.#position;
    transactions.id = gtid ?? `file=${file},pos=${String(start)}`;
    transactions.begin(transactions.id, countsBefore);
    this.#fused?.count(transactions);
    if (countsBefore === null) batch.objects().push(transactions.beginRecord(this.#eventMs()));
  }

  #tellEnd(batch: ChangeBatch): void {
    const transactions = this.#transactions;
    if (transactions === undefined) return;
    batch.objects().push(transactions.endRecord(this.#eventMs()));
    transactions.end();
    this.#fused?.count(null);
  }

  #eventMs(): number {
    return this.#commitUs > 0 ? Math.floor(this.#commitUs / 1_000) : this.#position.seconds * 1_000;
  }

  #commit(batch: ChangeBatch): void {
    if (this.#position.isInTransaction) this.#tellEnd(batch);
    this.#position.commit();
    this.#commitUs = 0;
    this.#thread = null;
    this.#query = null;
  }

  #handleStatementText(): void {
    const { header, cursor } = this.#stream;
    // MySQL puts one byte of (cut-off) length before the text.
    if (header.type === eventType.rowsQuery) cursor.skip(1);
    if (this.#withStatements) this.#query = cursor.utf8(cursor.remaining);
    this.#position.eventDone();
  }

  async #handleQuery(query: QueryEvent, batch: ChangeBatch): Promise<void> {
    const statement = readStatement(query.text);
    const { isInTransaction } = this.#position;
    switch (statement.kind) {
      case 'begin':
        this.#begin(query.threadId, batch);
        return;
      case 'commit':
        this.#commit(batch);
        return;
      case 'inside':
        this.#position.eventDone();
        return;
      case 'rows':
        this.#refuseStatementRows(query.text);
        break;
      case 'truncate':
        await this.#truncate(statement.database ?? query.database, statement.table, batch);
        break;
      case 'other':
        this.#schemas.invalidate(query.text, query.database);
        this.#watcher?.sawStatement();
        await this.#tellSchemaChange(query, batch);
        break;
    }
    if (isInTransaction) this.#position.eventDone();
    else this.#commit(batch);
  }

  #refuseStatementRows(text: string): void {
    const [table] = this.#schemas.mentioned(text);
    if (table === undefined) return;
    throw unreadable(`a change of table ${table} as a statement at ${this.#position.where}`, 'binlog_format=ROW for every session');
  }

  async #truncate(database: string, table: string, batch: ChangeBatch): Promise<void> {
    const name = { database, table };
    if (!this.#schemas.isCaptured(name)) return;
    const captured = this.#schemas.current(name) ?? (await this.#schemas.fromCatalog(name));
    if (captured === undefined) return;
    this.#watcher?.saw({ kind: 'truncate', tables: [captured] });
    this.#timeInMillis();
    this.#enterSource(database, table);
    captured.envelope.truncate(batch.objects(), { source: this.#source.row(0, null), transaction: null, time: batch.time });
  }

  /** As Debezium has the time of a statement. */
  #timeInMillis(): void {
    this.#commitUs = Math.floor(this.#commitUs / MICROS_PER_MILLI) * MICROS_PER_MILLI;
  }
}
