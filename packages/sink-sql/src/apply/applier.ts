import type { PartitionPosition } from '@headrace/connector-api';
import type { ColumnarBatch } from '../columns/columnar-batch.ts';
import type { SqlSession } from '../dialect/session.ts';
import { withoutChanges, type BatchCommitter } from './batch-committer.ts';
import type { PendingRecord } from './pending-record.ts';
import type { Positions } from './positions.ts';
import { positionsAfter } from './reached-positions.ts';
import type { StoppedRows } from './stopped-rows.ts';
import type { WholeTransaction } from './transaction-assembly.ts';

export interface ApplierOptions {
  readonly committer: BatchCommitter;
  readonly positions: Positions;
  /** Given where a refused row stops more than itself. */
  readonly stopped: StoppedRows | undefined;
  /** These offsets are durable in the target. */
  readonly onCommitted: (positions: readonly PartitionPosition[]) => void;
}

/**
 * Rows and their offsets in one transaction, the fence first. When the target refuses a row, the batch is halved until the
 * row stands alone: what came before it is applied before it, what came after it after, and only the row itself is rejected.
 */
export class Applier {
  readonly #options: ApplierOptions;

  constructor(options: ApplierOptions) {
    this.#options = options;
  }

  async apply(session: SqlSession, batch: readonly PendingRecord[], signal: AbortSignal): Promise<void> {
    const passing = await this.#withoutStopped(batch);
    const refusal = await this.#commit(session, passing, signal);
    if (refusal === undefined) return;
    const [only, ...others] = passing;
    if (only !== undefined && others.length === 0) {
      await this.#options.committer.rejectAll(passing, refusal);
      await this.apply(session, [{ record: only.record, change: null, ...(only.change === null ? {} : { stops: only.change }) }], signal);
      return;
    }
    const middle = Math.ceil(batch.length / 2);
    await this.apply(session, passing.slice(0, middle), signal);
    await this.apply(session, passing.slice(middle), signal);
  }

  /** Rows that were never objects. False where the target refuses one of them: nothing has changed then. */
  async applyColumns(session: SqlSession, { operations, reached }: ColumnarBatch, signal: AbortSignal): Promise<boolean> {
    const { committer, positions, onCommitted } = this.#options;
    const fence = (fenced: SqlSession, aborted: AbortSignal): Promise<void> => positions.advance(fenced, reached, aborted);
    if ((await committer.run({ session, fence, operations }, signal)) !== undefined) return false;
    onCommitted(reached);
    return true;
  }

  /**
   * Source transactions, each of them whole. When the target refuses a row they are halved until one stands alone, which is
   * then applied change by change in its own order, in case only the order of a batch was at fault (a foreign key, say).
   */
  async applyWhole(session: SqlSession, transactions: readonly WholeTransaction[], signal: AbortSignal): Promise<void> {
    const records = transactions.flatMap((transaction) => transaction.records);
    const refusal = await this.#commit(session, records, signal);
    if (refusal === undefined) return;
    if (transactions.length > 1) {
      const middle = Math.ceil(transactions.length / 2);
      await this.applyWhole(session, transactions.slice(0, middle), signal);
      await this.applyWhole(session, transactions.slice(middle), signal);
      return;
    }
    const refusalInOrder = await this.#commit(session, records, signal, true);
    if (refusalInOrder === undefined) return;
    await this.#options.committer.rejectAll(records, refusalInOrder);
    await this.#commit(session, withoutChanges(records), signal);
  }

  /** These positions alone: what they stand for is in the target already. */
  async store(session: SqlSession, reached: readonly PartitionPosition[], signal: AbortSignal): Promise<void> {
    const { committer, positions, onCommitted } = this.#options;
    const fence = (fenced: SqlSession, aborted: AbortSignal): Promise<void> => positions.advance(fenced, reached, aborted);
    await committer.commit({ session, records: [], fence }, signal);
    onCommitted(reached);
  }

  /** Changes of what is stopped go to the error policy. */
  async #withoutStopped(batch: readonly PendingRecord[]): Promise<readonly PendingRecord[]> {
    const { stopped, committer } = this.#options;
    if (stopped === undefined) return batch;
    const passing: PendingRecord[] = [];
    for (const pending of batch) {
      const refusal = stopped.refusalOf(pending);
      if (refusal !== undefined) await committer.rejectAll([pending], refusal);
      passing.push(refusal === undefined ? pending : { record: pending.record, change: null });
    }
    return passing;
  }

  async #commit(session: SqlSession, records: readonly PendingRecord[], signal: AbortSignal, isOneByOne = false): Promise<unknown> {
    const { committer, positions, stopped, onCommitted } = this.#options;
    const reached = positionsAfter(records.map(({ record }) => record.original));
    const stopping = stopped === undefined ? [] : records.filter(({ stops }) => stops !== undefined);
    const fence = async (fenced: SqlSession, aborted: AbortSignal): Promise<void> => {
      await positions.advance(fenced, reached, aborted);
      for (const pending of stopping) await stopped?.store(fenced, pending, aborted);
    };
    const refusal = await committer.commit({ session, records, fence, isOneByOne }, signal);
    if (refusal !== undefined) return refusal;
    for (const pending of stopping) stopped?.stored(pending);
    onCommitted(reached);
    return undefined;
  }
}
