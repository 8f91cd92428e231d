import { types } from 'node:util';
import type { PartitionPosition, SinkRecord, SinkTask, SinkTaskContext } from '@headrace/connector-api';
import { hasReaction } from '@headrace/foundation';
import type { AppliedPositions } from './apply/applied-positions.ts';
import type { Applier, PendingRecord } from './apply/applier.ts';
import type { SessionKeeper } from './apply/session-keeper.ts';
import type { TargetGuard } from './apply/target-guard.ts';
import type { WholeTransactions } from './apply/whole-transactions.ts';
import type { SqlSession } from './dialect/session.ts';
import type { ChangeReader } from './record/change-reader.ts';

export interface SqlSinkTaskParts {
  readonly context: SinkTaskContext;
  readonly keeper: SessionKeeper;
  readonly guard: TargetGuard;
  readonly reader: ChangeReader;
  readonly applier: Applier;
  readonly applied: AppliedPositions;
  /** Records in one transaction at most. */
  readonly batchSize: number;
  /** Given where source transactions are to be kept whole. */
  readonly whole: WholeTransactions | undefined;
}

type MaybeChange = PendingRecord['change'];

/**
 * From records to committed rows:
 * 1. The session owns the task's rows in the position table (`apply/positions.ts`); it is made anew when it was lost.
 * 2. Records that the target has seen are left out: their offset is below the stored one.
 * 3. Each record becomes a change of a table (`record/change-reader.ts`). A schema seen for the first time creates or
 *    extends its table now, before and outside of the data's transaction.
 * 4. Up to `batchSize` changes become few statements (`apply/batch.ts`) and one transaction together with the offsets
 *    (`apply/applier.ts`). `put` returns when it is committed, so `flush` has nothing left to do.
 */
export class SqlSinkTask implements SinkTask {
  readonly #parts: SqlSinkTaskParts;

  constructor(parts: SqlSinkTaskParts) {
    this.#parts = parts;
  }

  async start(signal: AbortSignal): Promise<readonly PartitionPosition[]> {
    const positions = await this.#parts.keeper.open(signal);
    this.#parts.applied.reset(positions);
    this.#parts.guard.reached();
    return positions;
  }

  /** Repeats by itself what a target that is away, or in conflict, did not take. */
  async put(records: readonly SinkRecord[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.#parts.guard.run(() => this.#attempt(records, signal), signal);
  }

  /** RetriableError when the same records may succeed later. */
  async #attempt(records: readonly SinkRecord[], signal: AbortSignal): Promise<void> {
    const { keeper, reader, applied, batchSize, whole } = this.#parts;
    const { session, positions } = await keeper.session(signal);
    if (positions !== undefined) {
      applied.reset(positions);
      whole?.forget(applied);
      reader.reset();
    }
    const fresh = records.filter((record) => !applied.includes(record));
    try {
      if (whole === undefined) {
        for (let start = 0; start < fresh.length; start += batchSize) {
          await this.#apply(session, fresh.slice(start, start + batchSize), signal);
        }
      } else await this.#assemble(session, fresh, whole, signal);
    } catch (error) {
      // What the catalog said may be what was wrong; a connection in an unknown state is not used again.
      reader.reset();
      if (session.isBroken || signal.aborted) await keeper.drop();
      throw error;
    }
  }

  /** Everything put is committed, but for what waits for the end of its transaction: that is only looked after. */
  flush(): Promise<void> {
    return Promise.resolve().then(() => {
      this.#parts.whole?.checkProgress();
    });
  }

  waiting(): readonly PartitionPosition[] {
    return this.#parts.whole?.waiting() ?? [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.keeper[Symbol.asyncDispose]();
  }

  async #apply(session: SqlSession, records: readonly SinkRecord[], signal: AbortSignal): Promise<void> {
    const pending: PendingRecord[] = [];
    for (const record of records) {
      const change = this.#changeOf(session, record, signal);
      // A promise per record would cost more than reading it.
      pending.push({ record, change: types.isPromise(change) ? await change : change });
    }
    await this.#parts.applier.apply(session, pending, signal);
    this.#count(records.length);
  }

  async #assemble(session: SqlSession, records: readonly SinkRecord[], whole: WholeTransactions, signal: AbortSignal): Promise<void> {
    for (const record of records) {
      if (whole.includes(record)) continue;
      const change = this.#changeOf(session, record, signal);
      whole.add({ record, change: types.isPromise(change) ? await change : change });
    }
    for (let next = whole.next(this.#parts.batchSize); next.length > 0; next = whole.next(this.#parts.batchSize)) {
      await this.#parts.applier.applyWhole(session, next, signal);
      whole.done(next.length);
      this.#count(next.reduce((count, { records: applied }) => count + applied.length, 0));
    }
  }

  #count(records: number): void {
    const { meter, id } = this.#parts.context;
    meter.add('sink_sql_records_applied', records, { connector: id.connector });
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
    return null;
  }
}
