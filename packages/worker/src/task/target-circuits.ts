import type { TargetCircuit } from '@headrace/connector-api';
import { CircuitBreaker, type Circuit, type CircuitState, type Clock } from '@headrace/foundation';
import type { MetricStore } from '../telemetry/metrics/metric-store.ts';

export type CircuitMetrics = Pick<MetricStore, 'set' | 'forget'>;

/** Disposed of: nothing more is told. */
export interface CircuitMember extends Disposable {
  readonly circuit: Circuit;
}

interface Entry {
  readonly breaker: CircuitBreaker;
  readonly listeners: Set<(circuit: TargetCircuit) => void>;
}

const GAUGE: Readonly<Record<CircuitState, number>> = { closed: 0, 'half-open': 1, open: 2 };

/**
 * The circuits of a worker by the names of their targets: its tasks run in threads of their own and meet here, so that a target
 * which is away is asked by one of them. One is known for as long as it has members.
 */
export class TargetCircuits {
  readonly #clock: Clock;
  readonly #metrics: CircuitMetrics;
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock, metrics: CircuitMetrics) {
    this.#clock = clock;
    this.#metrics = metrics;
  }

  /** `tell`: how it is now, and then whenever that changes. */
  join(target: string, tell: (circuit: TargetCircuit) => void): CircuitMember {
    const entry = this.#entries.get(target) ?? this.#create(target);
    const { breaker, listeners } = entry;
    listeners.add(tell);
    tell(shown(target, breaker.state, breaker.reason));
    return {
      circuit: breaker,
      [Symbol.dispose]: () => {
        listeners.delete(tell);
        if (listeners.size === 0 && this.#entries.get(target) === entry) this.#forget(target, breaker);
      },
    };
  }

  #create(target: string): Entry {
    const labels = { target };
    const listeners: Entry['listeners'] = new Set();
    const show = (state: CircuitState): void => {
      this.#metrics.set('headrace_target_circuit_state', GAUGE[state], labels);
    };
    const breaker = new CircuitBreaker(this.#clock, (state, reason) => {
      show(state);
      for (const tell of listeners) tell(shown(target, state, reason));
    });
    const entry: Entry = { breaker, listeners };
    this.#entries.set(target, entry);
    show(breaker.state);
    return entry;
  }

  #forget(target: string, breaker: CircuitBreaker): void {
    breaker[Symbol.dispose]();
    this.#entries.delete(target);
    this.#metrics.forget((labels) => labels['target'] === target);
  }
}

const shown = (target: string, state: CircuitState, reason: string | undefined): TargetCircuit => ({
  state,
  target,
  ...(reason === undefined ? {} : { error: reason }),
});
