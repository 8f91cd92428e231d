import type { SinkRecord, SinkTask } from '@headrace/connector-api';
import {
  backoffMs,
  hasReaction,
  toError,
  type Clock,
  type HeadraceError,
  type Labels,
  type Logger,
  type Meter,
} from '@headrace/foundation';
import type { ErrorPolicy } from '../record/error-policy.ts';
import type { PolledBatch } from './polled-batch.ts';

export interface BatchPutOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly meter: Meter;
  readonly labels: Labels;
  readonly errors: ErrorPolicy;
}

export interface PutParties {
  readonly task: SinkTask;
  /** Takes a record that the task cannot apply; rejects where the error policy is to fail. */
  reportRecord(record: SinkRecord, error: HeadraceError): Promise<void>;
}

const PUT_TIME = 'kafka_connect_sink_task_metrics_put_batch_{}_time_ms';
/** Puts of one batch before the whole task is opened anew, unless errors.retry.timeout is longer. */
const PUT_ATTEMPTS = 5;

/** Hands batches to a sink task: again after a wait where it asks for that, and in halves where a record is to blame. */
export class BatchPut {
  readonly #options: BatchPutOptions;
  readonly #parties: PutParties;

  constructor(options: BatchPutOptions, parties: PutParties) {
    this.#options = options;
    this.#parties = parties;
  }

  /** How many of the records the task has taken, in the way it wants them. */
  async take(batch: PolledBatch, stop: AbortSignal, drain: AbortSignal): Promise<number> {
    const { task } = this.#parties;
    if (task.putEncoded === undefined) return this.#put(await batch.decode(drain), stop, drain);
    try {
      await this.#repeat(async () => task.putEncoded?.(batch, drain), stop);
      batch.taken();
      return batch.count;
    } catch (error) {
      if (!hasReaction(error, 'record')) throw error;
      return this.#put(await batch.decode(drain), stop, drain);
    }
  }

  /**
   * A RecordError says that one of them cannot be applied, not which: the halves come
   * again one after the other, so that order is kept, until the one to blame comes alone. A put is not cut off by `stop`,
   * the wait before the next one is.
   */
  async #put(records: readonly SinkRecord[], stop: AbortSignal, drain: AbortSignal): Promise<number> {
    if (records.length === 0) return 0;
    try {
      await this.#repeat(() => this.#parties.task.put(records, drain), stop);
      return records.length;
    } catch (error) {
      const [first, second] = records;
      if (!hasReaction(error, 'record') || first === undefined) throw error;
      if (second === undefined) {
        await this.#parties.reportRecord(first, error);
        return 0;
      }
      const middle = records.length >> 1;
      const taken = await this.#put(records.slice(0, middle), stop, drain);
      return taken + (await this.#put(records.slice(middle), stop, drain));
    }
  }

  /** The same records again after a wait, without fetching; in the end the error goes up, and the task is opened anew. */
  async #repeat(put: () => Promise<void>, stop: AbortSignal): Promise<void> {
    const { clock, log, meter, labels, errors } = this.#options;
    const firstAt = clock.monotonic();
    for (let attempt = 0; ; attempt += 1) {
      try {
        const startedAt = clock.monotonic();
        await put();
        meter.observe(PUT_TIME, clock.monotonic() - startedAt, labels);
        return;
      } catch (error) {
        const waitMs = hasReaction(error, 'retry') ? this.#waitMs(attempt, firstAt) : undefined;
        if (waitMs === undefined) throw error;
        log.info('Sink asks for the same records again.', { attempt, error: toError(error).message });
        errors.countRetry();
        await clock.sleep(waitMs, stop);
      }
    }
  }

  #waitMs(attempt: number, firstAt: number): number | undefined {
    const { clock, errors } = this.#options;
    return errors.nextAttemptInMs(attempt, firstAt) ?? (attempt + 1 < PUT_ATTEMPTS ? backoffMs(clock, attempt) : undefined);
  }
}
