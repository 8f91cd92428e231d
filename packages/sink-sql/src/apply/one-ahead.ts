import { linkSignal, Stopped, type LinkedController } from '@headrace/foundation';

/**
 * At most one piece of work that goes on while its caller fetches what comes next. A failure is told to whoever comes next, and
 * nothing is begun after it.
 */
export class OneAhead implements AsyncDisposable {
  #running: { readonly ended: Promise<void>; readonly controller: LinkedController } | undefined;

  /** Resolves when `work` has begun, which is when the work before it has ended; rejects as that did, and begins nothing. */
  async begin(work: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    await this.settled();
    const controller = linkSignal(signal);
    const ended = work(controller.signal).finally(() => {
      controller[Symbol.dispose]();
    });
    ended.catch(() => undefined);
    this.#running = { ended, controller };
  }

  /** Resolves when nothing is under way; rejects as the last work did. */
  async settled(): Promise<void> {
    await this.#running?.ended;
    this.#running = undefined;
  }

  /** Aborts what is under way, and ends when that has. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#running?.controller.abort(new Stopped('done'));
    await this.settled().catch(() => undefined);
  }
}
