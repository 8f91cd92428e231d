import { types } from 'node:util';
import type { EncodedBatch, PartitionPosition, RecordLane, SinkRecord, SinkTask, SinkTaskContext } from '@headrace/connector-api';
import { FencedError, hasReaction, TaskFailure } from '@headrace/foundation';
import type { AppliedPositions } from './apply/applied-positions.ts';
import type { Applier } from './apply/applier.ts';
import { sizeOf, type BatchLimit } from './apply/batch-limit.ts';
import { OneAhead } from './apply/one-ahead.ts';
import type { PendingRecord } from './apply/pending-record.ts';
import { runsOf } from './apply/reached-positions.ts';
import type { ColumnarBatch, ColumnarBatches } from './columns/columnar-batch.ts';
import type { SessionKeeper } from './session/session-keeper.ts';
import type { StoppedRows } from './apply/stopped-rows.ts';
import type { TargetGuard } from './session/target-guard.ts';
import type { WholeTransactions } from './apply/whole-transactions.ts';
import type { SqlSession } from './dialect/session.ts';
import { errors } from './errors.ts';
import type { TransactionApplier } from './parallel/transaction-applier.ts';
import type { ChangeReader } from './record/change-reader.ts';

export interface SqlSinkTaskParts {
  readonly context: SinkTaskContext;
  readonly keeper: SessionKeeper;
  readonly guard: TargetGuard;
  readonly reader: ChangeReader;
  readonly applier: Applier;
  readonly applied: AppliedPositions;
  readonly limit: BatchLimit;
  /** A new schema may drop columns that the rows before it have: those are applied first. */
  readonly separatesSchemas: boolean;
  /** Given where a refused row stops more than itself. */
  readonly stopped: StoppedRows | undefined;
  /** Given where source transactions are to be kept whole. */
  readonly transactions: Transactions | undefined;
  /** Given where records need not become objects: one is filled while the other is applied. */
  readonly columns: readonly [ColumnarBatches, ColumnarBatches] | undefined;
}

/** Put together, then applied. */
export interface Transactions {
  readonly whole: WholeTransactions;
  readonly applier: TransactionApplier;
}

interface EncodedWork {
  readonly batch: EncodedBatch;
  readonly columns: ColumnarBatches;
  /** Made before its turn. */
  readonly first: ColumnarBatch | undefined;
}

type MaybeChange = PendingRecord['change'];

/**
 * From records to committed rows:
 * 1. The session owns the task's rows in the position table (`apply/positions.ts`); it is made anew when it was lost.
 * 2. Records that the target has seen are left out: their offset is below the stored one.
 * 3. Each record becomes a change of a table (`record/change-reader.ts`). A schema seen for the first time creates or
 *    extends its table now, before and outside of the data's transaction.
 * 4. As many changes as `apply/batch-limit.ts` allows become few statements (`apply/batch.ts`) and one transaction together with the offsets
 *    (`apply/applier.ts`). While it is applied the next records are fetched and decoded; `flush` waits for it.
 * Where nothing wants to see objects, `columns/columnar-batch.ts` stands for 3 and 4's statements, and gives back to them what it cannot do.
 */
export class SqlSinkTask implements SinkTask {
  readonly #parts: SqlSinkTaskParts;
  readonly #givenBack = new WeakSet<SinkRecord>();
  readonly #ahead = new OneAhead();
  readonly lane: RecordLane;
  readonly putEncoded?: NonNullable<SinkTask['putEncoded']>;

  constructor(parts: SqlSinkTaskParts) {
    this.#parts = parts;
    const { columns } = parts;
    this.lane = columns === undefined ? 'object' : 'fused';
    if (columns === undefined) return;
    let [next, other] = columns;
    this.putEncoded = (batch, signal) => {
      [next, other] = [other, next];
      return this.#putEncoded(batch, next, signal);
    };
  }

  /** A target that is away is waited for as later on. */
  start(signal: AbortSignal): Promise<readonly PartitionPosition[]> {
    const opened = (_: SqlSession, positions: readonly PartitionPosition[]): Promise<readonly PartitionPosition[]> =>
      Promise.resolve(positions);
    return this.#parts.guard.begin(() => this.#attempt(opened, signal), signal);
  }

