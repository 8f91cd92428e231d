import type { IncomingHeader, IncomingRecord } from '@headrace/ports';

/** What the records of one batch have in common. */
export interface RecordOrigin {
  readonly topic: string;
  readonly partition: number;
  /** Of the batch, decompressed. */
  readonly bytes: Buffer;
  readonly baseOffset: bigint;
  readonly baseTimestamp: number;
  /** The broker's time, where it counts instead of the producer's. */
  readonly appendTime: number | undefined;
}

/**
 * A record where it was fetched. It holds numbers only: most readers want bytes in place, and objects that nobody asks for
 * were half of what a sink left to collect.
 */
export class FetchedRecord implements IncomingRecord {
  readonly #origin: RecordOrigin;
  readonly #offsetDelta: number;
  readonly #timestampDelta: number;
  keyStart = 0;
  keyEnd = 0;
  valueStart = 0;
  valueEnd = 0;
  headers: readonly IncomingHeader[] = noHeaders;

  constructor(origin: RecordOrigin, offsetDelta: number, timestampDelta: number) {
    this.#origin = origin;
    this.#offsetDelta = offsetDelta;
    this.#timestampDelta = timestampDelta;
  }

  get topic(): string {
    return this.#origin.topic;
  }

  get partition(): number {
    return this.#origin.partition;
  }

  get bytes(): Buffer {
    return this.#origin.bytes;
  }

  get offset(): bigint {
    return this.#origin.baseOffset + BigInt(this.#offsetDelta);
  }

  get timestamp(): number {
    const { appendTime, baseTimestamp } = this.#origin;
    return appendTime ?? baseTimestamp + this.#timestampDelta;
  }

  get key(): Buffer | null {
    return this.keyEnd < this.keyStart ? null : this.bytes.subarray(this.keyStart, this.keyEnd);
  }

  get value(): Buffer | null {
    return this.valueEnd < this.valueStart ? null : this.bytes.subarray(this.valueStart, this.valueEnd);
  }
}

export const noHeaders: readonly IncomingHeader[] = [];
