import type { PartitionPosition } from '@headrace/connector-api';
import type { SqlSession } from '../dialect/session.ts';
import { withoutChanges, type BatchCommitter } from './batch-committer.ts';
import type { PendingRecord } from './pending-record.ts';
import type { Positions } from './positions.ts';
import { positionsAfter } from './reached-positions.ts';
import type { WholeTransaction } from './transaction-assembly.ts';

export interface ApplierOptions {
  readonly committer: BatchCommitter;
  readonly positions: Positions;
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
    const refusal = await this.#commit(session, batch, signal);
    if (refusal === undefined) return;
    if (batch.length === 1) {
      await this.#options.committer.rejectAll(batch, refusal);
      await this.apply(session, withoutChanges(batch), signal);
      return;
    }
    const middle = Math.ceil(batch.length / 2);
    await this.apply(session, batch.slice(0, middle), signal);
    await this.apply(session, batch.slice(middle), signal);
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

  async #commit(session: SqlSession, records: readonly PendingRecord[], signal: AbortSignal, isOneByOne = false): Promise<unknown> {
    const { committer, positions, onCommitted } = this.#options;
    const reached = positionsAfter(records);
    const fence = (fenced: SqlSession, aborted: AbortSignal): Promise<void> => positions.advance(fenced, reached, aborted);
    const refusal = await committer.commit({ session, records, fence, isOneByOne }, signal);
    if (refusal === undefined) onCommitted(reached);
    return refusal;
  }
}
