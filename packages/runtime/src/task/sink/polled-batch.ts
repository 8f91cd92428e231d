import type { EncodedBatch, SinkRecord } from '@headrace/connector-api';
import { linkSignal } from '@headrace/foundation';
import type { IncomingRecord } from '@headrace/ports';

type Decode = (records: readonly IncomingRecord[], signal: AbortSignal) => Promise<readonly SinkRecord[]>;

/** What one poll gave, decoded where somebody asks for it, and once. */
export class PolledBatch implements EncodedBatch {
  readonly records: readonly IncomingRecord[];
  readonly #decode: Decode;
  readonly #stop: AbortSignal;
  #decoded: readonly SinkRecord[] | undefined;
  #isTaken = false;

  constructor(records: readonly IncomingRecord[], decode: Decode, stop: AbortSignal) {
    this.records = records;
    this.#decode = decode;
    this.#stop = stop;
  }

  /** Records but for those that are known not to reach the task. */
  get count(): number {
    return (this.#decoded ?? this.records).length;
  }

  /** The task goes on with it by itself: what it asks for from now on is a part of its put, which a stop does not cut off. */
  taken(): void {
    this.#isTaken = true;
  }

  /** A registry that is away may keep it waiting; a stop is not to wait for that, and the records come again. */
  async decode(signal: AbortSignal): Promise<readonly SinkRecord[]> {
    if (this.#decoded !== undefined) return this.#decoded;
    using ending = this.#isTaken ? linkSignal(signal) : linkSignal(signal, this.#stop);
    this.#decoded = await this.#decode(this.records, ending.signal);
    return this.#decoded;
  }
}
