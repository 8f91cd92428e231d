import {
  recordsIn,
  type EncodedRecords,
  type Header,
  type JsonMap,
  type RecordOutput,
  type SourceBatch,
  type SourcePosition,
  type SourceRecord,
} from '@headrace/connector-api';

export interface BatchLimits {
  readonly records: number;
  /** Bytes of the log behind the records. */
  readonly bytes: number;
}

/** Where records are written that do not become objects, and the headers all of them have. */
export interface EncodedSide {
  readonly output: RecordOutput;
  readonly headers: readonly Header[];
}

/**
 * As objects, records are few enough to be collected young: a task's young generation has 4 MB, and where a batch takes much of that,
 * all of its records outlive the collection they cause.
 */
const OBJECTS_PER_BATCH = 64;

type Item = SourceRecord | EncodedRecords;

/**
 * Records on their way into a batch: objects, and encoded ones, in the order of their changes. Those after the last `settle`
 * wait for the rest of their group (changes of one LSN), because a position can only stand between groups.
 */
export class BatchBuilder {
  readonly #limits: BatchLimits;
  readonly #encoded: EncodedSide | undefined;
  /** In their order before those in the encoded side's output. */
  #items: Item[] = [];
  #settledItems = 0;
  #settledOutput = 0;
  /** Records in settled items. */
  #itemRecords = 0;
  #bytes = 0;

  constructor(limits: BatchLimits, encoded?: EncodedSide) {
    this.#limits = encoded === undefined ? { ...limits, records: Math.min(limits.records, OBJECTS_PER_BATCH) } : limits;
    this.#encoded = encoded;
  }

  hasSettled(): boolean {
    return this.#settledItems > 0 || this.#settledOutput > 0;
  }

  isFull(): boolean {
    const settled = this.#itemRecords + this.#settledOutput;
    return settled > 0 && (settled >= this.#limits.records || this.#bytes >= this.#limits.bytes);
  }

  /** Where the connector appends objects: behind all that is encoded so far. */
  objects(): SourceRecord[] {
    const { output, headers } = this.#encoded ?? {};
    if (output !== undefined && headers !== undefined && output.count > 0) {
      // Cut where it is settled, so that a position may still stand there.
      if (this.#settledOutput > 0) {
        this.#items.push(output.take(headers, this.#settledOutput));
        this.#itemRecords += this.#settledOutput;
        this.#settledItems = this.#items.length;
        this.#settledOutput = 0;
      }
      if (output.count > 0) this.#items.push(output.take(headers, output.count));
    }
    // Whoever appends has objects only, and appends only.
    return this.#items as SourceRecord[];
  }

  /** All records so far form whole groups. */
  settle(): void {
    for (; this.#settledItems < this.#items.length; this.#settledItems += 1) {
      const item = this.#items[this.#settledItems];
      if (item !== undefined) this.#itemRecords += recordsIn(item);
    }
    this.#settledOutput = this.#encoded?.output.count ?? 0;
  }

  count(bytes: number): void {
    this.#bytes += bytes;
  }

  /** What is settled, with the position after it; the rest stays for the next batch. */
  take(partition: JsonMap, offset: JsonMap | null): SourceBatch<Item> {
    const taken = this.#items;
    this.#items = taken.splice(this.#settledItems);
    if (this.#settledOutput > 0 && this.#encoded !== undefined) {
      taken.push(this.#encoded.output.take(this.#encoded.headers, this.#settledOutput));
    }
    this.#settledItems = 0;
    this.#settledOutput = 0;
    this.#itemRecords = 0;
    this.#bytes = 0;
    return { records: taken, positions: [{ partition, offset }] satisfies SourcePosition[] };
  }
}

/** How many records stand in a batch, encoded ones included. */
export const recordCount = (items: readonly Item[]): number => items.reduce((sum, item) => sum + recordsIn(item), 0);
