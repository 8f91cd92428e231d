import type { PartitionPosition } from '@headrace/connector-api';
import { abortable, createLatch, type Latch } from '@headrace/foundation';
import { furthest, positionsAfter } from '../apply/reached-positions.ts';
import type { WholeTransaction } from '../apply/transaction-assembly.ts';
import type { TransactionResources } from './transaction-resources.ts';

/** A transaction on its way through the lanes. */
export interface Entry {
  readonly transaction: WholeTransaction;
  readonly resources: TransactionResources;
  isDone: boolean;
}

/**
 * Transactions that were handed to the lanes, in the order of their commits at the source. The low-water mark lies behind
 * those that are done together with all before them.
 */
export class CommitOrder {
  #entries: Entry[] = [];
  readonly #reached = new Map<string, PartitionPosition>();
  #records = 0;
  #progress: Latch<undefined> = createLatch<undefined>();

  /** Records of transactions that are not done. */
  get backlog(): number {
    return this.#records;
  }

  /** What is not done, in order. */
  get pending(): readonly Entry[] {
    return this.#entries.filter(({ isDone }) => !isDone);
  }

  add(entry: Entry): void {
    this.#entries.push(entry);
    this.#records += entry.transaction.records.length;
  }

  done(entries: readonly Entry[]): void {
    for (const entry of entries) {
      entry.isDone = true;
      this.#records -= entry.transaction.records.length;
    }
    let end = 0;
    for (; this.#entries[end]?.isDone === true; end += 1) {
      furthest(this.#reached, positionsAfter(this.#entries[end]?.transaction.records.map(({ record }) => record.original) ?? []));
    }
    this.#entries.splice(0, end);
    this.wake();
  }

  /** All transactions before it are done. */
  isOldest(entry: Entry): boolean {
    return this.#entries[0] === entry;
  }

  /** Resolves at the next `done` or `wake`. */
  async progress(signal: AbortSignal): Promise<void> {
    await abortable(this.#progress.promise, signal);
  }

  wake(): void {
    this.#progress.resolve(undefined);
    this.#progress = createLatch<undefined>();
  }

  /** The low-water mark in partitions where it has moved since `stored`. */
  get reached(): readonly PartitionPosition[] {
    return [...this.#reached.values()];
  }

  /** These positions are durable. */
  stored(positions: readonly PartitionPosition[]): void {
    for (const { topic, partition, offset } of positions) {
      const name = `${String(partition)} ${topic}`;
      if (this.#reached.get(name)?.offset === offset) this.#reached.delete(name);
    }
  }
}
