/**
 * The linearizable store that workers agree through: keys with revisions, compare-and-set transactions, leases, watches.
 * It has etcd's semantics, its nastier ones included: a lease may end early or live longer than its TTL, a watch is a hint
 * (it may be late, and may end because its revision was compacted), an ambiguous failure may have happened.
 *
 * Errors: RetriableError `coordination.unavailable` when the store cannot be reached in time (a write may have been
 * applied!), RetriableError `coordination.compacted` from a watch (re-read, watch on), FencedError `coordination.lease_lost`
 * when the lease does not exist any more.
 */
export interface CoordinationStore extends AsyncDisposable {
  /** Linearizable. */
  get(key: string, signal: AbortSignal): Promise<StoredEntry | null>;
  /** Linearizable; entries sorted by key, all of one revision. */
  list(prefix: string, signal: AbortSignal): Promise<Snapshot>;
  /** All comparisons hold: `then` is applied as one revision; else nothing is. At most 128 comparisons and operations. */
  transact(transaction: Transaction, signal: AbortSignal): Promise<TransactionResult>;
  /** Changes under `prefix` after `revision`, in order; ends only by abort or error. */
  watch(prefix: string, revision: bigint, signal: AbortSignal): AsyncIterable<ChangeSet>;
  grantLease(ttlMs: number, signal: AbortSignal): Promise<string>;
  /** One renewal; resolves with the remaining time to live. The caller repeats it about every third of the TTL. */
  renewLease(leaseId: string, signal: AbortSignal): Promise<number>;
  /** Removes the lease and its keys at once. A lease that is gone already is fine. */
  revokeLease(leaseId: string, signal: AbortSignal): Promise<void>;
}

export interface StoredEntry {
  readonly key: string;
  readonly value: string;
  readonly createRevision: bigint;
  readonly modRevision: bigint;
}

export interface Snapshot {
  readonly revision: bigint;
  readonly entries: readonly StoredEntry[];
}

export type Comparison =
  | { readonly key: string; readonly exists: boolean }
  | { readonly key: string; readonly modRevision: bigint }
  | { readonly key: string; readonly createRevision: bigint }
  | { readonly key: string; readonly value: string };

export type Operation =
  | { readonly put: string; readonly value: string; readonly leaseId?: string }
  | { readonly delete: string }
  | { readonly deletePrefix: string };

export interface Transaction {
  readonly if: readonly Comparison[];
  readonly then: readonly Operation[];
}

export interface TransactionResult {
  readonly isApplied: boolean;
  /** Of the applied transaction, or of the store when it was not applied. */
  readonly revision: bigint;
}

export interface Change {
  readonly key: string;
  /** undefined: the key was deleted (or its lease ended). */
  readonly entry: StoredEntry | undefined;
}

/** All changes of one revision that concern the watched prefix. */
export interface ChangeSet {
  readonly revision: bigint;
  readonly changes: readonly Change[];
}
