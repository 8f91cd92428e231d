import type { PartitionPosition, SinkRecord } from '@headrace/connector-api';
import { TaskFailure, type Clock } from '@headrace/foundation';
import { errors } from '../errors.ts';
import { transactionMark } from '../record/transaction-mark.ts';
import type { AppliedPositions } from './applied-positions.ts';
import type { PendingRecord } from './applier.ts';
import { TransactionAssembly, type WholeTransaction } from './transaction-assembly.ts';

export interface WholeTransactionsOptions {
  readonly clock: Clock;
  readonly maxRecords: number;
  /** How long a transaction that is over may lack changes. */
  readonly waitMs: number;
}

/** Source transactions on their way: those that are being put together, and those that are complete and not applied yet. */
export class WholeTransactions {
  readonly #options: WholeTransactionsOptions;
  readonly #assembly: TransactionAssembly;
  #ready: WholeTransaction[] = [];
  #progressAt: number;

  constructor(options: WholeTransactionsOptions) {
    this.#options = options;
    this.#assembly = new TransactionAssembly(options.maxRecords);
    this.#progressAt = options.clock.monotonic();
  }

  /** The record was taken before and is applied or waits here. */
  includes(record: SinkRecord): boolean {
    return this.#assembly.includes(record);
  }

  add(pending: PendingRecord): void {
    this.#assembly.add(pending, transactionMark(pending.record));
  }

  /** Complete transactions with about `maxRecords` records together, at least one; they stay here until `done`. */
  next(maxRecords: number): readonly WholeTransaction[] {
    this.#ready.push(...this.#assembly.take());
    let count = 0;
    const end = this.#ready.findIndex(({ records }, index) => {
      count += records.length;
      return index > 0 && count > maxRecords;
    });
    return end < 0 ? [...this.#ready] : this.#ready.slice(0, end);
  }

  /** The first `count` transactions are applied. */
  done(count: number): void {
    this.#ready.splice(0, count);
    this.#progressAt = this.#options.clock.monotonic();
  }

  /** Drops transactions that the target has after all: their commit was in doubt when the connection broke. */
  forget(applied: AppliedPositions): void {
    this.#ready = this.#ready.filter(({ records }) => records.some(({ record }) => !applied.includes(record)));
  }

  waiting(): readonly PartitionPosition[] {
    return this.#assembly.waiting();
  }

  /** TaskFailure when a transaction that is over waits too long for the rest of its changes. */
  checkProgress(): void {
    const { clock, waitMs } = this.#options;
    const { blocked } = this.#assembly;
    if (blocked === undefined) this.#progressAt = clock.monotonic();
    if (blocked === undefined || clock.monotonic() - this.#progressAt < waitMs) return;
    throw new TaskFailure(errors.transaction_incomplete.code, `For ${String(waitMs)} ms ${blocked}. ${errors.transaction_incomplete.hint}`);
  }
}
