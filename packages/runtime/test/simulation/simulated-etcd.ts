import type { Clock } from '@headrace/foundation';
import type { StoredEntry, Transaction, TransactionResult } from '@headrace/ports';
import { MemoryCoordination } from '@headrace/ports/memory';
import type { SeededRandom } from '@headrace/testkit';

/** Sees each transaction with the entries it met, before it changes them. */
export type TransactionObserver = (
  transaction: Transaction,
  context: { readonly entries: ReadonlyMap<string, StoredEntry>; readonly workerId: string },
) => void;

const REAP_MS = 250;

/**
 * The reference store with the manners of a real etcd: leases end late, all start anew when the leader changes, or are
 * revoked early; watches lag and go back; history is compacted; for a while it does not answer at all.
 */
export class SimulatedEtcd {
  readonly server = new MemoryCoordination();
  readonly clock: Clock;
  isDown = false;
  /** Chance that a batch of watched changes begins with some that were given before. */
  watchSetback = 0;
  /** Longest additional delay of a watched change. */
  lagMs = 0;
  readonly #leases = new Map<string, number>();
  readonly #signal: AbortSignal;
  /** Called for every transaction that is about to be applied. */
  onApply: TransactionObserver = () => undefined;
  #heard = new Set<() => void>();

  constructor(clock: Clock, signal: AbortSignal) {
    this.clock = clock;
    this.#signal = signal;
    this.server.onChange(() => {
      this.#tell();
    });
    void this.#reap();
  }

  /** Calls after every change, and when it can be reached again. */
  onChange(listener: () => void): () => void {
    this.#heard.add(listener);
    return () => this.#heard.delete(listener);
  }

  watchLagMs(random: SeededRandom): number {
    return this.lagMs === 0 ? 0 : random.next() * this.lagMs;
  }

  /** Something about the lines has changed. */
  heard(): void {
    this.#tell();
  }

  transact(transaction: Transaction, workerId: string): TransactionResult {
    const leases = transaction.then.flatMap((operation) => ('put' in operation ? [operation.leaseId] : []));
    const hasLeases = leases.every((leaseId) => leaseId === undefined || this.server.hasLease(leaseId));
    if (hasLeases && this.server.holds(transaction.if)) this.onApply(transaction, { entries: this.server.entries, workerId });
    return this.server.transact(transaction);
  }

  grant(ttlMs: number): string {
    const leaseId = this.server.grant(ttlMs, this.clock.monotonic());
    this.#leases.set(leaseId, ttlMs);
    return leaseId;
  }

  renew(leaseId: string): number | undefined {
    return this.server.renew(leaseId, this.clock.monotonic());
  }

  /** A new leader gives every lease its whole time again (etcd#13294). */
  changeLeader(): void {
    for (const leaseId of this.#leases.keys()) this.renew(leaseId);
  }

  /** An overloaded leader that does not step down ends a lease long before its time (etcd#15247). */
  revokeEarly(leaseId: string): void {
    this.server.revoke(leaseId);
  }

  #tell(): void {
    for (const listener of [...this.#heard]) listener();
  }

  async #reap(): Promise<void> {
    try {
      for (;;) {
        await this.clock.sleep(REAP_MS, this.#signal);
        if (!this.isDown) this.server.expire(this.clock.monotonic());
      }
    } catch {
      // The simulation is over.
    }
  }
}
