import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions {
  readonly withinMs: number;
  readonly signal: AbortSignal;
}

/** Looks every 100 ms until `look` gives something; a failing look ends the wait at once. */
export const waitFor = async <T>(what: string, look: () => Promise<T | undefined>, { withinMs, signal }: WaitOptions): Promise<T> => {
  const deadline = performance.now() + withinMs;
  for (;;) {
    signal.throwIfAborted();
    const seen = await look();
    if (seen !== undefined) return seen;
    if (performance.now() > deadline) throw new Error(`Waited ${String(withinMs / 1_000)} s in vain: ${what}.`);
    await sleep(100, undefined, { signal });
  }
};
