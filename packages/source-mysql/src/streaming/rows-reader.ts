import { TaskFailure, toError } from '@headrace/foundation';
import type { EventMeta, EventOp, TransactionMetadata } from '@headrace/cdc';
import type { BinlogStream } from '../binlog/binlog-stream.ts';
import { NO_TABLE, type RowOperation, type RowsHeader } from '../binlog/rows-event.ts';
import { errors } from '../errors.ts';
import type { FusedTable } from '../fused/fused-table.ts';
import type { FusedTables } from '../fused/fused-tables.ts';
import type { SourceBlocks } from '../source-block.ts';
import type { LogTable } from '../tables/log-table.ts';
import { IGNORED, type TableSchemas } from '../tables/table-schemas.ts';
import type { ChangeBatch } from './change-batch.ts';
import type { ChangeWatcher } from './change-watcher.ts';
import type { LogPosition } from './log-position.ts';
import { unreadable } from './unreadable.ts';
import { WholeRows } from './whole-rows.ts';

export interface RowsReaderOptions {
  readonly stream: BinlogStream;
  readonly position: LogPosition;
  readonly schemas: TableSchemas;
  readonly source: SourceBlocks;
  /** Left out: every change becomes an object. */
  readonly fused: FusedTables | undefined;
  readonly watcher: ChangeWatcher | undefined;
  /** Left out: transactions are not told. */
  readonly transactions: TransactionMetadata | undefined;
}

/** Rows of an event that are still to be read. */
interface OpenRows {
  readonly table: LogTable;
  readonly operation: RowOperation;
  /** Writes the rows that need not become objects; undefined: all have to. */
  readonly fused: FusedTable | undefined;
  /** Rows that an earlier run has done. */
  readonly skipped: number;
}

const operations: Readonly<Record<RowOperation, EventOp>> = { create: 'c', update: 'u', remove: 'd' };

/** Turns the rows of one event after the other into changes. The rest of an event waits for the next batch. */
export class RowsReader {
  readonly #stream: BinlogStream;
  readonly #position: LogPosition;
  readonly #schemas: TableSchemas;
  readonly #source: SourceBlocks;
  readonly #fused: FusedTables | undefined;
  readonly #watcher: ChangeWatcher | undefined;
  readonly #transactions: TransactionMetadata | undefined;
  #open: OpenRows | undefined;

  constructor(options: RowsReaderOptions) {
    this.#stream = options.stream;
    this.#position = options.position;
    this.#schemas = options.schemas;
    this.#source = options.source;
    this.#fused = options.fused;
    this.#watcher = options.watcher;
    this.#transactions = options.transactions;
  }

  /** There are rows to be read before the next event. */
  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  /** Takes up the event whose header was read; undefined: its rows are left out. Throws TaskFailure for rows that cannot be read. */
  open(rows: RowsHeader): LogTable | undefined {
    const table = this.#tableOf(rows);
    const skipped = this.#position.skippedRows;
    if (table === undefined || skipped === Infinity) return undefined;
    if (rows.isPartial) this.#makeWhole(table);
    this.#open = { table, operation: rows.operation, fused: this.#fusedOf(table), skipped };
    return table;
  }

  /** Adds changes of the open event until the batch is full or the event is done. */
  read(batch: ChangeBatch): void {
    const open = this.#open;
    if (open === undefined) return;
    const { cursor } = this.#stream;
    const position = this.#position;
    const op = operations[open.operation];
    while (cursor.offset < cursor.end && !batch.isFull) {
      const start = cursor.offset;
      const isDone = position.rows < open.skipped;
      if (isDone || open.fused?.write(op, cursor, position.rows, null) !== true) {
        cursor.offset = start;
        this.#readRow(open, isDone ? undefined : batch);
      }
      position.rows += 1;
    }
    if (cursor.offset < cursor.end) return;
    this.#open = undefined;
    position.eventDone();
  }

  #fusedOf(table: LogTable): FusedTable | undefined {
    const isSeen = this.#watcher?.isWatching === true || this.#watcher?.watches(table.captured.path) === true;
    return isSeen ? undefined : this.#fused?.of(table);
  }

  #tableOf(rows: RowsHeader): LogTable | undefined {
    if (rows.tableId === NO_TABLE) return undefined;
    const table = this.#schemas.byId(rows.tableId);
    if (table === IGNORED) return undefined;
    if (table === undefined) {
      throw new TaskFailure(
        errors.event_unsupported.code,
        `Rows at ${this.#position.where} follow no table map: the log cannot be read from here.`,
      );
    }
    if (!rows.isComplete || rows.columnCount !== table.columnCount) {
      throw new TaskFailure(
        errors.row_image_partial.code,
        `A change of table ${table.captured.path} at ${this.#position.where} lacks columns of its row. ${errors.row_image_partial.hint}`,
      );
    }
    return table;
  }

  #makeWhole({ captured, wires }: LogTable): void {
    const { cursor } = this.#stream;
    try {
      cursor.enter(new WholeRows(wires).read(cursor));
    } catch (cause) {
      const what = `a partial update of table ${captured.path} at ${this.#position.where} (${toError(cause).message})`;
      throw unreadable(what, "binlog_row_value_options='' and take a new snapshot", cause);
    }
  }

  /** One change as an object; without a batch it is read only. */
  #readRow({ table, operation }: OpenRows, batch: ChangeBatch | undefined): void {
    const { cursor } = this.#stream;
    const first = table.readRow(cursor);
    const second = operation === 'update' ? table.readRow(cursor) : first;
    if (batch === undefined) return;
    const meta: EventMeta = {
      source: this.#source.row(this.#position.rows, null),
      transaction: this.#transactions ?? null,
      time: batch.time,
    };
    const { captured } = table;
    const { envelope } = captured;
    if (operation === 'update') {
      this.#watcher?.saw({ kind: 'update', table: captured, before: first, after: second });
      envelope.update(batch.objects(), first, second, meta);
    } else if (operation === 'create') {
      this.#watcher?.saw({ kind: 'insert', table: captured, after: first });
      envelope.create(batch.objects(), first, meta);
    } else {
      this.#watcher?.saw({ kind: 'delete', table: captured, before: first });
      envelope.remove(batch.objects(), first, meta);
    }
  }
}
