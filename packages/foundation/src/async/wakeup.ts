/** One waiter, many wakers: `wake` before `wait` is remembered, several wakes count once. */
export class Wakeup {
  #isSet = false;
  #release: (() => void) | undefined;

  wake(): void {
    this.#isSet = true;
    this.#release?.();
  }

  /** Resolves at the next (or a remembered) `wake`; rejects with `signal.reason` on abort. */
  async wait(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.#isSet) {
      await new Promise<void>((resolve, reject) => {
        const onAbort = (): void => {
          this.#release = undefined;
          reject(signal.reason as Error);
        };
        this.#release = (): void => {
          this.#release = undefined;
          signal.removeEventListener('abort', onAbort);
          resolve();
        };
        signal.addEventListener('abort', onAbort, { once: true });
      });
    }
    this.#isSet = false;
  }
}
