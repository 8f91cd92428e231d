/** Why something is being ended. Travels as `signal.reason`, so that a catch block can tell the cases apart. */
export type StopReason = 'shutdown' | 'revoked' | 'reconfigured' | 'paused' | 'fenced' | 'timeout' | 'sibling-failed' | 'done';

/** An end that was asked for: not a failure, never logged as one. */
export class Stopped extends Error {
  override readonly name = 'AbortError';
  readonly reason: StopReason;

  constructor(reason: StopReason, message = `Stopped: ${reason}.`) {
    super(message);
    this.reason = reason;
  }
}

/** True for our own stop and for the abort errors that Node.js and libraries throw, of whatever realm. */
export const isAbort = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && (value as { name?: unknown }).name === 'AbortError';

/** A controller that follows its parents and lets go of them when disposed: nothing piles up on a long-lived signal. */
export interface LinkedController extends Disposable {
  readonly signal: AbortSignal;
  abort(reason: Error): void;
}

/**
 * A child of its parents, which ends with the first of them. Use with `using`: `AbortSignal.any` keeps every child alive as long as a
 * parent lives (nodejs/node issues 54614, 55351), so product code derives signals only here.
 */
export const linkSignal = (...parents: readonly [AbortSignal, ...AbortSignal[]]): LinkedController => {
  const controller = new AbortController();
  const follow = (parent: AbortSignal): (() => void) => {
    const onAbort = (): void => {
      controller.abort(parent.reason);
    };
    if (parent.aborted) onAbort();
    else parent.addEventListener('abort', onAbort, { once: true });
    return () => {
      parent.removeEventListener('abort', onAbort);
    };
  };
  const letGo = parents.map(follow);
  return {
    signal: controller.signal,
    abort: (reason) => {
      controller.abort(reason);
    },
    [Symbol.dispose]: () => {
      for (const leave of letGo) leave();
    },
  };
};

/** Settles with `promise`, or rejects with `signal.reason` as soon as it aborts; leaves no listener behind. */
export const abortable = <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise<T>((resolve, reject) => {
    if (signal.aborted) {
      promise.catch(() => undefined);
      reject(signal.reason as Error);
      return;
    }
    const onAbort = (): void => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', onAbort);
    });
  });

const DONE = new Stopped('done');

/** Waits for the first of several, which settles it; the others are told to end, and have ended when it returns. */
export const firstOf = async (waits: readonly ((signal: AbortSignal) => Promise<unknown>)[], signal: AbortSignal): Promise<void> => {
  using either = linkSignal(signal);
  const running = waits.map((wait) => wait(either.signal));
  try {
    await Promise.race(running);
  } finally {
    either.abort(DONE);
    await Promise.allSettled(running);
  }
};
