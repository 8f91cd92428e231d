import type { EncodedBatch, SinkRecord } from '@headrace/connector-api';
import type { IncomingRecord } from '@headrace/ports';

type Decode = (records: readonly IncomingRecord[], signal: AbortSignal) => Promise<readonly SinkRecord[]>;

/** What one poll gave, decoded where somebody asks for it, and once. */
export class PolledBatch implements EncodedBatch {
  readonly records: readonly IncomingRecord[];
  readonly #decode: Decode;
  #decoded: readonly SinkRecord[] | undefined;

  constructor(records: readonly IncomingRecord[], decode: Decode) {
    this.records = records;
    this.#decode = decode;
  }

  /** Records but for those that are known not to reach the task. */
  get count(): number {
    return (this.#decoded ?? this.records).length;
  }

  async decode(signal: AbortSignal): Promise<readonly SinkRecord[]> {
    this.#decoded ??= await this.#decode(this.records, signal);
    return this.#decoded;
  }
}
