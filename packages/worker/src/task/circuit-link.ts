import { abortable, createLatch, freeLeave, type Circuit, type CircuitState, type Latch, type Leave } from '@headrace/foundation';
import type { CircuitSaid, CircuitTold, FromCircuitLink, ToCircuitLink } from './circuit-messages.ts';

/** The task's side of the circuits that it shares with the other tasks of its worker. */
export class CircuitLink {
  readonly #post: (message: FromCircuitLink) => void;
  readonly #circuits = new Map<string, LinkedCircuit>();

  constructor(post: (message: FromCircuitLink) => void) {
    this.#post = post;
  }

  of(target: string): Circuit {
    const known = this.#circuits.get(target);
    if (known !== undefined) return known;
    const circuit = new LinkedCircuit((said) => {
      this.#post({ type: 'circuit', target, said });
    });
    this.#circuits.set(target, circuit);
    return circuit;
  }

  heard({ target, told }: ToCircuitLink): void {
    this.#circuits.get(target)?.heard(told);
  }
}

/** A circuit of the main thread, as it was when that last spoke of it. */
class LinkedCircuit implements Circuit {
  readonly #say: (said: CircuitSaid) => void;
  readonly #asked = new Map<number, Latch<boolean>>();
  #requests = 0;
  /** Undefined until it is known. */
  #state: CircuitState | undefined;
  #reason: string | undefined;

  constructor(say: (said: CircuitSaid) => void) {
    this.#say = say;
    say({ what: 'joins' });
  }

  get state(): CircuitState {
    return this.#state ?? 'closed';
  }

  get reason(): string | undefined {
    return this.#reason;
  }

  heard(told: CircuitTold): void {
    if (told.what === 'turn') {
      this.#asked.get(told.request)?.resolve(told.isProbe);
      return;
    }
    this.#state = told.circuit.state;
    this.#reason = told.circuit.error;
  }

  async admitted(signal: AbortSignal): Promise<Leave> {
    signal.throwIfAborted();
    if (this.#state === 'closed') return freeLeave;
    const request = (this.#requests += 1);
    const turn = createLatch<boolean>();
    const isDone = (): void => {
      this.#say({ what: 'is-done', request });
    };
    this.#asked.set(request, turn);
    this.#say({ what: 'asks', request });
    try {
      return { isProbe: await abortable(turn.promise, signal), [Symbol.dispose]: isDone };
    } catch (error) {
      isDone();
      throw error;
    } finally {
      this.#asked.delete(request);
    }
  }

  open(reason: string, forMs: number): void {
    this.#say({ what: 'opens', reason, forMs });
    // Until the main thread says so: nothing may pass meanwhile.
    if (this.#state !== 'open') [this.#state, this.#reason] = ['open', reason];
  }

  close(): void {
    if (this.#state === 'closed') return;
    this.#say({ what: 'closes' });
    [this.#state, this.#reason] = ['closed', undefined];
  }
}
