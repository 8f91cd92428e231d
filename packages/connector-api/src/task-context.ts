import type { Clock, Logger, Meter } from '@headrace/foundation';

/** Proof of ownership, checked wherever an effect lands. Strictly increases with each acquisition of the same task. */
export interface OwnershipEpoch {
  /** Raised when a restored etcd is attached again, so that revisions handed out twice stay apart. */
  readonly incarnation: number;
  /** etcd revision of the transaction that took the task. */
  readonly revision: bigint;
}

/** a < b, a = b, a > b as negative, zero, positive. */
export const compareEpochs = (a: OwnershipEpoch, b: OwnershipEpoch): number => {
  if (a.incarnation !== b.incarnation) return a.incarnation - b.incarnation;
  return a.revision < b.revision ? -1 : a.revision > b.revision ? 1 : 0;
};

export interface TaskId {
  readonly connector: string;
  readonly task: number;
}

/** What a connector has beside its tasks. */
export interface ConnectorContext {
  readonly connector: string;
  readonly log: Logger;
  readonly clock: Clock;
}

export interface TaskContext {
  readonly id: TaskId;
  readonly clusterId: string;
  readonly epoch: OwnershipEpoch;
  readonly log: Logger;
  readonly meter: Meter;
  readonly clock: Clock;
  /**
   * Linearizable read: does this worker still own the task at `epoch`? To be asked before taking over a resource again
   * (slot, session) after it was lost, or a stale owner would take it from its successor.
   */
  confirmOwnership(signal: AbortSignal): Promise<boolean>;
}
