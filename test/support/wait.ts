import { setTimeout as sleep } from 'node:timers/promises';

export interface UntilOptions {
  readonly withinMs: number;
  /** Pause between looks. Default 100 ms. */
  readonly everyMs?: number;
}

/** Looks until `look` gives something other than undefined or false; afterwards says what was waited for and what was seen last. */
export const until = async <T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  { withinMs, everyMs = 100 }: UntilOptions,
): Promise<T> => {
  const deadline = performance.now() + withinMs;
  for (;;) {
    let lastFailure = '';
    try {
      const seen = await look();
      if (seen !== undefined && seen !== false) return seen;
    } catch (failure) {
      lastFailure = ` Last failure: ${failure instanceof Error ? failure.message : String(failure)}`;
    }
    if (performance.now() > deadline) throw new Error(`Waited ${String(withinMs / 1_000)} s in vain: ${what}.${lastFailure}`);
    await sleep(everyMs);
  }
};
