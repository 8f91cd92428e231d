import { isAbort, linkSignal, Stopped, type LinkedController } from './abort.ts';

/**
 * Structured concurrency: children started in a scope never outlive it. The first failure aborts the siblings; leaving
 * the block aborts and awaits whatever still runs.
 *
 *     await using scope = new Scope(signal);
 *     scope.spawn('keep-alive', (s) => keepAlive(s));
 *     await scope.done();
 */
export class Scope implements AsyncDisposable {
  readonly #controller: LinkedController;
  readonly #running = new Set<Promise<void>>();
  readonly #failures: unknown[] = [];

  constructor(parent: AbortSignal) {
    this.#controller = linkSignal(parent);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  spawn(name: string, run: (signal: AbortSignal) => Promise<void>): void {
    const child = this.#guard(name, run);
    this.#running.add(child);
    void child.finally(() => this.#running.delete(child));
  }

  /** Ends every child with `reason`; `done()` then resolves when they have ended. */
  abort(reason: Error): void {
    this.#controller.abort(reason);
  }

  /** Resolves when all children have ended; rejects with the first failure (several as one AggregateError). */
  async done(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
    if (this.#failures.length === 1) throw this.#failures[0];
    if (this.#failures.length > 1) throw new AggregateError(this.#failures, 'Several parts of one scope failed.');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#controller.abort(new Stopped('done'));
    while (this.#running.size > 0) await Promise.all(this.#running);
    this.#controller[Symbol.dispose]();
  }

  async #guard(name: string, run: (signal: AbortSignal) => Promise<void>): Promise<void> {
    try {
      await run(this.signal);
    } catch (error) {
      if (isAbort(error) && this.signal.aborted) return;
      this.#failures.push(error);
      this.#controller.abort(new Stopped('sibling-failed', `Stopped because ${name} failed.`));
    }
  }
}
