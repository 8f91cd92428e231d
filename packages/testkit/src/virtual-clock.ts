import type { Clock } from '@headrace/foundation';

interface Sleeper {
  readonly at: number;
  readonly order: number;
  readonly wake: () => void;
  isGone: boolean;
}

export interface VirtualClockOptions {
  /** Wall clock at the start, milliseconds since the epoch. Default: the first of January 2026. */
  readonly startedAt?: number;
  /** Chance, for whoever asks the clock. Default Math.random; a simulation brings one with a seed. */
  readonly random?: () => number;
}

/**
 * Time that a test owns: it stands still until `advance`. Sleepers wake one by one in the order of their deadlines, and
 * whatever they set off is done (microtasks, immediate callbacks) before the next one wakes.
 */
export class VirtualClock implements Clock {
  readonly #startedAt: number;
  readonly #random: () => number;
  #elapsed = 0;
  #order = 0;
  readonly #sleepers = new SleeperHeap();

  constructor({ startedAt = Date.UTC(2026, 0, 1), random = Math.random }: VirtualClockOptions = {}) {
    this.#startedAt = startedAt;
    this.#random = random;
  }

  now(): number {
    return this.#startedAt + Math.floor(this.#elapsed);
  }

  monotonic(): number {
    return this.#elapsed;
  }

  sinceBoot(): number {
    return this.#elapsed;
  }

  random(): number {
    return this.#random();
  }

  /** Sleepers that wait now; none left behind is what a test checks at its end. */
  get sleeperCount(): number {
    return this.#sleepers.count;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const onAbort = (): void => {
        sleeper.isGone = true;
        reject(signal.reason as Error);
      };
      const wake = (): void => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      const sleeper: Sleeper = { at: this.#elapsed + ms, order: this.#order, wake, isGone: false };
      this.#order += 1;
      this.#sleepers.add(sleeper);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Passes `ms`, waking everybody whose time comes. */
  async advance(ms: number): Promise<void> {
    const end = this.#elapsed + ms;
    await settle();
    for (;;) {
      const next = this.#sleepers.takeUntil(end);
      if (next === undefined) break;
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
}

/** Sleepers by deadline, then in the order they came; those that were aborted are dropped when their time comes. */
class SleeperHeap {
  readonly #heap: Sleeper[] = [];

  get count(): number {
    return this.#heap.filter((sleeper) => !sleeper.isGone).length;
  }

  add(sleeper: Sleeper): void {
    const heap = this.#heap;
    let index = heap.push(sleeper) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (isBefore(heap[parent], sleeper)) break;
      heap[index] = heap[parent] ?? sleeper;
      index = parent;
    }
    heap[index] = sleeper;
  }

  /** The next one, if its deadline is not after `end`. */
  takeUntil(end: number): Sleeper | undefined {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || (!first.isGone && first.at > end)) return undefined;
      this.#removeFirst();
      if (!first.isGone) return first;
    }
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const child = isBefore(heap[left + 1], heap[left]) ? left + 1 : left;
      const smaller = heap[child];
      if (smaller === undefined || isBefore(last, smaller)) break;
      heap[index] = smaller;
      index = child;
    }
    heap[index] = last;
  }
}

/** False when there is no `a`. */
const isBefore = (a: Sleeper | undefined, b: Sleeper | undefined): boolean =>
  a !== undefined && (b === undefined || a.at < b.at || (a.at === b.at && a.order < b.order));

/** Lets everything run that needs no time: a few turns of the event loop, each with its microtasks. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};
