import { Stopped, type Clock } from '@headrace/foundation';

/** Who waits for a turn. */
export interface Starter {
  /** It is worth asking again. */
  wake(): void;
}

export interface StartTurn {
  /** The start is over, or was none. May be called more than once. */
  end(): void;
}

export interface StartTurnsOptions {
  readonly clock: Clock;
  /** Starts at once, at most. */
  readonly limit: number;
}

/** A start that takes longer waits for a server, not for the processor: others need not wait for it. */
const TURN_MS = 2_000;

/**
 * Which tasks of this worker may start now, in the order in which they asked. Loading code and opening connections are the
 * dearest moments of a task: where many come at once, as after the death of another worker, all together would starve each other,
 * and the lease with them.
 */
export class StartTurns {
  readonly #options: StartTurnsOptions;
  readonly #taken = new Set<StartTurn>();
  readonly #waiting = new Set<Starter>();

  constructor(options: StartTurnsOptions) {
    this.#options = options;
  }

  /** A turn, or a place in the line: the starter is woken when it comes to the front. */
  take(starter: Starter): StartTurn | undefined {
    this.#waiting.add(starter);
    if (!this.#front().includes(starter)) return undefined;
    this.#waiting.delete(starter);
    return this.#begin();
  }

  /** It does not want to start any more, for now. */
  leave(starter: Starter): void {
    if (this.#waiting.delete(starter)) this.#wakeFront();
  }

  #begin(): StartTurn {
    const lifetime = new AbortController();
    const end = (): void => {
      lifetime.abort(new Stopped('done'));
      if (this.#taken.delete(turn)) this.#wakeFront();
    };
    const turn: StartTurn = { end };
    this.#taken.add(turn);
    this.#options.clock.sleep(TURN_MS, lifetime.signal).then(end, () => undefined);
    return turn;
  }

  #front(): readonly Starter[] {
    return [...this.#waiting].slice(0, Math.max(0, this.#options.limit - this.#taken.size));
  }

  #wakeFront(): void {
    for (const starter of this.#front()) starter.wake();
  }
}
