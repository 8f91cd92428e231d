import type { EncodedRecords, SourceBatch, SourcePosition, SourceRecord } from '@headrace/connector-api';
import { TaskFailure } from '@headrace/foundation';
import { bytesIn, connectJson, type Outgoing } from '@headrace/ports';
import { taskErrors } from '../errors.ts';

/** What is written in one go. */
export interface Share {
  readonly records: readonly Outgoing[];
  readonly positions: readonly SourcePosition[];
}

/**
 * transaction.boundary=connector: keeps what a source hands out until it ends its transaction, so that Kafka gets all of it in one
 * append, or nothing. Kept here and not in an open transaction of Kafka: nobody has to wait for a transaction that a slow source
 * leaves open, and none runs into its time-out.
 */
export class OwnTransactions {
  readonly #maxBytes: number;
  #records: Outgoing[] = [];
  /** The newest of each source partition. */
  #positions = new Map<string, SourcePosition>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** What is to be written now; undefined while more is to come. TaskFailure `task.transaction_too_large`. */
  add(records: readonly Outgoing[], { positions, transaction }: SourceBatch<SourceRecord | EncodedRecords>): Share | undefined {
    for (const record of records) this.#records.push(record);
    for (const position of positions) this.#positions.set(connectJson(position.partition), position);
    this.#bytes += bytesIn(records);
    if (transaction === undefined) {
      if (this.#bytes > this.#maxBytes) throw tooLarge(this.#maxBytes);
      return undefined;
    }
    const share = { records: transaction === 'commit' ? this.#records : [], positions: [...this.#positions.values()] };
    this.#records = [];
    this.#positions = new Map();
    this.#bytes = 0;
    return share;
  }
}

const tooLarge = (maxBytes: number): TaskFailure => {
  const { code, meaning, hint } = taskErrors.transaction_too_large;
  return new TaskFailure(code, `${meaning} (${String(maxBytes)} bytes) ${hint}`);
};
