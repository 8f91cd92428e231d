/**
 * Transactions of the log -> batches of change events with positions.
 *
 *   Begin      remember transaction, time and place
 *   Relation   bring the table's version up to date before the first row that needs it
 *   row        records by the table's envelope; a new LSN settles what came before
 *   Commit     settles everything; the position moves to the end of the transaction
 *   idle       keepalives move the position over log that does not concern us, so that it is not held back
 */
import { Struct } from '@headrace/connector-api';
import { BatchBuilder, type BatchLimits, type Envelope, type EventMeta, eventTime, type TransactionMetadata } from '@headrace/cdc';
import {
  comparableBefore,
  fusedTypes,
  keyNotInIdentity,
  messageTypes,
  type Begin,
  type Change,
  type ChangeBatch,
  type ChangeWatcher,
} from './change.ts';
import type { FusedChanges } from './fused/fused-changes.ts';
import type { LogMessages } from './log/whole-transactions.ts';
import { NO_TABLE, type LogicalMessages } from './log/logical-messages.ts';
import { TransactionTeller } from './log/transaction-teller.ts';
import type { Reselection } from './reselect/reselection.ts';
import type { Lsn } from './lsn.ts';
import { PgOutputDecoder, type LogicalMessage, type PgOutputMessage, type Relation } from './pgoutput.ts';
import {
  sourcePartition,
  streamOffset,
  type MessageType,
  type SnapshotState,
  type StoredOffset,
  type StreamPoint,
} from './start/offset.ts';
import type { CapturedTable } from './tables/captured-table.ts';
import { postgresSourceSchema, type SourceBlocks } from './tables/source-block.ts';

export interface ChangeReaderOptions {
  readonly stream: LogMessages;
  readonly server: string;
  readonly limits: BatchLimits;
  readonly sources: SourceBlocks;
  /** Milliseconds of the wall clock. */
  readonly now: () => number;
  /** The version a Relation message describes; undefined: not captured. */
  readonly tableOf: (relation: Relation, signal: AbortSignal) => Promise<CapturedTable | undefined>;
  readonly relax: (table: CapturedTable) => CapturedTable;
  readonly from: StoredOffset;
  /** Left out: transactions are not told. */
  readonly transactions?: TransactionMetadata;
  readonly messages: LogicalMessages;
  /** Reads again what the log does not hold of a row. */
  readonly reselection: Reselection;
  /** Writes what it can of the changes without objects; left out: everything goes through the envelope. */
  readonly fused?: FusedChanges;
}

/** Why reading stopped: nothing more has arrived, batch or rows to be completed are full, the `stopAt` place is reached. */
type Stop = 'dry' | 'full' | 'reached';

export class ChangeReader {
  readonly #options: ChangeReaderOptions;
  readonly #decoder = new PgOutputDecoder();
  readonly #batch: BatchBuilder;
  readonly #meta: EventMeta = { source: new Struct(postgresSourceSchema, []), transaction: null, time: eventTime(0) };
  /** The place after everything settled. */
  readonly #point: { -readonly [Name in keyof StreamPoint]: StreamPoint[Name] };
  readonly #teller: TransactionTeller | undefined;
  #delivered: StoredOffset['delivered'];
  #transaction: Begin | null = null;
  /** A transaction beyond the `stopAt` place, of which Begin is read. */
  #held: Begin | null = null;
  #stopLsn: Lsn | null = null;
  #lastCommit: Lsn | null;
  #groupLsn: Lsn = 0;
  #groupMessage: MessageType = 'BEGIN';

  /** An unfinished snapshot: its progress goes into every offset. */
  progress: SnapshotState | null = null;
  /** Told so far. */
  transactionCount = 0;
  watcher: ChangeWatcher | null = null;

