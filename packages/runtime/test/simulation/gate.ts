import type { Clock } from '@headrace/foundation';

/**
 * Whether something of a process may happen now: a frozen one (SIGSTOP) goes on later, a dead one (SIGKILL) never. A task's
 * gate is inside its worker's.
 */
export class Gate {
  readonly #outer: Gate | undefined;
  #isDead = false;
  #isFrozen = false;
  #waiting: (() => void)[] = [];

  constructor(outer?: Gate) {
    this.#outer = outer;
  }

  get isDead(): boolean {
    return this.#isDead || this.#outer?.isDead === true;
  }

  get isOpen(): boolean {
    return !this.#isDead && !this.#isFrozen && this.#outer?.isOpen !== false;
  }

  freeze(): void {
    this.#isFrozen = true;
  }

  thaw(): void {
    this.#isFrozen = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const release of waiting) release();
  }

  kill(): void {
    this.#isDead = true;
    this.#waiting = [];
  }

  /** Resolves when the process runs; never when it is dead. */
  async pass(): Promise<void> {
    while (!this.isOpen) await new Promise<void>((resolve) => this.#queue(resolve));
  }

  #queue(release: () => void): void {
    if (this.isDead) return;
    if (this.#outer?.isOpen === false) this.#outer.#queue(release);
    else this.#waiting.push(release);
  }
}

/** The time of a process: its sleeps end only while it runs, its monotonic clock goes on regardless. */
export const gatedClock = (clock: Clock, gate: Gate): Clock => ({
  now: () => clock.now(),
  monotonic: () => clock.monotonic(),
  sinceBoot: () => clock.sinceBoot(),
  random: () => clock.random(),
  sleep: async (ms, signal) => {
    await clock.sleep(ms, signal);
    await gate.pass();
    signal.throwIfAborted();
  },
});
