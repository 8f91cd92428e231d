import type { SinkRecord } from '@headrace/connector-api';
import type { HeadraceError } from '@headrace/foundation';
import type { IncomingRecord } from '@headrace/ports';
import type { DeadLetters } from '../record/dead-letter.ts';
import type { ErrorPolicy } from '../record/error-policy.ts';
import { StageError } from '../record/stage-error.ts';

export interface FailedRecordsOptions {
  /** Of the connector. */
  readonly className: string;
  readonly errors: ErrorPolicy;
  /** undefined when the connector has none. */
  readonly deadLetters: DeadLetters | undefined;
}

/** Records that were skipped or that the sink gave back: remembers the original bytes for the dead letter queue. */
export class FailedRecords {
  readonly #options: FailedRecordsOptions;
  readonly #signal: AbortSignal;
  readonly #originals = new WeakMap<SinkRecord, IncomingRecord>();

  constructor(options: FailedRecordsOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
  }

  keep(record: SinkRecord, original: IncomingRecord): void {
    if (this.#options.deadLetters !== undefined) this.#originals.set(record, original);
  }

  /** A letter is durable before the offsets behind it are committed; where the task fails of it, it is now. */
  async divert(record: IncomingRecord, failure: StageError): Promise<void> {
    await this.#options.deadLetters?.send(record, failure, this.#signal);
    if (!this.#options.errors.isTolerant) await this.flush(this.#signal);
  }

  report(record: SinkRecord, error: HeadraceError): Promise<void> {
    const { topic, partition, offset } = record.original;
    const failure = new StageError('TASK_PUT', this.#options.className, error);
    const original = this.#originals.get(record);
    return this.#options.errors.skip(failure, { topic, partition, offset: String(offset) }, async () => {
      if (original !== undefined) await this.divert(original, failure);
    });
  }

  async flush(signal: AbortSignal): Promise<void> {
    await this.#options.deadLetters?.flush(signal);
  }
}
