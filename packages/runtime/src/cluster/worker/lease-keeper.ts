import { FencedError, hasReaction, isAbort, Scope, toError, type Clock, type Logger, type Meter, type Service } from '@headrace/foundation';
import type { CoordinationStore } from '@headrace/ports';
import { withDeadline } from '../deadline.ts';
import { clusterErrors } from '../errors.ts';
import { leasePhase, type LeasePhase, type LeaseTimes } from './lease-state.ts';

export interface LeaseKeeperOptions extends LeaseTimes {
  readonly store: CoordinationStore;
  readonly clock: Clock;
  readonly log: Logger;
  readonly meter: Meter;
  readonly leaseId: string;
  /** Monotonic time at which the request that granted the lease was sent. */
  readonly grantedAt: number;
}

interface Moment {
  readonly monotonic: number;
  readonly sinceBoot: number;
}

/**
 * Renews the lease from the main loop, every third of its TTL: a loop that is wedged loses it, as it must. Rejects with
 * FencedError when the store says the lease is gone, or when the store was away for too long.
 */
export class LeaseKeeper implements Service {
  readonly name = 'lease keeper';
  readonly #options: LeaseKeeperOptions;
  readonly #listeners = new Set<() => void>();
  /** When the last renewal that succeeded was sent, by both clocks: only one of them goes on while the machine sleeps. */
  #renewedAt: Moment;
  #phase: LeasePhase = 'held';

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
    const { clock, grantedAt } = options;
    this.#renewedAt = { monotonic: grantedAt, sinceBoot: clock.sinceBoot() - (clock.monotonic() - grantedAt) };
  }

  /** Judged anew at each call: right after the process was frozen no timer has run yet. */
  get phase(): LeasePhase {
    return leasePhase(this.#ageMs, this.#options);
  }

  get #ageMs(): number {
    const { clock } = this.#options;
    const { monotonic, sinceBoot } = this.#renewedAt;
    return Math.max(clock.monotonic() - monotonic, clock.sinceBoot() - sinceBoot);
  }

  onPhase(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async run(signal: AbortSignal): Promise<void> {
    await using scope = new Scope(signal);
    scope.spawn('renewal', (child) => this.#renewForever(child));
    scope.spawn('watchdog', (child) => this.#watchForever(child));
    await scope.done();
  }

  async #renewForever(signal: AbortSignal): Promise<void> {
    const { clock, ttlMs } = this.#options;
    while (!signal.aborted) {
      const isRenewed = await this.#renew(signal);
      await clock.sleep(isRenewed ? ttlMs / 3 : ttlMs / 10, signal);
    }
  }

  async #renew(signal: AbortSignal): Promise<boolean> {
    const { clock, store, leaseId, log, ttlMs } = this.#options;
    // After a freeze of the process this is where it wakes: tasks learn of the lost time before anything else happens.
    this.#assess();
    const sentAt = { monotonic: clock.monotonic(), sinceBoot: clock.sinceBoot() };
    try {
      await withDeadline(clock, ttlMs / 3, signal, (child) => store.renewLease(leaseId, child));
    } catch (error) {
      signal.throwIfAborted();
      if (!hasReaction(error, 'retry') && !isAbort(error)) throw error;
      log.debug('The lease could not be renewed; trying again.', { error: toError(error).message });
      return false;
    }
    this.#renewedAt = sentAt;
    this.#assess();
    return true;
  }

  async #watchForever(signal: AbortSignal): Promise<void> {
    const { clock, meter, ttlMs, outageMaxMs } = this.#options;
    while (!signal.aborted) {
      await clock.sleep(ttlMs / 10, signal);
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
