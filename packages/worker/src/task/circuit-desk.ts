import type { TargetCircuit } from '@headrace/connector-api';
import { Stopped, type Circuit, type Leave } from '@headrace/foundation';
import type { CircuitSaid, CircuitTold, FromCircuitLink, ToCircuitLink } from './circuit-messages.ts';
import type { CircuitMember, TargetCircuits } from './target-circuits.ts';

export interface CircuitDeskOptions {
  readonly circuits: TargetCircuits;
  readonly post: (message: ToCircuitLink) => void;
  /** For the status of the task. */
  readonly show: (circuit: TargetCircuit) => void;
}

/** The main thread's side of one thread's circuits. Disposed of when the thread has ended: what it waited for is another's turn. */
export class CircuitDesk implements Disposable {
  readonly #options: CircuitDeskOptions;
  readonly #parts = new Map<string, Part>();

  constructor(options: CircuitDeskOptions) {
    this.#options = options;
  }

  heard({ target, said }: FromCircuitLink): void {
    if (said.what === 'joins') this.#join(target);
    else this.#parts.get(target)?.heard(said);
  }

  [Symbol.dispose](): void {
    for (const part of this.#parts.values()) part[Symbol.dispose]();
    this.#parts.clear();
  }

  #join(target: string): void {
    if (this.#parts.has(target)) return;
    const { circuits, post, show } = this.#options;
    const tell = (told: CircuitTold): void => {
      post({ type: 'circuit', target, told });
    };
    const member = circuits.join(target, (circuit) => {
      tell({ what: 'state', circuit });
      show(circuit);
    });
    this.#parts.set(target, new Part(member, tell));
  }
}

/** A thread's part in one circuit: what it has asked for, until it is done with that. */
class Part implements Disposable {
  readonly #member: CircuitMember;
  readonly #tell: (told: CircuitTold) => void;
  readonly #asked = new Map<number, AbortController>();
  readonly #leaves = new Map<number, Leave>();

  constructor(member: CircuitMember, tell: (told: CircuitTold) => void) {
    this.#member = member;
    this.#tell = tell;
  }

  heard(said: Exclude<CircuitSaid, { what: 'joins' }>): void {
    const { circuit } = this.#member;
    switch (said.what) {
      case 'asks':
        void this.#admit(circuit, said.request);
        return;
      case 'is-done':
        this.#done(said.request);
        return;
      case 'opens':
        circuit.open(said.reason, said.forMs);
        return;
      case 'closes':
        circuit.close();
    }
  }

  [Symbol.dispose](): void {
    for (const request of [...this.#asked.keys(), ...this.#leaves.keys()]) this.#done(request);
    this.#member[Symbol.dispose]();
  }

  async #admit(circuit: Circuit, request: number): Promise<void> {
    const waiting = new AbortController();
    this.#asked.set(request, waiting);
    try {
      const leave = await circuit.admitted(waiting.signal);
      this.#leaves.set(request, leave);
      // It may have given up between the turn and now.
      if (waiting.signal.aborted) this.#done(request);
      else this.#tell({ what: 'turn', request, isProbe: leave.isProbe });
    } catch {
      // It gave up waiting.
    } finally {
      this.#asked.delete(request);
    }
  }

  #done(request: number): void {
    this.#asked.get(request)?.abort(new Stopped('done'));
    this.#leaves.get(request)?.[Symbol.dispose]();
    this.#leaves.delete(request);
  }
}
