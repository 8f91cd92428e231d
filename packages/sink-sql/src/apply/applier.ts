import type { PartitionPosition, SinkRecord } from '@headrace/connector-api';
import { crashPoint, hasReaction, isHeadraceError, RecordError, type HeadraceError } from '@headrace/foundation';
import type { Dialect } from '../dialect/dialect.ts';
import type { SqlSession } from '../dialect/session.ts';
import { errors } from '../errors.ts';
import { failureOf } from '../failure.ts';
import { placeOf, type Change } from '../record/change.ts';
import { planOperations, type InsertMode } from './batch.ts';
import { runOperation } from './operation-runner.ts';
import type { Positions } from './positions.ts';
import type { WholeTransaction } from './transaction-assembly.ts';

/** A record on its way, with what it changes; null for one that changes nothing but the position. */
export interface PendingRecord {
  readonly record: SinkRecord;
  readonly change: Change | null;
}

export interface ApplierOptions {
  readonly dialect: Dialect;
  readonly positions: Positions;
  readonly mode: InsertMode;
  /** Hands a record to the error policy; rejects when the policy is to fail. */
  readonly reject: (record: SinkRecord, error: HeadraceError) => Promise<void>;
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
    const [only, ...others] = batch;
    if (only === undefined) return;
    if (others.length === 0) {
      await this.#options.reject(only.record, this.#rowRefused(only, refusal));
      await this.apply(session, [{ record: only.record, change: null }], signal);
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
    // Half a transaction is none: all of its changes go the way of the one that was refused.
    for (const pending of records) {
      if (pending.change !== null) await this.#options.reject(pending.record, this.#rowRefused(pending, refusalInOrder));
    }
    const nothing = records.map(({ record }) => ({ record, change: null }));
    await this.#commit(session, nothing, signal);
  }

  /** One transaction. Resolves with the error of a refused row; every other error is thrown as what it means. */
  async #commit(session: SqlSession, batch: readonly PendingRecord[], signal: AbortSignal, isOneByOne = false): Promise<unknown> {
    const { dialect, positions, mode, onCommitted } = this.#options;
    const reached = positionsAfter(batch);
    const changes = batch.flatMap(({ change }) => (change === null ? [] : [change]));
    const operations = isOneByOne ? changes.flatMap((change) => planOperations([change], mode)) : planOperations(changes, mode);
    try {
      await session.query({ text: 'BEGIN' }, signal);
      await positions.advance(session, reached, signal);
      crashPoint('sink.fence-held');
      for (const operation of operations) await runOperation(dialect, session, operation, signal);
      crashPoint('sink.before-commit');
      await session.query({ text: 'COMMIT' }, signal);
      crashPoint('sink.after-commit');
    } catch (error) {
      if (signal.aborted) throw error;
      if (!session.isBroken) await rollBack(session, signal);
      if (hasReaction(error, 'record')) return error;
      if (isHeadraceError(error)) throw error;
      if (dialect.diagnose(error).diagnosis === 'row') return error;
      throw failureOf(dialect, error, 'applying a batch');
    }
    onCommitted(reached);
    return undefined;
  }

  #rowRefused({ record, change }: PendingRecord, refusal: unknown): HeadraceError {
    if (hasReaction(refusal, 'record')) return refusal;
    const { reason } = this.#options.dialect.diagnose(refusal);
    const table = change === null ? '' : (change.kind === 'truncate' ? change.table : change.shape.table).id.name;
    return new RecordError(errors.row_refused.code, `Table "${table}" refused ${placeOf(record)}: ${reason}.`, {
      cause: refusal,
      fields: { table },
    });
  }
}

/** A failed roll-back leaves the connection broken, which is seen when it is used next. */
const rollBack = async (session: SqlSession, signal: AbortSignal): Promise<void> => {
  await session.query({ text: 'ROLLBACK' }, signal).catch(() => undefined);
};

/** The next offset of every partition in the batch. */
const positionsAfter = (batch: readonly PendingRecord[]): readonly PartitionPosition[] => {
  const reached = new Map<string, PartitionPosition>();
  batch.forEach(({ record: { original } }, index) => {
    const next = batch[index + 1]?.record.original;
    // Of neighbours from one partition the later one counts.
    if (next?.partition === original.partition && next.topic === original.topic && next.offset > original.offset) return;
    const { topic, partition, offset } = original;
    const name = `${String(partition)} ${topic}`;
    // Records of several partitions come in the order of their transactions; within a partition the furthest counts.
    if ((reached.get(name)?.offset ?? 0n) <= offset) reached.set(name, { topic, partition, offset: offset + 1n });
  });
  return [...reached.values()];
};
