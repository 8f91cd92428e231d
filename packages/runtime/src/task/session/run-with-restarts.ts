import {
  Backoff,
  FencedError,
  hasCode,
  hasReaction,
  isHeadraceError,
  RetriableError,
  TaskFailure,
  toError,
  type Clock,
  type Logger,
} from '@headrace/foundation';
import { taskErrors } from '../errors.ts';
import type { TaskLife } from './task-life.ts';

export interface RestartOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly life: TaskLife;
  /** A task that makes no progress for this long fails. */
  readonly retryTimeoutMs: number;
  confirmOwnership(signal: AbortSignal): Promise<boolean>;
}

/** Tells that something became durable, so that the next failure begins a new count. */
export type Progressed = () => void;

/**
 * Runs sessions of a task until it is stopped. A session opens everything, works, and closes everything before it settles; it
 * is run anew after a RetriableError, and after a FencedError if the coordination store says that we own the task still (a
 * coordinator's time-out looks like fencing). I3: before it is opened anew ownership is confirmed, because opening takes the
 * producer id, and a stale owner that does so fences its successor.
 */
export const runWithRestarts = async (
  session: (signal: AbortSignal, progressed: Progressed) => Promise<void>,
  signal: AbortSignal,
  options: RestartOptions,
): Promise<void> => {
  const { clock, life, log } = options;
  const backoff = new Backoff(clock);
  let lastProgressAt = clock.monotonic();
  const progressed = (): void => {
    lastProgressAt = clock.monotonic();
    backoff.reset();
  };
  const isStopped = (): boolean => signal.aborted;
  for (let isFirst = true; !isStopped(); isFirst = false) {
    try {
      if (!isFirst) await requireOwnership(options, signal);
      await session(signal, progressed);
      return;
    } catch (error) {
      if (isStopped()) throw error;
      if (hasCode(error, taskErrors.not_owner.code) || !isPassing(error)) throw error;
      if (clock.monotonic() - lastProgressAt >= options.retryTimeoutMs) throw exhausted(error, options.retryTimeoutMs);
      life.send('broken');
      log[backoff.attempts < 4 ? 'info' : 'warn']('Task is interrupted and will be started again.', {
        attempt: backoff.attempts,
        error: toError(error).message,
        ...(isHeadraceError(error) ? { code: error.code } : {}),
      });
      await backoff.wait(signal);
      life.send('retry');
    }
  }
};

const isPassing = (error: unknown): boolean => hasReaction(error, 'retry') || hasReaction(error, 'fenced');

/** FencedError `task.not_owner` when somebody else owns the task; RetriableError when the store cannot say. */
export const requireOwnership = async (options: Pick<RestartOptions, 'confirmOwnership'>, signal: AbortSignal): Promise<void> => {
  if (!(await readOwnership(options, signal))) throw new FencedError(taskErrors.not_owner.code, taskErrors.not_owner.meaning);
};

const readOwnership = async (options: Pick<RestartOptions, 'confirmOwnership'>, signal: AbortSignal): Promise<boolean> => {
  try {
    return await options.confirmOwnership(signal);
  } catch (error) {
    if (hasReaction(error, 'fenced')) return false;
    if (signal.aborted || hasReaction(error, 'retry')) throw error;
    const { code, meaning } = taskErrors.ownership_unknown;
    throw new RetriableError(code, `${meaning} (${toError(error).message})`, { cause: error });
  }
};

const exhausted = (error: unknown, timeoutMs: number): TaskFailure => {
  const { code, hint } = taskErrors.retries_exhausted;
  const message = `The task made no progress for ${String(Math.round(timeoutMs / 1_000))} s; the last attempt ended with: ${toError(error).message} ${hint}`;
  return new TaskFailure(code, message, { cause: error });
};
