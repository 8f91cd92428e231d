import { Stopped, type Clock } from '@headrace/foundation';

/** A signal that aborts with Stopped('timeout') after `ms`. Disposing it lets go of the timer. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
}

export const startDeadline = (clock: Clock, ms: number, message: string): Deadline => {
  const expired = new AbortController();
  const timer = new AbortController();
  clock.sleep(ms, timer.signal).then(
    () => {
      expired.abort(new Stopped('timeout', message));
    },
    () => undefined,
  );
  return {
    signal: expired.signal,
    [Symbol.dispose]: () => {
      timer.abort(new Stopped('done'));
    },
  };
};
