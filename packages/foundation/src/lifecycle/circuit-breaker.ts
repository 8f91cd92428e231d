import { createLatch, type Latch } from '../async/latch.ts';
import type { Clock } from '../clock.ts';
import { abortable, Stopped } from './abort.ts';

/** `open`: it has failed and is left alone; `half-open`: one attempt is being made. */
export type CircuitState = 'closed' | 'open' | 'half-open';

/** Leave to make one attempt. Disposed of when that is over: where it has said nothing of how it went, another may try. */
export interface Leave extends Disposable {
  /** It is the only attempt under way: where that fails the circuit is to be opened again. */
  readonly isProbe: boolean;
}

/** Keeps many from asking what does not answer. */
export interface Circuit {
  readonly state: CircuitState;
  /** The failure that opened it, where it is not closed. */
  readonly reason: string | undefined;
  /** At once while it is closed. Else one after the other, in the order in which they ask, each when the pause is over. */
  admitted(signal: AbortSignal): Promise<Leave>;
  /** Lets nobody through for `forMs`, and then one. Changes nothing where it is open. */
  open(reason: string, forMs: number): void;
  /** Lets everybody through: there was an answer. */
  close(): void;
}

/** `reason`: the failure that opened it, where it is not closed. */
export type CircuitListener = (state: CircuitState, reason: string | undefined) => void;

/** Of those who need not wait, and whose attempt is one of many. */
export const freeLeave: Leave = { isProbe: false, [Symbol.dispose]: () => undefined };

/**
 * One circuit. Whoever finds out that nobody answers opens it; when to do so is the caller's matter. Dispose of it when nobody waits.
 */
export class CircuitBreaker implements Circuit, Disposable {
  readonly #clock: Clock;
  readonly #changed: CircuitListener;
  readonly #waiting = new Set<Latch<Leave>>();
  #state: CircuitState = 'closed';
  #reason: string | undefined;
  #pause: AbortController | undefined;
  /** Whose attempt is under way. */
  #probe: Latch<Leave> | undefined;

  constructor(clock: Clock, changed: CircuitListener = () => undefined) {
    this.#clock = clock;
    this.#changed = changed;
  }

  get state(): CircuitState {
    return this.#state;
  }

  get reason(): string | undefined {
    return this.#reason;
  }

  async admitted(signal: AbortSignal): Promise<Leave> {
    signal.throwIfAborted();
    if (this.#state === 'closed') return freeLeave;
    const turn = createLatch<Leave>();
    this.#waiting.add(turn);
    this.#admitNext();
    try {
      return await abortable(turn.promise, signal);
    } catch (error) {
      this.#waiting.delete(turn);
      this.#over(turn);
      throw error;
    }
  }

  open(reason: string, forMs: number): void {
    if (this.#state === 'open') return;
    const pause = new AbortController();
    this.#pause = pause;
    this.#probe = undefined;
    this.#become('open', reason);
    this.#clock.sleep(forMs, pause.signal).then(
      () => {
        this.#pause = undefined;
        this.#admitNext();
      },
      () => undefined,
    );
  }

  close(): void {
    if (this.#state === 'closed') return;
    this.#endPause();
    this.#probe = undefined;
    this.#become('closed', undefined);
    for (const turn of this.#waiting) turn.resolve(freeLeave);
    this.#waiting.clear();
  }

  [Symbol.dispose](): void {
    this.#endPause();
  }

  #admitNext(): void {
    const [turn] = this.#waiting;
    if (this.#state !== 'open' || this.#pause !== undefined || turn === undefined) return;
    this.#waiting.delete(turn);
    this.#probe = turn;
    this.#become('half-open', this.#reason);
    turn.resolve({
      isProbe: true,
      [Symbol.dispose]: () => {
        this.#over(turn);
      },
    });
  }

  /** Without a word: as if it had not been. */
  #over(turn: Latch<Leave>): void {
    if (this.#probe !== turn) return;
    this.#probe = undefined;
    this.#become('open', this.#reason);
    this.#admitNext();
  }

  #endPause(): void {
    this.#pause?.abort(new Stopped('done'));
    this.#pause = undefined;
  }

  #become(state: CircuitState, reason: string | undefined): void {
    this.#state = state;
    this.#reason = reason;
    this.#changed(state, reason);
  }
}
