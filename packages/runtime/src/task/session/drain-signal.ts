import { linkSignal, Stopped, type Clock, type LinkedController } from '@headrace/foundation';

/**
 * A signal that outlives `stop` by `graceMs`: what is under way when a task is told to stop may finish, what hangs is cut
 * off. Use with `using`.
 */
export const drainSignal = (stop: AbortSignal, graceMs: number, clock: Clock): LinkedController => {
  const controller = new AbortController();
  const done = linkSignal(controller.signal);
  const onStop = (): void => {
    clock.sleep(graceMs, done.signal).then(
      () => {
        controller.abort(new Stopped('timeout', 'The time to stop is over.'));
      },
      () => undefined,
    );
  };
  if (stop.aborted) onStop();
  else stop.addEventListener('abort', onStop, { once: true });
  return {
    signal: controller.signal,
    abort: (reason) => {
      controller.abort(reason);
    },
    [Symbol.dispose]: () => {
      stop.removeEventListener('abort', onStop);
      done.abort(new Stopped('done'));
      done[Symbol.dispose]();
    },
  };
};
