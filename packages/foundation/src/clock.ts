import { uptime } from 'node:os';

/** Time and chance as a port, so that the simulator and tests own both. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. For stamps, never for measuring. */
  now(): number;
  /** Monotonic milliseconds with fractions. For deadlines and durations. */
  monotonic(): number;
  /**
   * Milliseconds since the machine booted, in steps of about 10. Unlike `monotonic` it goes on while the machine sleeps, so
   * it shows that a lease ended meanwhile.
   */
  sinceBoot(): number;
  /** Chance in [0, 1), for jitter. */
  random(): number;
  /** Resolves after `ms`; rejects with `signal.reason` when aborted first. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sinceBoot: () => uptime() * 1_000,
  random: () => Math.random(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const onAbort = (): void => {
        clearTimeout(timer);
        reject(signal.reason as Error);
      };
      const timer = setTimeout(() => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      }, ms);
      signal.addEventListener('abort', onAbort, { once: true });
    }),
};
