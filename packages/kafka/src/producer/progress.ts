import { abortable, createLatch, type Latch } from '@headrace/foundation';

/** A number that only grows, and those who wait for it to reach a value. */
export class Progress {
  #reached = 0;
  #failure: Error | undefined;
  #waiting: { readonly value: number; readonly latch: Latch<void> }[] = [];

  reach(value: number): void {
    if (value <= this.#reached) return;
    this.#reached = value;
    if (this.#waiting.length === 0) return;
    const isDone = (waiter: { readonly value: number }): boolean => waiter.value <= value;
    for (const waiter of this.#waiting) if (isDone(waiter)) waiter.latch.resolve();
    this.#waiting = this.#waiting.filter((waiter) => !isDone(waiter));
  }

  /** Everybody who waits, or will, gets this error, unless the value was reached before. */
  fail(error: Error): void {
    this.#failure ??= error;
    for (const { latch } of this.#waiting) latch.reject(error);
    this.#waiting = [];
  }

  async until(value: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#reached >= value) return;
    if (this.#failure !== undefined) throw this.#failure;
    const latch = createLatch();
    this.#waiting.push({ value, latch });
    await abortable(latch.promise, signal);
  }
}
