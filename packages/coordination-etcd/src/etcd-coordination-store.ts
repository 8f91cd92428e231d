import { abortable } from '@headrace/foundation';
import {
  leaseLost,
  type ChangeSet,
  type CoordinationStore,
  type Snapshot,
  type StoredEntry,
  type Transaction,
  type TransactionResult,
} from '@headrace/ports';
import type { Etcd3, IKeyValue } from 'etcd3';
import { createEtcdClient } from './etcd-client.ts';
import { compareOf, entryOf, rangeEnd, requestOf } from './etcd-entries.ts';
import { etcdFailure, isCompaction, isLeaseGone, isUnsent, isWorthAnotherTry } from './etcd-failure.ts';
import { DEFAULT_CALL_TIMEOUT_MS, type EtcdOptions } from './etcd-options.ts';
import { watchPrefix } from './etcd-watch.ts';
import { LeaseRenewals } from './lease/lease-renewals.ts';

const PAGE_SIZE = 500;

/**
 * The coordination port on etcd 3.4 or newer. Every call has its deadline; reads go to another endpoint when one does not
 * answer, writes only where the first attempt certainly never left this process.
 */
export class EtcdCoordinationStore implements CoordinationStore {
  readonly client: Etcd3;
  readonly #options: EtcdOptions;
  readonly #timeoutMs: number;
  /** The client's own renewals go on by themselves for as long as the process lives, even a wedged one. */
  readonly #renewals: LeaseRenewals;

  constructor(options: EtcdOptions) {
    this.#options = options;
    this.#timeoutMs = options.callTimeoutMs ?? DEFAULT_CALL_TIMEOUT_MS;
    this.client = createEtcdClient(options);
    this.#renewals = new LeaseRenewals(options);
  }

  async get(key: string, signal: AbortSignal): Promise<StoredEntry | null> {
    const read = () => this.client.kv.range({ key: Buffer.from(key) });
    const response = await this.#call(`read of "${key}"`, signal, read, isWorthAnotherTry);
    const kv = response.kvs[0];
    return kv === undefined ? null : entryOf(kv);
  }

  async list(prefix: string, signal: AbortSignal): Promise<Snapshot> {
    for (;;) {
      const snapshot = await this.#listOnce(prefix, signal);
      if (snapshot !== undefined) return snapshot;
    }
  }

  async transact(transaction: Transaction, signal: AbortSignal): Promise<TransactionResult> {
    const request = { compare: transaction.if.map(compareOf), success: transaction.then.map(requestOf), failure: [] };
    const response = await this.#call(`write of ${namesOf(transaction)}`, signal, () => this.client.kv.txn(request), isUnsent);
    return { isApplied: response.succeeded, revision: BigInt(response.header.revision) };
  }

  watch(prefix: string, revision: bigint, signal: AbortSignal): AsyncIterable<ChangeSet> {
    return watchPrefix(this.client, { prefix, revision }, this.#options.clock, signal);
  }

  async grantLease(ttlMs: number, signal: AbortSignal): Promise<string> {
    const grant = () => this.client.leaseClient.leaseGrant({ TTL: Math.ceil(ttlMs / 1_000) });
    const response = await this.#call('grant of a lease', signal, grant, isUnsent);
    return response.ID;
  }

  renewLease(leaseId: string, signal: AbortSignal): Promise<number> {
    return this.#renewals.renew(leaseId, signal);
  }

  async revokeLease(leaseId: string, signal: AbortSignal): Promise<void> {
    const revoke = async (): Promise<void> => {
      await this.client.leaseClient.leaseRevoke({ ID: leaseId }).catch((error: unknown) => {
        if (!isLeaseGone(error)) throw error;
      });
    };
    await this.#call(`revocation of lease ${leaseId}`, signal, revoke, isWorthAnotherTry);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    this.#renewals[Symbol.dispose]();
    return Promise.resolve();
  }

  /** All pages at the revision of the first; undefined when that was compacted meanwhile. */
  async #listOnce(prefix: string, signal: AbortSignal): Promise<Snapshot | undefined> {
    const end = rangeEnd(prefix);
    const kvs: IKeyValue[] = [];
    let revision = '0';
    let from = Buffer.from(prefix);
    for (;;) {
      const page = { key: from, range_end: end, limit: PAGE_SIZE, revision };
      const read = () => this.client.kv.range(page).catch(whenCompacted);
      const response = await this.#call(`list of "${prefix}"`, signal, read, isWorthAnotherTry);
      if (response === undefined) return undefined;
      if (revision === '0') revision = response.header.revision;
      kvs.push(...response.kvs);
      const last = response.kvs.at(-1);
      if (!response.more || last === undefined) return { revision: BigInt(revision), entries: kvs.map(entryOf) };
      from = Buffer.concat([last.key, Buffer.from([0])]);
    }
  }

  async #call<T>(what: string, signal: AbortSignal, run: () => Promise<T>, isRepeatable: (error: unknown) => boolean): Promise<T> {
    const attempts = this.#options.endpoints.length + 1;
    for (let attempt = 1; ; attempt += 1) {
      signal.throwIfAborted();
      try {
        return await abortable(run(), signal);
      } catch (error) {
        signal.throwIfAborted();
        if (isLeaseGone(error)) throw leaseLost(/\d+/.exec(what)?.[0] ?? 'of the key', error);
        if (attempt < attempts && isRepeatable(error)) continue;
        throw etcdFailure(error, { endpoints: this.#options.endpoints, timeoutMs: this.#timeoutMs, what });
      }
    }
  }
}

const whenCompacted = (error: unknown): undefined => {
  if (!isCompaction(error)) throw error;
};

const namesOf = (transaction: Transaction): string => {
  const first = transaction.then[0];
  if (first === undefined) return 'a check';
  const key = 'put' in first ? first.put : 'delete' in first ? first.delete : first.deletePrefix;
  const others = transaction.then.length - 1;
  return others === 0 ? `"${key}"` : `"${key}" and ${String(others)} more`;
};