  /**
   * Repeats by itself what a target that is away, or in conflict, did not take. Ends when the records before these are applied; how
   * these fared is known by the next call. Source transactions are put together first: what waits must be known at the end.
   */
  async put(records: readonly SinkRecord[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { guard, transactions } = this.#parts;
    const apply = (aborted: AbortSignal): Promise<void> =>
      guard.run(() => this.#attempt((session) => this.#apply(session, records, aborted), aborted), aborted);
    await (transactions === undefined ? this.#ahead.begin(apply, signal) : apply(signal));
  }

  /** As `put`. Objects are made where they are known to be needed, beside the batch before this one. */
  async #putEncoded(batch: EncodedBatch, columns: ColumnarBatches, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const first = columns.build(batch.records, 0);
    if (first === undefined) await batch.decode(signal);
    const work: EncodedWork = { batch, columns, first };
    await this.#ahead.begin(
      (aborted) => this.#parts.guard.run(() => this.#attempt((session) => this.#applyEncoded(session, work, aborted), aborted), aborted),
      signal,
    );
  }

  /** Everything put is committed then, but for what waits for the end of its source transaction: that is looked after. */
  async flush(signal: AbortSignal): Promise<void> {
    const { guard, transactions } = this.#parts;
    await this.#ahead.settled();
    if (transactions === undefined) return;
    transactions.whole.checkProgress();
    await guard.run(() => this.#attempt((session) => transactions.applier.drain(session, signal), signal), signal);
  }

  waiting(): readonly PartitionPosition[] {
    return this.#parts.transactions?.whole.waiting() ?? [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ahead[Symbol.asyncDispose]();
    await this.#parts.transactions?.applier[Symbol.asyncDispose]();
    await this.#parts.keeper[Symbol.asyncDispose]();
  }

  /** `positions`: as stored, where the session is new. RetriableError when the same work may succeed later. */
  async #attempt<T>(work: (session: SqlSession, positions: readonly PartitionPosition[]) => Promise<T>, signal: AbortSignal): Promise<T> {
    const { keeper, reader, transactions } = this.#parts;
    const { session, positions } = await keeper.session(signal);
    try {
      if (positions !== undefined) await this.#took(session, positions, signal);
      return await work(session, positions ?? []);
    } catch (error) {
      // What the catalog said may be what was wrong; a connection in an unknown state is not used again.
      reader.reset();
      if (positions !== undefined || session.isBroken || signal.aborted || transactions?.applier.hasFailed === true) await keeper.drop();
      throw error;
    }
  }

  /** The session owns the positions, which are these. */
  async #took(session: SqlSession, positions: readonly PartitionPosition[], signal: AbortSignal): Promise<void> {
    const { applied, reader, stopped, transactions } = this.#parts;
    await this.#compare(positions, signal);
    applied.reset(positions);
    reader.reset();
    await stopped?.load(session, signal);
    await transactions?.applier.takeOver(session, positions, signal);
  }

