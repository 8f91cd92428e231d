import { abortable, linkSignal, Stopped, type Clock, type Wakeup } from '@headrace/foundation';

/** Runs `work` with a signal that aborts after `ms`, and rejects then at the latest, even if it does not listen. */
export const withDeadline = async <T>(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  using child = linkSignal(signal);
  const timer = clock.sleep(ms, child.signal).then(
    () => {
      child.abort(new Stopped('timeout', `Not finished within ${String(Math.round(ms))} ms.`));
    },
    () => undefined,
  );
  try {
    return await abortable(work(child.signal), child.signal);
  } finally {
    child.abort(new Stopped('done'));
    await timer;
  }
};

/** Waits for a wake-up, but no longer than `ms`. */
export const wakeWithin = async (clock: Clock, ms: number, wakeup: Wakeup, signal: AbortSignal): Promise<void> => {
  using child = linkSignal(signal);
  void clock.sleep(ms, child.signal).then(
    () => {
      wakeup.wake();
    },
    () => undefined,
  );
  try {
    await wakeup.wait(signal);
  } finally {
    child.abort(new Stopped('done'));
  }
};
