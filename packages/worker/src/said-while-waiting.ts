import { Stopped, type Clock } from '@headrace/foundation';

const PATIENCE_MS = 5_000;

/** What `work` gives. Every 5 s that it takes, `say` tells an operator what is waited for. */
export const saidWhileWaiting = async <T>(work: Promise<T>, say: () => void, clock: Clock): Promise<T> => {
  const waiting = new AbortController();
  const remind = async (): Promise<void> => {
    for (;;) {
      await clock.sleep(PATIENCE_MS, waiting.signal);
      say();
    }
  };
  // Ends by its abort alone.
  remind().catch(() => undefined);
  try {
    return await work;
  } finally {
    waiting.abort(new Stopped('done'));
  }
};
