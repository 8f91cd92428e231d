import type { PendingRecord } from './pending-record.ts';

export interface BatchLimitOptions {
  /** Records of one transaction, at most. */
  readonly maxRecords: number;
  /** Bytes of their values, about, at most. */
  readonly maxBytes: number;
  /** How long a transaction should take, at most. */
  readonly targetMs: number;
}

const GROWTH = 1.25;

/**
 * How much goes into one transaction: bounded by records and bytes, and fewer records where the target takes long, so that
 * locks are held briefly and a roll-back loses little.
 */
export class BatchLimit {
  readonly #options: BatchLimitOptions;
  #records: number;

  constructor(options: BatchLimitOptions) {
    this.#options = options;
    this.#records = options.maxRecords;
  }

  /** Records of the next transaction, at most. */
  get records(): number {
    return this.#records;
  }

  /** The batch is as large as may be. */
  isFull(records: number, bytes: number): boolean {
    return records >= this.#records || bytes >= this.#options.maxBytes;
  }

  /** A transaction of so many records took so long. */
  took(records: number, ms: number): void {
    const { maxRecords, targetMs } = this.#options;
    if (ms > targetMs) this.#records = Math.max(1, Math.floor((records * targetMs) / (2 * ms)));
    else if (records >= this.#records) this.#records = Math.min(maxRecords, Math.ceil(this.#records * GROWTH));
  }
}

/** At most: a double. */
const NUMBER_BYTES = 8;

/** Characters of the values that a record writes: bytes, but for what is not ASCII. */
export const sizeOf = ({ change }: PendingRecord): number => {
  if (change === null || change.kind === 'truncate') return 0;
  let size = 0;
  for (const value of change.values) size += typeof value === 'string' ? value.length : typeof value === 'number' ? NUMBER_BYTES : 0;
  return size;
};
