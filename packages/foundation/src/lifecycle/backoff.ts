import type { Clock } from '../clock.ts';

export interface BackoffOptions {
  /** First delay. Default 100 ms. */
  readonly initialMs?: number;
  /** Longest delay. Default 10,000 ms. */
  readonly maxMs?: number;
  /** Factor from one delay to the next. Default 2. */
  readonly factor?: number;
}

/** Delay before attempt `attempt` (0 = first retry): exponential, capped, with jitter in the upper half. */
export const backoffMs = (clock: Pick<Clock, 'random'>, attempt: number, options: BackoffOptions = {}): number => {
  const { initialMs = 100, maxMs = 10_000, factor = 2 } = options;
  const full = Math.min(maxMs, initialMs * factor ** attempt);
  return full / 2 + (full / 2) * clock.random();
};

/** The waits of one retry loop: grows with each `wait`, starts over after `reset`. */
export class Backoff {
  readonly #clock: Clock;
  readonly #options: BackoffOptions;
  #attempt = 0;

  constructor(clock: Clock, options: BackoffOptions = {}) {
    this.#clock = clock;
    this.#options = options;
  }

  get attempts(): number {
    return this.#attempt;
  }

  reset(): void {
    this.#attempt = 0;
  }

  async wait(signal: AbortSignal): Promise<void> {
    const delay = backoffMs(this.#clock, this.#attempt, this.#options);
    this.#attempt += 1;
    await this.#clock.sleep(delay, signal);
  }
}
