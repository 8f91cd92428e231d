import { Backoff, RetriableError, Stopped, toError, type BackoffOptions, type Clock } from '@headrace/foundation';
import { errors } from '../errors.ts';
import { answerOf, isTransient, toKafkaError } from './broker-failure.ts';

export interface RetryOptions {
  readonly clock: Clock;
  /** Longest time for all attempts together, milliseconds. */
  readonly deadlineMs: number;
  readonly backoff?: BackoffOptions;
  /** What is tried, as the start of a sentence; for the error. */
  readonly what: string;
  /** Called before each repetition with what went wrong: to forget what turned out to be stale. */
  onRetry?(failure: unknown): void;
}

const defaultBackoff: BackoffOptions = { initialMs: 20, maxMs: 1_000 };

/** The answer to a marker that is still being written: it takes milliseconds, not the seconds others wait. */
const markerBackoff: BackoffOptions = { initialMs: 2, maxMs: 20 };

/**
 * Repeats `attempt` while its failures are transient. RetriableError `kafka.unavailable` when the deadline passes; any other
 * failure comes out as it is, for the caller to judge.
 */
export const untilAnswered = async <T>(attempt: () => Promise<T>, options: RetryOptions, signal: AbortSignal): Promise<T> => {
  const { clock, deadlineMs, what } = options;
  const deadline = clock.monotonic() + deadlineMs;
  const backoff = new Backoff(clock, options.backoff ?? defaultBackoff);
  const quickBackoff = new Backoff(clock, markerBackoff);
  for (;;) {
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch (failure) {
      if (signal.aborted || !isTransient(failure)) throw failure;
      if (clock.monotonic() >= deadline) throw gaveUp(failure, what, deadlineMs);
      options.onRetry?.(failure);
      await (answerOf(failure) === 'CONCURRENT_TRANSACTIONS' ? quickBackoff : backoff).wait(signal);
    }
  }
};

const gaveUp = (failure: unknown, what: string, deadlineMs: number): Error =>
  new RetriableError(
    errors.unavailable.code,
    `${what} did not succeed within ${String(deadlineMs)} ms: ${toError(toKafkaError(failure, 'the last attempt')).message}`,
    { cause: failure },
  );

/** Runs with a signal that aborts after `ms`. */
export const within = async <T>(clock: Clock, ms: number, run: (signal: AbortSignal) => Promise<T>): Promise<T> => {
  const limit = new AbortController();
  const timer = new AbortController();
  clock.sleep(ms, timer.signal).then(
    () => {
      limit.abort(new Stopped('timeout'));
    },
    () => undefined,
  );
  try {
    return await run(limit.signal);
  } finally {
    timer.abort(new Stopped('done'));
  }
};
