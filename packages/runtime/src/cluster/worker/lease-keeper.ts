import { FencedError, Scope, type Clock, type Logger, type Meter, type Service } from '@headrace/foundation';
import type { LeaseRenewal, RenewLease } from '@headrace/ports';
import { clusterErrors } from '../errors.ts';

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

export interface LeaseKeeperOptions extends LeaseTimes {
  readonly renewLease: RenewLease;
  readonly clock: Clock;
  readonly log: Logger;
  readonly meter: Meter;
  readonly leaseId: string;
  /** Monotonic time at which the request that granted the lease was sent. */
  readonly grantedAt: number;
}

/**
 * Has the lease renewed for as long as the main loop turns, and judges how far it can be relied on. Rejects with FencedError
 * when the store says the lease is gone, or when the store was away for too long.
 */
export class LeaseKeeper implements Service {
  readonly name = 'lease keeper';
  readonly #options: LeaseKeeperOptions;
  readonly #listeners = new Set<() => void>();
  readonly #renewal: LeaseRenewal;
  #phase: LeasePhase = 'held';

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
    const { clock, grantedAt, leaseId, renewLease, ttlMs } = options;
    this.#renewal = renewLease({
      leaseId,
      ttlMs,
      grantedAt: { monotonic: grantedAt, sinceBoot: clock.sinceBoot() - (clock.monotonic() - grantedAt) },
      onNews: () => {
        this.#assess();
      },
    });
  }

  /** Judged anew at each call: right after the process was frozen no timer has run yet. */
  get phase(): LeasePhase {
    return leasePhase(this.#ageMs, this.#options);
  }

  get #ageMs(): number {
    const { clock } = this.#options;
    const { monotonic, sinceBoot } = this.#renewal.renewedAt;
    return Math.max(clock.monotonic() - monotonic, clock.sinceBoot() - sinceBoot);
  }

  onPhase(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async run(signal: AbortSignal): Promise<void> {
    await using scope = new Scope(signal);
    scope.spawn('renewal', (child) => this.#renewal.run(child));
    scope.spawn('watchdog', (child) => this.#watchForever(child));
    await scope.done();
  }

  async #watchForever(signal: AbortSignal): Promise<void> {
    const { clock, meter, ttlMs, outageMaxMs } = this.#options;
    while (!signal.aborted) {
      await clock.sleep(ttlMs / 10, signal);
      this.#renewal.showProgress();
      meter.set('headrace_cluster_lease_age_seconds', this.#ageMs / 1_000);
      this.#assess();
      if (this.#phase !== 'given-up') continue;
      throw new FencedError(
        clusterErrors.outage_exceeded.code,
        `The coordination store did not answer for ${String(outageMaxMs)} ms. Tasks are stopped until it is back.`,
      );
    }
  }

  #assess(): void {
    const { phase } = this;
    if (phase === this.#phase) return;
    const { log } = this.#options;
    if (phase === 'held') log.info('The coordination store answers again.');
    if (phase === 'doubtful') log.warn('The coordination store does not answer: tasks with an unfenced target stop, the others go on.');
    this.#phase = phase;
    for (const listener of this.#listeners) listener();
  }
}
