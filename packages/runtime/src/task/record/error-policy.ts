import {
  backoffMs,
  defineConfig,
  hasReaction,
  TaskFailure,
  type Clock,
  type ConfigOf,
  type Labels,
  type Logger,
  type Meter,
  type RawConfig,
} from '@headrace/foundation';
import { taskErrors } from '../errors.ts';
import { requireConfig } from './raw-config.ts';
import { isOfRecord, type StageError } from './stage-error.ts';

const keys = {
  'errors.retry.timeout': { type: 'LONG', default: '0', importance: 'MEDIUM', doc: 'How long a failed look-up is repeated; -1 for ever.' },
  'errors.retry.delay.max.ms': { type: 'LONG', default: '60000', importance: 'MEDIUM', doc: 'Longest delay between two attempts.' },
  'errors.tolerance': {
    type: 'STRING',
    default: 'none',
    values: ['none', 'all'],
    ignoreCase: true,
    importance: 'MEDIUM',
    doc: 'Whether records may be skipped.',
  },
  'errors.log.enable': { type: 'BOOLEAN', default: 'false', importance: 'MEDIUM', doc: 'Whether each failed record is logged.' },
  'errors.log.include.messages': {
    type: 'BOOLEAN',
    default: 'false',
    importance: 'MEDIUM',
    doc: 'Whether the log says which record it was.',
  },
} as const;

export const errorPolicyConfig = defineConfig(keys);

/** Where a record came from or goes to: never what is in it. */
export type RecordPlace = Readonly<Record<string, string | number>>;

/** Takes a failed record in before it is skipped (or fails the task): the dead letter queue. */
export type Divert = (failure: StageError) => Promise<void>;

export interface ErrorPolicyOptions {
  readonly raw: RawConfig;
  readonly clock: Clock;
  readonly log: Logger;
  readonly meter: Meter;
  readonly labels: Labels;
}

const METRICS = 'kafka_connect_task_error_metrics_';

/** Shown from the start: an alert on a counter that is not there yet would say nothing. */
const COUNTERS = [
  ...['total_record_failures', 'total_record_errors', 'total_records_skipped', 'total_retries', 'total_errors_logged'],
  ...['deadletterqueue_produce_requests', 'deadletterqueue_produce_failures'],
] as const;

/**
 * `errors.*` of a connector: what happens to a record that cannot be handled. Unlike in Kafka Connect, an outage (a
 * RetriableError) is never a reason to skip a record under `errors.tolerance=all`: the task waits for its end.
 */
export class ErrorPolicy {
  readonly #options: ErrorPolicyOptions;
  readonly #config: ConfigOf<typeof keys>;

  constructor(options: ErrorPolicyOptions) {
    this.#options = options;
    this.#config = requireConfig(errorPolicyConfig, options.raw);
    for (const counter of COUNTERS) options.meter.add(METRICS + counter, 0, options.labels);
    options.meter.set(`${METRICS}last_error_timestamp`, 0, options.labels);
  }

  /** Repeats `operation` on RetriableErrors for `errors.retry.timeout`, then lets the error through. */
  async retrying<T>(operation: () => T | Promise<T>, signal: AbortSignal): Promise<T> {
    const { clock } = this.#options;
    const startedAt = clock.monotonic();
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await operation();
      } catch (error) {
        const waitMs = hasReaction(error, 'retry') ? this.nextAttemptInMs(attempt, startedAt) : undefined;
        if (waitMs === undefined) throw error;
        this.countRetry();
        await clock.sleep(waitMs, signal);
      }
    }
  }

  /** How long to wait before what has failed since `startedAt` is tried again; undefined when errors.retry.timeout is over. */
  nextAttemptInMs(attempt: number, startedAt: number): number | undefined {
    const { clock } = this.#options;
    const timeout = this.#config['errors.retry.timeout'];
    if (timeout >= 0 && clock.monotonic() - startedAt >= timeout) return undefined;
    return backoffMs(clock, attempt, { initialMs: 300, maxMs: this.#config['errors.retry.delay.max.ms'] });
  }

  countRetry(): void {
    this.#count('total_retries');
  }

  /** Whether a record that cannot be handled is skipped. */
  get isTolerant(): boolean {
    return this.#config['errors.tolerance'].toLowerCase() === 'all';
  }

  /**
   * Decides about a failed record: resolves when it is to be skipped. Log and dead letter come first, whatever the tolerance.
   * Rejects with TaskFailure `task.tolerance_exceeded`, or with the error itself when it is not one of the record.
   */
  async skip(failure: StageError, place: RecordPlace, divert?: Divert): Promise<void> {
    const { cause, stage, className } = failure;
    if (!isOfRecord(cause)) throw cause;
    this.#count('total_record_failures');
    this.#count('total_record_errors');
    this.#options.meter.set(`${METRICS}last_error_timestamp`, this.#options.clock.now(), this.#options.labels);
    this.#log(failure, place);
    await divert?.(failure);
    if (this.isTolerant) {
      this.#count('total_records_skipped');
      return;
    }
    const { code, hint } = taskErrors.tolerance_exceeded;
    const where = Object.entries(place)
      .map(([name, value]) => `${name} ${String(value)}`)
      .join(', ');
    throw new TaskFailure(
      code,
      `Tolerance exceeded in error handler: a record (${where}) failed at stage ${stage} in ${className}: ${cause.message} ${hint}`,
      { cause, fields: { stage, className } },
    );
  }

  #log({ cause, stage, className }: StageError, place: RecordPlace): void {
    if (!this.#config['errors.log.enable']) return;
    const which = this.#config['errors.log.include.messages'] ? place : {};
    // The words of Kafka Connect, which alerts look for; of the record only where it is.
    this.#options.log.error('Error encountered in task.', { stage, className, error: cause.message, stack: cause.stack, ...which });
    this.#count('total_errors_logged');
  }

  #count(name: string): void {
    this.#options.meter.add(METRICS + name, 1, this.#options.labels);
  }
}
