import type { DeliveredSignal, SignalInbox } from '@headrace/connector-api';

/** Signals in the task's thread, from their coming until they are done. */
export class SignalBox implements SignalInbox {
  readonly #waiting = new Map<string, DeliveredSignal>();
  readonly #onDone: (tokens: readonly string[]) => void;

  constructor(onDone: (tokens: readonly string[]) => void) {
    this.#onDone = onDone;
  }

  add(signals: readonly DeliveredSignal[]): void {
    for (const signal of signals) this.#waiting.set(signal.token, signal);
  }

  waiting(): readonly DeliveredSignal[] {
    return [...this.#waiting.values()];
  }

  done(tokens: readonly string[]): void {
    const done = tokens.filter((token) => this.#waiting.delete(token));
    if (done.length > 0) this.#onDone(done);
  }
}
