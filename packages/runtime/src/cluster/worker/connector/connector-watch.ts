import { linkSignal, Stopped, toError, type LinkedController } from '@headrace/foundation';

/** One run of what a connector does beside its tasks; `key` tells it from the next. */
interface Watching {
  readonly key: string;
  readonly controller: LinkedController;
}

/** What a connector does beside its tasks: at most one run at a time, each for one configuration and one start. */
export class ConnectorWatch {
  readonly #onFailure: (error: Error) => void;
  #watching: Watching | undefined;

  /** `onFailure` hears of the current run only, and never of one that was ended. */
  constructor(onFailure: (error: Error) => void) {
    this.#onFailure = onFailure;
  }

  /** Ends the run, unless it is the one of `key`. */
  endUnless(key: string | undefined): void {
    if (this.#watching === undefined || this.#watching.key === key) return;
    this.#watching.controller.abort(new Stopped('reconfigured'));
    this.#watching.controller[Symbol.dispose]();
    this.#watching = undefined;
  }

  /** Starts the run of `key` if it has not been started; `parent` ends it, too. */
  begin(key: string, watch: (signal: AbortSignal) => Promise<void>, parent: AbortSignal): void {
    this.endUnless(key);
    if (this.#watching !== undefined) return;
    const watching: Watching = { key, controller: linkSignal(parent) };
    this.#watching = watching;
    watch(watching.controller.signal).catch((error: unknown) => {
      if (!watching.controller.signal.aborted && this.#watching === watching) this.#onFailure(toError(error));
    });
  }
}
