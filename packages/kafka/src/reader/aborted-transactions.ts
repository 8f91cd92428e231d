import type { AbortedTransaction } from '../wire/fetch-codec.ts';
import { markerType, type BatchHeader } from '../wire/batch-reader.ts';

/**
 * Which batches of one partition belong to aborted transactions. Answers name producers with the first offset of each of
 * their aborts: from there on a producer's transactional batches are dropped, until its abort marker is met. One producer
 * may have several aborts in an answer, and an abort may begin and end in different answers, so that what is open stays.
 */
export class AbortedTransactions {
  readonly #open = new Set<bigint>();
  #upcoming: readonly AbortedTransaction[] = [];
  #next = 0;

  /** Forgets everything: reading goes on elsewhere. */
  reset(): void {
    this.#open.clear();
    this.#upcoming = [];
    this.#next = 0;
  }

  /** The aborts that an answer names, before its batches are shown. */
  begin(aborted: readonly AbortedTransaction[]): void {
    this.#upcoming =
      aborted.length < 2
        ? aborted
        : aborted.toSorted((a, b) => (a.firstOffset < b.firstOffset ? -1 : a.firstOffset > b.firstOffset ? 1 : 0));
    this.#next = 0;
  }

  /** Whether a batch is to be given to a reader of committed records. Every batch is shown once, in order. */
  isVisible(batch: BatchHeader): boolean {
    for (
      let next = this.#upcoming[this.#next];
      next !== undefined && next.firstOffset <= batch.lastOffset;
      next = this.#upcoming[this.#next]
    ) {
      this.#open.add(next.producerId);
      this.#next += 1;
    }
    if (batch.isControl) {
      if (markerType(batch) === 'abort') this.#open.delete(batch.producerId);
      return false;
    }
    return !(batch.isTransactional && this.#open.has(batch.producerId));
  }
}
