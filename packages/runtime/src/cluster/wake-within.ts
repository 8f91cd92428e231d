import { linkSignal, Stopped, type Clock, type Wakeup } from '@headrace/foundation';

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
