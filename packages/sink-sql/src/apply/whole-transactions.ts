import type { PartitionPosition, SinkRecord } from '@headrace/connector-api';
import { TaskFailure, type Clock } from '@headrace/foundation';
import { errors } from '../errors.ts';
import { transactionMark } from '../record/transaction-mark.ts';
import type { PendingRecord } from './pending-record.ts';
import { TransactionAssembly, type WholeTransaction } from './transaction-assembly.ts';

export interface WholeTransactionsOptions {
  readonly clock: Clock;
  readonly maxRecords: number;
  /** How long a transaction that is over may lack changes. */
  readonly waitMs: number;
}

/** Source transactions that are being put together. */
export class WholeTransactions {
  readonly #options: WholeTransactionsOptions;
  readonly #assembly: TransactionAssembly;
  #progressAt: number;

  constructor(options: WholeTransactionsOptions) {
    this.#options = options;
    this.#assembly = new TransactionAssembly(options.maxRecords);
    this.#progressAt = options.clock.monotonic();
  }

  /** The record was taken before. */
  includes(record: SinkRecord): boolean {
    return this.#assembly.includes(record);
  }

  add(pending: PendingRecord): void {
    this.#assembly.add(pending, transactionMark(pending.record));
  }

  /** Transactions that have become complete, in order. */
  take(): readonly WholeTransaction[] {
    const taken = this.#assembly.take();
    if (taken.length > 0) this.#progressAt = this.#options.clock.monotonic();
    return taken;
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