  constructor(options: ChangeReaderOptions) {
    const { startLsn, lastCommit, delivered } = options.from;
    this.#options = options;
    this.#batch = new BatchBuilder(options.limits, options.fused?.tables);
    this.#meta.transaction = options.transactions ?? null;
    options.fused?.tables.count(this.#meta.transaction);
    if (options.transactions !== undefined) this.#teller = new TransactionTeller(options.transactions, this.#batch);
    this.#delivered = delivered;
    this.#lastCommit = lastCommit;
    this.#point = { lsn: startLsn, commitLsn: startLsn, xid: null, timeMicros: options.now() * 1_000, message: 'COMMIT', transaction: {} };
  }

  /** Transactions that commit at or after this place stay unread until `goOn`. */
  stopAt(lsn: Lsn): void {
    this.#stopLsn = lsn;
  }

  /** Reads on from the `stopAt` place, up to which everything is delivered by now. */
  goOn(): void {
    this.#point.lsn = Math.max(this.#point.lsn, this.#stopLsn ?? 0);
    this.#point.commitLsn = this.#point.lsn;
    this.#stopLsn = null;
    this.progress = null;
  }

  /** When the server committed what was last told; milliseconds since the epoch. */
  get committedAt(): number {
    return this.#point.timeMicros / 1_000;
  }

  /** The place up to which everything is delivered. */
  get place(): Lsn {
    return this.#point.lsn;
  }

  /** All transactions before the `stopAt` place are read, and handed out but for a last batch. */
  get hasReached(): boolean {
    if (this.#stopLsn === null || this.#transaction !== null || this.#batch.hasSettled()) return false;
    return this.#held !== null || this.#options.stream.idleLsn >= this.#stopLsn;
  }

  /** Whether a position without records may be stored now: never behind what an earlier run stored. */
  get isBetweenTransactions(): boolean {
    return this.#transaction === null && this.#delivered === null;
  }

  /** A batch as soon as there is one; null after `waitMs` without, or when the `stopAt` place is reached. */
  async poll(waitMs: number, signal: AbortSignal): Promise<ChangeBatch | null> {
    const stop = await this.#read(signal);
    if (this.#batch.hasSettled()) return this.take();
    if (stop !== 'dry' || this.hasReached) return null;
    if (this.#stopLsn !== null) this.#options.stream.ping();
    await this.#options.stream.receive(waitMs, signal);
    await this.#read(signal);
    return this.#batch.hasSettled() ? this.take() : null;
  }

  /**
   * Moves the position over log that the server has passed without sending us anything, so that it may go. False where
   * there is none.
   */
  advanceIdle(): boolean {
    const { idleLsn } = this.#options.stream;
    if (!this.isBetweenTransactions || this.#held !== null || idleLsn <= this.#point.lsn) return false;
    this.#point.lsn = idleLsn;
    this.#point.commitLsn = idleLsn;
    this.#point.message = 'NOOP';
    return true;
  }

  /** What is settled, perhaps nothing, and the position after it. */
  take(): ChangeBatch {
    return this.#batch.take(sourcePartition(this.#options.server), streamOffset(this.#point, this.progress));
  }

  async #read(signal: AbortSignal): Promise<Stop> {
    const { now, fused, tableOf } = this.#options;
    this.#meta.time = eventTime(now() * 1_000);
    for (;;) {
      fused?.tables.at(this.#meta.time);
      const outcome = this.#drain();
      this.#batch.count(await this.#options.reselection.complete(signal));
      if (outcome === 'full' && !this.#batch.isFull()) continue;
      if (typeof outcome === 'string') return outcome;
      // I5: the version a Relation message describes is in force before the row behind it is decoded.
      const table = await tableOf(outcome, signal);
      this.#decoder.bind(outcome.id, table);
      const isWatched = table !== undefined && this.watcher?.watches(table.path) === true;
      await fused?.tables.bind(outcome.id, isWatched ? undefined : table, signal);
    }
  }

  /** Reads until it has to wait for something: more bytes, room, or the catalog's word on a relation. */
  #drain(): Relation | Stop {
    const { stream, reselection } = this.#options;
    if (this.#held !== null) {
      if (this.#stopLsn !== null) return 'reached';
      this.#begin(this.#held);
      this.#held = null;
    }
    while (!this.#batch.isFull() && !reselection.isFull) {
      if (!stream.next()) return 'dry';
      this.#batch.count(stream.end - stream.start);
      if (this.#writeFused()) continue;
      const message = this.#decoder.decode(stream.buffer, stream.start, stream.end);
      if (message.kind === 'relation') return message;
      if (message.kind === 'begin' && this.#stopLsn !== null && message.commitLsn >= this.#stopLsn) {
        this.#held = message;
        return 'reached';
      }
      this.#apply(message);
    }
    return 'full';
  }

  #apply(message: Exclude<PgOutputMessage, Relation>): void {
    switch (message.kind) {
      case 'begin':
        this.#begin(message);
        break;
      case 'commit':
        this.#commit(message.endLsn);
        break;
      case 'skipped':
        break;
      case 'origin':
        this.#options.sources.origin = message;
        break;
      case 'message':
        this.#message(message);
        break;
      default:
        this.#change(message);
    }
  }

  #begin(message: Begin): void {
    this.#transaction = message;
    this.#groupLsn = 0;
    this.#options.sources.begin(eventTime(message.timeMicros), message.xid, this.#lastCommit);
    this.#teller?.begin(message, this.#options.stream.lsn, this.#delivered);
  }

  #commit(endLsn: Lsn): void {
    this.#settleGroup();
    if (this.#transaction !== null) this.#teller?.end(this.#transaction, this.#options.stream.lsn);
    if (this.#delivered !== null && this.#delivered.xid === this.#transaction?.xid) this.#delivered = null;
    this.#transaction = null;
    this.transactionCount += 1;
    this.#lastCommit = endLsn;
    this.#point.lsn = endLsn;
    this.#point.commitLsn = endLsn;
    this.#point.message = 'COMMIT';
    this.#point.transaction = {};
  }

  /** True when the current message was a change, and is written. */
  #writeFused(): boolean {
    const { stream, fused } = this.#options;
    const { buffer, start, end, lsn } = stream;
    if (fused?.isOurs(buffer, start) !== true || this.watcher?.isWatching === true) return false;
    this.#beginChange(lsn, fusedTypes[buffer[start] ?? 0] ?? 'INSERT');
    return this.#isDelivered(lsn) || fused.write(buffer, start, end, lsn);
  }

  /** A change of another LSN than the one before settles what came before. */
  #beginChange(lsn: Lsn, type: MessageType): void {
    if (lsn !== this.#groupLsn) this.#settleGroup();
    this.#groupLsn = lsn;
    this.#groupMessage = type;
    this.#teller?.at(lsn);
  }

  #change(message: Change): void {
    const { lsn } = this.#options.stream;
    this.#beginChange(lsn, messageTypes[message.kind]);
    if (this.#isDelivered(lsn)) return;
    this.watcher?.saw(message);
    this.#options.reselection.saw(message, this.#options.stream, this.#transaction);
    const records = this.#batch.objects();
    switch (message.kind) {
      case 'insert':
        this.#table(message.table).create(records, message.after, this.#meta);
        break;
      case 'update':
        this.#table(message.table).update(records, comparableBefore(message), message.after, this.#meta);
        break;
      case 'delete':
        if (message.table.plan.missingKeyColumns.length > 0) throw keyNotInIdentity(message.table);
        this.#table(message.table).remove(records, message.before, this.#meta);
        break;
      case 'truncate':
        for (const table of message.tables) this.#table(table).truncate(records, this.#meta);
    }
  }

  /** A message of a transaction is a change like others. One outside is done as soon as it is told: its LSN is that of its end. */
  #message(message: LogicalMessage): void {
    const { messages, sources, stream } = this.#options;
    const { lsn } = stream;
    if (message.isTransactional) this.#beginChange(lsn, 'MESSAGE');
    if (!messages.takes(message.prefix) || this.#isDelivered(lsn)) return;
    const { time } = this.#meta;
    if (!message.isTransactional) {
      // As Debezium tells it: by the time of what came before, and as if it were the end of a transaction.
      this.#lastCommit = lsn;
      sources.begin(eventTime(this.#point.timeMicros), null, lsn);
    }
    const transaction = message.isTransactional ? this.#meta.transaction : null;
    this.#batch.objects().push(messages.record(message, { source: sources.block(NO_TABLE, lsn, null), time, transaction }));
    if (message.isTransactional) return;
    this.#batch.settle();
    Object.assign(this.#point, { lsn, commitLsn: lsn, xid: null, message: 'MESSAGE', transaction: {} });
  }

  /** The envelope for a change of the table; prepares the source block on the way. */
  #table(table: CapturedTable): Envelope {
    this.#meta.source = this.#options.sources.block(table, this.#options.stream.lsn, null);
    if (table.nullColumns.size === 0) return table.envelope;
    const relaxed = this.#options.relax(table);
    this.#decoder.bind(table.plan.relationId, relaxed);
    this.#options.fused?.tables.unbind(table.plan.relationId);
    return relaxed.envelope;
  }

  /** A change that an earlier run has delivered: it is sent again because its transaction was not complete. */
  #isDelivered(lsn: Lsn): boolean {
    return this.#delivered !== null && this.#delivered.xid === this.#transaction?.xid && lsn <= this.#delivered.lsn;
  }

  /** All changes of one LSN are here: a position may stand after them. */
  #settleGroup(): void {
    if (this.#groupLsn === 0 || this.#isDelivered(this.#groupLsn)) return;
    this.#batch.settle();
    this.#point.lsn = this.#groupLsn;
    this.#point.xid = this.#transaction?.xid ?? null;
    this.#point.timeMicros = this.#transaction?.timeMicros ?? this.#point.timeMicros;
    this.#point.message = this.#groupMessage;
    this.#point.transaction = this.#teller?.offsetKeys() ?? {};
  }
}
