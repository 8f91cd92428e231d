import { hasReaction, isAbort, toError, withDeadline, type Clock, type Logger } from '@headrace/foundation';
import type { CoordinationStore, LeaseRenewal, LeaseToRenew, Moment, RenewLease } from '@headrace/ports';

export interface LoopLeaseRenewalOptions {
  readonly store: CoordinationStore;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Renews from the loop that it runs in: a loop that is wedged loses the lease, and so does one that is busy for too long. */
class LoopLeaseRenewal implements LeaseRenewal {
  readonly #options: LoopLeaseRenewalOptions;
  readonly #lease: LeaseToRenew;
  #renewedAt: Moment;

  constructor(options: LoopLeaseRenewalOptions, lease: LeaseToRenew) {
    this.#options = options;
    this.#lease = lease;
    this.#renewedAt = lease.grantedAt;
  }

  get renewedAt(): Moment {
    return this.#renewedAt;
  }

  showProgress(): void {
    // It goes on only because the loop does.
  }

  async run(signal: AbortSignal): Promise<void> {
    const { ttlMs } = this.#lease;
    while (!signal.aborted) {
      const isRenewed = await this.#renew(signal);
      await this.#options.clock.sleep(isRenewed ? ttlMs / 3 : ttlMs / 10, signal);
    }
  }

  async #renew(signal: AbortSignal): Promise<boolean> {
    const { clock, store, log } = this.#options;
    const { leaseId, onNews, ttlMs } = this.#lease;
    // After a freeze of the process this is where it wakes: tasks learn of the lost time before anything else happens.
    onNews();
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
    onNews();
    return true;
  }
}

export const renewInLoop =
  (options: LoopLeaseRenewalOptions): RenewLease =>
  (lease) =>
    new LoopLeaseRenewal(options, lease);
