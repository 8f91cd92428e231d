import type { JsonMap, SourceBatch, SourcePosition, SourceRecord } from '@headrace/connector-api';

export interface BatchLimits {
  readonly records: number;
  /** Bytes of the log behind the records. */
  readonly bytes: number;
}

/**
 * Records on their way into a batch. Those after the last `settle` wait for the rest of their group (changes of one LSN),
 * because a position can only stand between groups.
 */
export class BatchBuilder {
  readonly #limits: BatchLimits;
  /** Where the connector appends. */
  records: SourceRecord[] = [];
  #settled = 0;
  #bytes = 0;

  constructor(limits: BatchLimits) {
    this.#limits = limits;
  }

  hasSettled(): boolean {
    return this.#settled > 0;
  }

  isFull(): boolean {
    return this.#settled > 0 && (this.#settled >= this.#limits.records || this.#bytes >= this.#limits.bytes);
  }

  /** All records so far form whole groups. */
  settle(): void {
    this.#settled = this.records.length;
  }

  count(bytes: number): void {
    this.#bytes += bytes;
  }

  /** What is settled, with the position after it; the rest stays for the next batch. */
  take(partition: JsonMap, offset: JsonMap): SourceBatch {
    const taken = this.records;
    this.records = taken.splice(this.#settled);
    this.#settled = 0;
    this.#bytes = 0;
    return { records: taken, positions: [{ partition, offset }] satisfies SourcePosition[] };
  }
}