  /** A target with older positions may be another server, or one that was restored. */
  async #compare(positions: readonly PartitionPosition[], signal: AbortSignal): Promise<void> {
    const { applied, context } = this.#parts;
    const { positions_gone: gone, positions_went_back: older } = errors;
    const stored = applied.comparedWith(positions);
    if (stored === 'as-far') return;
    // Opened anew, the owner would go on at Kafka's offsets, which lead past the rows that are gone; another one's have been reset.
    if (stored === 'missing' && (await context.confirmOwnership(signal))) throw new TaskFailure(gone.code, `${gone.meaning} ${gone.hint}`);
    // What was read since would be missing.
    throw new FencedError(older.code, older.meaning);
  }

  async #apply(session: SqlSession, records: readonly SinkRecord[], signal: AbortSignal): Promise<void> {
    const { applied, transactions } = this.#parts;
    const fresh = records.filter((record) => !applied.includes(record.original));
    if (transactions !== undefined) {
      await this.#assemble(session, fresh, transactions, signal);
      return;
    }
    for (let start = 0; start < fresh.length;) start += await this.#applyBatch(session, fresh, start, signal);
  }

  async #applyEncoded(session: SqlSession, { batch, columns, first }: EncodedWork, signal: AbortSignal): Promise<void> {
    const { applied, applier, reader } = this.#parts;
    const { records } = batch;
    const isFresh = first?.generation === reader.generation && !runsOf(records).some((run) => applied.includes(run.first));
    let start = 0;
    for (let next = isFresh ? first : undefined; next !== undefined; next = columns.build(records, start)) {
      const { end } = next;
      const columnar = next;
      const isTaken = await this.#timed(end - start, () => applier.applyColumns(session, columnar, signal));
      if (!isTaken) break;
      countApplied(this.#parts.context, end - start);
      start = end;
      if (start === records.length) return;
    }
    // What is applied by now is left out there.
    await this.#apply(session, await batch.decode(signal), signal);
  }

  /** One batch from `start` on; resolves with its length. */
  async #applyBatch(session: SqlSession, records: readonly SinkRecord[], start: number, signal: AbortSignal): Promise<number> {
    const { applier, limit } = this.#parts;
    const pending: PendingRecord[] = [];
    let bytes = 0;
    for (let at = start; at < records.length && !limit.isFull(pending.length, bytes); at += 1) {
      const record = records[at];
      if (record === undefined || (pending.length > 0 && this.#beginsSchema(session, record))) break;
      const change = this.#changeOf(session, record, signal);
      // A promise per record would cost more than reading it.
      const next = this.#withStop(session, { record, change: types.isPromise(change) ? await change : change });
      pending.push(next);
      bytes += sizeOf(next);
      // What comes after it must find it stopped.
      if (next.stops !== undefined) break;
    }
    await this.#timed(pending.length, () => applier.apply(session, pending, signal));
    countApplied(this.#parts.context, pending.length);
    return pending.length;
  }

  async #timed<T>(records: number, apply: () => Promise<T>): Promise<T> {
    const { context, limit } = this.#parts;
    const startedAt = context.clock.monotonic();
    const result = await apply();
    limit.took(records, context.clock.monotonic() - startedAt);
    return result;
  }

  /** A record that was given back while it was read stops its key as one that the target refused. */
  #withStop(session: SqlSession, pending: PendingRecord): PendingRecord {
    const { reader, stopped } = this.#parts;
    if (stopped === undefined || pending.change !== null || !this.#givenBack.has(pending.record)) return pending;
    const stops = reader.keyOf(session, pending.record);
    return stops === undefined ? pending : { ...pending, stops };
  }

  #beginsSchema(session: SqlSession, record: SinkRecord): boolean {
    const { reader, separatesSchemas } = this.#parts;
    try {
      return separatesSchemas && !reader.isKnown(session, record);
    } catch {
      // What is wrong with it is told when it is read.
      return false;
    }
  }

  async #assemble(
    session: SqlSession,
    records: readonly SinkRecord[],
    { whole, applier }: Transactions,
    signal: AbortSignal,
  ): Promise<void> {
    for (const record of records) {
      if (whole.includes(record)) continue;
      const change = this.#changeOf(session, record, signal);
      whole.add({ record, change: types.isPromise(change) ? await change : change });
    }
    await applier.apply(session, whole.take(), signal);
  }

  #changeOf(session: SqlSession, record: SinkRecord, signal: AbortSignal): MaybeChange | Promise<MaybeChange> {
    try {
      const change = this.#parts.reader.read(session, record, signal);
      return types.isPromise(change) ? change.catch((error: unknown) => this.#giveBack(record, error)) : change;
    } catch (error) {
      return this.#giveBack(record, error);
    }
  }

  /** A record that cannot be applied is the error policy's; anything else ends the put. */
  async #giveBack(record: SinkRecord, error: unknown): Promise<null> {
    if (!hasReaction(error, 'record')) throw error;
    await this.#parts.context.reportRecord(record, error);
    this.#givenBack.add(record);
    return null;
  }
}

export const countApplied = ({ meter, id }: SinkTaskContext, records: number): void => {
  meter.add('sink_sql_records_applied', records, { connector: id.connector });
};
