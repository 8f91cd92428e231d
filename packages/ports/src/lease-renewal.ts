/** A moment by both clocks: only `sinceBoot` goes on while the machine sleeps. Milliseconds. */
export interface Moment {
  readonly monotonic: number;
  readonly sinceBoot: number;
}

export interface LeaseToRenew {
  readonly leaseId: string;
  readonly ttlMs: number;
  /** When the request that granted it was sent. */
  readonly grantedAt: Moment;
  /** The store has answered, or the process may have been frozen: judge the lease anew. */
  readonly onNews: () => void;
}

/** Renews one lease every third of its TTL, for as long as the worker makes progress. */
export interface LeaseRenewal {
  /** When the last renewal that succeeded was SENT, so that no answer's delay is counted as the lease's. */
  readonly renewedAt: Moment;
  /** The main loop turns. A renewal that runs beside the loop stops when this is not called for a third of the TTL. */
  showProgress(): void;
  /** Until aborted. Rejects with FencedError when the store says that the lease is gone. */
  run(signal: AbortSignal): Promise<void>;
}

export type RenewLease = (lease: LeaseToRenew) => LeaseRenewal;
