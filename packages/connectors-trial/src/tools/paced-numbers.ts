import type { Clock } from '@headrace/foundation';

const MAX_BATCH = 500;
/** Longest sleep in one poll: the runtime wants a turn about once a second. */
const MAX_SLEEP_MS = 1_000;

/** Numbers one after the other, so many a second; without a limit at 0 and below. */
export class PacedNumbers {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  #next: number;
  /** Monotonic time of the next number. */
  #dueAt: number;

  constructor(clock: Clock, first: number, perSecond: number) {
    this.#clock = clock;
    this.#next = first;
    this.#intervalMs = perSecond > 0 ? 1_000 / perSecond : 0;
    this.#dueAt = clock.monotonic();
  }

  /** Those that are due, at most `max`; none after about a second in which none was. */
  async take(max: number, signal: AbortSignal): Promise<readonly number[]> {
    const waitMs = max === 0 ? MAX_SLEEP_MS : this.#dueAt - this.#clock.monotonic();
    if (waitMs > 0) await this.#clock.sleep(Math.min(waitMs, MAX_SLEEP_MS), signal);
    const taken: number[] = [];
    while (taken.length < Math.min(max, MAX_BATCH) && this.#dueAt <= this.#clock.monotonic()) {
      taken.push(this.#next);
      this.#next += 1;
      this.#dueAt += this.#intervalMs;
    }
    return taken;
  }
}
