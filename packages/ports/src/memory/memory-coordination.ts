import type {
  Change,
  ChangeSet,
  Comparison,
  Operation,
  Snapshot,
  StoredEntry,
  Transaction,
  TransactionResult,
} from '../coordination-store.ts';
import { leaseLost } from '../coordination-errors.ts';

interface Lease {
  readonly ttlMs: number;
  expiresAt: number;
  readonly keys: Set<string>;
}

export interface MemoryBackup {
  readonly revision: bigint;
  readonly entries: readonly StoredEntry[];
  readonly leases: readonly { readonly leaseId: string; readonly ttlMs: number; readonly keys: readonly string[] }[];
}

const MAX_OPERATIONS = 128;

/** The server half of the reference store: everything synchronous, so that each call is one step of history. */
export class MemoryCoordination {
  readonly entries = new Map<string, StoredEntry>();
  /** Ends the expiry timers of its clients. */
  readonly closed = new AbortController();
  readonly #history: ChangeSet[] = [];
  readonly #leases = new Map<string, Lease>();
  readonly #leaseOfKey = new Map<string, string>();
  readonly #listeners = new Set<() => void>();
  #revision = 1n;
  #leaseCount = 0;
  #compactedRevision = 0n;

  get revision(): bigint {
    return this.#revision;
  }

  get compactedRevision(): bigint {
    return this.#compactedRevision;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  list(prefix: string): Snapshot {
    const entries = [...this.entries.values()].filter((entry) => entry.key.startsWith(prefix));
    return { revision: this.#revision, entries: entries.sort((a, b) => (a.key < b.key ? -1 : 1)) };
  }

  changesAfter(prefix: string, revision: bigint): readonly ChangeSet[] {
    return this.#history
      .filter((set) => set.revision > revision)
      .map((set) => ({ ...set, changes: set.changes.filter((change) => change.key.startsWith(prefix)) }))
      .filter((set) => set.changes.length > 0);
  }

  transact(transaction: Transaction): TransactionResult {
    if (transaction.if.length > MAX_OPERATIONS || transaction.then.length > MAX_OPERATIONS) {
      throw new RangeError('A transaction has more than 128 comparisons or operations.');
    }
    if (!this.holds(transaction.if)) return { isApplied: false, revision: this.#revision };
    this.#apply(transaction.then);
    return { isApplied: true, revision: this.#revision };
  }

  /** Whether all of these are true now. */
  holds(comparisons: readonly Comparison[]): boolean {
    return comparisons.every((comparison) => this.#holds(comparison));
  }

  hasLease(leaseId: string): boolean {
    return this.#leases.has(leaseId);
  }

  grant(ttlMs: number, now: number): string {
    this.#leaseCount += 1;
    const leaseId = String(this.#leaseCount);
    this.#leases.set(leaseId, { ttlMs, expiresAt: now + ttlMs, keys: new Set() });
    return leaseId;
  }

  renew(leaseId: string, now: number): number | undefined {
    const lease = this.#leases.get(leaseId);
    if (lease === undefined) return undefined;
    lease.expiresAt = now + lease.ttlMs;
    return lease.ttlMs;
  }

  revoke(leaseId: string): void {
    const lease = this.#leases.get(leaseId);
    if (lease === undefined) return;
    this.#leases.delete(leaseId);
    this.#apply([...lease.keys].map((key) => ({ delete: key })));
  }

  /** Ends the leases whose time is over. */
  expire(now: number): void {
    for (const [leaseId, lease] of [...this.#leases]) if (lease.expiresAt <= now) this.revoke(leaseId);
  }

  /** What a backup holds. Leases come back with their whole time, as in etcd. */
  backup(): MemoryBackup {
    const leases = [...this.#leases].map(([leaseId, { ttlMs, keys }]) => ({ leaseId, ttlMs, keys: [...keys] }));
    return { revision: this.#revision, entries: [...this.entries.values()], leases };
  }

  /** Everything is as it was, the revision, too. Watches hear nothing of it. */
  restore(backup: MemoryBackup, now: number): void {
    this.#revision = backup.revision;
    this.#history.length = 0;
    this.entries.clear();
    for (const entry of backup.entries) this.entries.set(entry.key, entry);
    this.#leases.clear();
    this.#leaseOfKey.clear();
    for (const { leaseId, ttlMs, keys } of backup.leases) {
      this.#leases.set(leaseId, { ttlMs, expiresAt: now + ttlMs, keys: new Set(keys) });
      for (const key of keys) this.#leaseOfKey.set(key, leaseId);
    }
  }

  /** Forgets the history up to now, as etcd's auto-compaction does. */
  compact(): void {
    this.#compactedRevision = this.#revision;
    this.#history.length = 0;
  }

  #holds(comparison: Comparison): boolean {
    const entry = this.entries.get(comparison.key);
    if ('exists' in comparison) return (entry !== undefined) === comparison.exists;
    if ('modRevision' in comparison) return (entry?.modRevision ?? 0n) === comparison.modRevision;
    if ('createRevision' in comparison) return (entry?.createRevision ?? 0n) === comparison.createRevision;
    return entry?.value === comparison.value;
  }

  #apply(operations: readonly Operation[]): void {
    const lost = operations.find(
      (operation) => 'put' in operation && operation.leaseId !== undefined && !this.#leases.has(operation.leaseId),
    );
    if (lost !== undefined && 'put' in lost) throw leaseLost(lost.leaseId ?? '');
    const revision = this.#revision + 1n;
    const changes = operations.flatMap((operation) => this.#applyOne(operation, revision));
    if (changes.length === 0) return;
    this.#revision = revision;
    this.#history.push({ revision, changes });
    for (const listener of this.#listeners) listener();
  }

  #applyOne(operation: Operation, revision: bigint): readonly Change[] {
    if ('put' in operation) {
      const key = operation.put;
      const createRevision = this.entries.get(key)?.createRevision ?? revision;
      const entry = { key, value: operation.value, createRevision, modRevision: revision };
      this.entries.set(key, entry);
      this.#attach(key, operation.leaseId);
      return [{ key, entry }];
    }
    const keys =
      'delete' in operation ? [operation.delete] : [...this.entries.keys()].filter((key) => key.startsWith(operation.deletePrefix));
    return keys.filter((key) => this.entries.delete(key)).map((key) => this.#deleted(key));
  }

  #deleted(key: string): Change {
    this.#attach(key, undefined);
    return { key, entry: undefined };
  }

  #attach(key: string, leaseId: string | undefined): void {
    const former = this.#leaseOfKey.get(key);
    if (former !== undefined) this.#leases.get(former)?.keys.delete(key);
    this.#leaseOfKey.delete(key);
    if (leaseId === undefined) return;
    this.#leaseOfKey.set(key, leaseId);
    this.#leases.get(leaseId)?.keys.add(key);
  }
}
