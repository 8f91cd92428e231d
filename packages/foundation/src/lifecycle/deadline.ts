import type { Clock } from '../clock.ts';
import { abortable, linkSignal, Stopped } from './abort.ts';

/** Runs `work` with a signal that aborts after `ms`, and rejects with Stopped('timeout') then at the latest, even if it does not listen. */
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
