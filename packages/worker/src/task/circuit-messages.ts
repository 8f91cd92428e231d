import type { TargetCircuit } from '@headrace/connector-api';

/** What a task's thread says of a target's circuit, which is on the main thread. */
export type CircuitSaid =
  | { readonly what: 'joins' }
  /** Answered by `turn`. */
  | { readonly what: 'asks'; readonly request: number }
  /** It waits no more, or its attempt is over. */
  | { readonly what: 'is-done'; readonly request: number }
  | { readonly what: 'opens'; readonly reason: string; readonly forMs: number }
  | { readonly what: 'closes' };

export type CircuitTold =
  | { readonly what: 'state'; readonly circuit: TargetCircuit }
  | { readonly what: 'turn'; readonly request: number; readonly isProbe: boolean };

export interface FromCircuitLink {
  readonly type: 'circuit';
  readonly target: string;
  readonly said: CircuitSaid;
}

export interface ToCircuitLink {
  readonly type: 'circuit';
  readonly target: string;
  readonly told: CircuitTold;
}
