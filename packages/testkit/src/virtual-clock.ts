import type { Clock } from '@headrace/foundation';

interface Sleeper {
  readonly at: number;
  readonly order: number;
  readonly wake: () => void;
}

/**
 * Time that a test owns: it stands still until `advance`. Sleepers wake one by one in the order of their deadlines, and
 * whatever they set off is done (microtasks, immediate callbacks) before the next one wakes.
 */
export class VirtualClock implements Clock {
  readonly #startedAt: number;
  #elapsed = 0;
  #order = 0;
  #sleepers: Sleeper[] = [];

  constructor(startedAt = Date.UTC(2026, 0, 1)) {
    this.#startedAt = startedAt;
  }

  now(): number {
    return this.#startedAt + Math.floor(this.#elapsed);
  }

  monotonic(): number {
    return this.#elapsed;
  }

  /** Sleepers that wait now; none left behind is what a test checks at its end. */
  get sleeperCount(): number {
    return this.#sleepers.length;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const onAbort = (): void => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(signal.reason as Error);
      };
      const wake = (): void => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      const sleeper = { at: this.#elapsed + ms, order: this.#order, wake };
      this.#order += 1;
      this.#sleepers.push(sleeper);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Passes `ms`, waking everybody whose time comes. */
  async advance(ms: number): Promise<void> {
    const end = this.#elapsed + ms;
    await settle();
    for (;;) {
      const next = this.#nextSleeper();
      if (next === undefined || next.at > end) break;
      this.#sleepers = this.#sleepers.filter((other) => other !== next);
      this.#elapsed = Math.max(this.#elapsed, next.at);
      next.wake();
      await settle();
    }
    this.#elapsed = end;
    await settle();
  }

  /** Passes time in steps until `condition` holds; throws after `limitMs`. Resolves with the time it took. */
  async until(condition: () => boolean | Promise<boolean>, limitMs = 60_000, stepMs = 50): Promise<number> {
    const from = this.#elapsed;
    await settle();
    while (!(await condition())) {
      if (this.#elapsed - from >= limitMs) throw new Error(`Nothing happened within ${String(limitMs)} ms of virtual time.`);
      await this.advance(stepMs);
    }
    return this.#elapsed - from;
  }

  #nextSleeper(): Sleeper | undefined {
    return this.#sleepers.reduce<Sleeper | undefined>(
      (first, other) =>
        first === undefined || other.at < first.at || (other.at === first.at && other.order < first.order) ? other : first,
      undefined,
    );
  }
}

/** Lets everything run that needs no time: a few turns of the event loop, each with its microtasks. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};
