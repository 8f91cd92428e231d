/**
 *   held ──(TTL - margin without a renewal)──> doubtful ──(outage limit)──> given-up
 *     ^                                            │
 *     └───────────────(renewed)────────────────────┘
 *
 * held: nobody else can have taken our units. doubtful: somebody may; only tasks whose target refuses a stale owner go on.
 * given-up: too long alone; everything stops. (That the store says the lease is gone ends a session from any phase.)
 */
export type LeasePhase = 'held' | 'doubtful' | 'given-up';

export interface LeaseTimes {
  readonly ttlMs: number;
  /** How long before the lease ends unfenced tasks must be told to stop. */
  readonly marginMs: number;
  /** How long fenced tasks go on without the store. */
  readonly outageMaxMs: number;
}

/** `elapsedMs`: monotonic time since the last successful renewal was SENT, so that no answer's delay is counted as ours. */
export const leasePhase = (elapsedMs: number, times: LeaseTimes): LeasePhase => {
  if (elapsedMs >= Math.max(times.outageMaxMs, times.ttlMs)) return 'given-up';
  return elapsedMs >= times.ttlMs - times.marginMs ? 'doubtful' : 'held';
};
