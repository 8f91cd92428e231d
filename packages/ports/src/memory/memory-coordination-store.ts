import { linkSignal, Wakeup, type Clock } from '@headrace/foundation';
import { compacted, leaseLost, unavailable } from '../coordination-errors.ts';
import type { ChangeSet, CoordinationStore, Snapshot, StoredEntry, Transaction, TransactionResult } from '../coordination-store.ts';
import { MemoryCoordination } from './memory-coordination.ts';

/**
 * One client of a MemoryCoordination. Clients of one server see each other's writes; each can be cut off alone, as by a
 * network partition (`isReachable`): calls reject as unavailable, watches fall silent and catch up afterwards.
 */
export class MemoryCoordinationStore implements CoordinationStore {
  readonly server: MemoryCoordination;
  readonly #clock: Clock;
  isReachable = true;
  /** Time that each request, each answer and each watched change takes; drawn anew each time. Default: none. */
  latencyMs: (() => number) | undefined;

  constructor(clock: Clock, server: MemoryCoordination = new MemoryCoordination()) {
    this.#clock = clock;
    this.server = server;
  }

  /** Another client of the same server. */
  connect(): MemoryCoordinationStore {
    const client = new MemoryCoordinationStore(this.#clock, this.server);
    client.latencyMs = this.latencyMs;
    return client;
  }

  get(key: string, signal: AbortSignal): Promise<StoredEntry | null> {
    return this.#call(signal, () => this.server.entries.get(key) ?? null);
  }

  list(prefix: string, signal: AbortSignal): Promise<Snapshot> {
    return this.#call(signal, () => this.server.list(prefix));
  }

  transact(transaction: Transaction, signal: AbortSignal): Promise<TransactionResult> {
    return this.#call(signal, () => this.server.transact(transaction));
  }

  async *watch(prefix: string, revision: bigint, signal: AbortSignal): AsyncGenerator<ChangeSet> {
    using linked = linkSignal(signal);
    const wakeup = new Wakeup();
    const unsubscribe = this.server.onChange(() => {
      wakeup.wake();
    });
    let seen = revision;
    try {
      for (;;) {
        linked.signal.throwIfAborted();
        const upTo = this.isReachable ? this.server.revision : seen;
        if (this.isReachable && seen < this.server.compactedRevision) throw compacted(prefix, seen);
        for (const change of upTo > seen ? this.server.changesAfter(prefix, seen) : []) {
          await this.#travel(linked.signal);
          yield change;
        }
        seen = upTo;
        await wakeup.wait(linked.signal);
      }
    } finally {
      unsubscribe();
    }
  }

  grantLease(ttlMs: number, signal: AbortSignal): Promise<string> {
    return this.#call(signal, () => {
      const leaseId = this.server.grant(ttlMs, this.#clock.monotonic());
      this.#expireLater(ttlMs);
      return leaseId;
    });
  }

  renewLease(leaseId: string, signal: AbortSignal): Promise<number> {
    return this.#call(signal, () => {
      const ttlMs = this.server.renew(leaseId, this.#clock.monotonic());
      if (ttlMs === undefined) throw leaseLost(leaseId);
      this.#expireLater(ttlMs);
      return ttlMs;
    });
  }

  revokeLease(leaseId: string, signal: AbortSignal): Promise<void> {
    return this.#call(signal, () => {
      this.server.revoke(leaseId);
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  async #call<T>(signal: AbortSignal, answer: () => T): Promise<T> {
    signal.throwIfAborted();
    await this.#travel(signal);
    signal.throwIfAborted();
    this.#mustBeReachable();
    this.server.expire(this.#clock.monotonic());
    const result = answer();
    await this.#travel(signal);
    // Cut off meanwhile: what was asked has happened, and the caller does not know.
    this.#mustBeReachable();
    return result;
  }

  #mustBeReachable(): void {
    if (!this.isReachable) throw unavailable('The coordination store in memory is cut off by the test.');
  }

  async #travel(signal: AbortSignal): Promise<void> {
    if (this.latencyMs !== undefined) await this.#clock.sleep(this.latencyMs(), signal);
  }

  /** Time passes on the server whether or not anybody calls it. */
  #expireLater(ttlMs: number): void {
    const expire = (): void => {
      this.server.expire(this.#clock.monotonic());
    };
    void this.#clock.sleep(ttlMs, this.server.closed.signal).then(expire, () => undefined);
  }
}
