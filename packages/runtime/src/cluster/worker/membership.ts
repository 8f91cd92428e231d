import type { Clock, Logger } from '@headrace/foundation';
import type { CoordinationStore } from '@headrace/ports';
import { storeWentBack } from '../errors.ts';
import type { Keyspace } from '../store/keyspace.ts';
import { codecs, type MemberValue } from '../store/values.ts';
import type { Session } from './session.ts';

export interface MembershipOptions {
  readonly store: CoordinationStore;
  readonly keys: Keyspace;
  readonly clock: Clock;
  readonly log: Logger;
  /** `host:port` of the REST address: unique in the cluster. */
  readonly workerId: string;
  readonly restUrl: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly leaseTtlMs: number;
}

export interface Joined {
  readonly session: Session;
  /** Monotonic time at which the grant of the lease was sent. */
  readonly grantedAt: number;
}

/** How this worker comes into the cluster and leaves it. */
export class Membership {
  readonly #options: MembershipOptions;
  readonly #startedAt: number;
  /** The furthest this process has seen the store. */
  #seen = { incarnation: 0, revision: 0n };

  constructor(options: MembershipOptions) {
    this.#options = options;
    this.#startedAt = options.clock.now();
  }

  /**
   * Takes a lease and the member key. Where the key is still held (an earlier run of this worker whose lease has not ended,
   * or another worker that claims the same address) it waits until it is free, rather than two taking turns.
   */
  async join(signal: AbortSignal): Promise<Joined> {
    const { clock, log, store, leaseTtlMs, workerId } = this.#options;
    const incarnation = await this.#incarnation(signal);
    if (incarnation !== this.#seen.incarnation) this.#seen = { incarnation, revision: 0n };
    for (let attempt = 0; ; attempt += 1) {
      const grantedAt = clock.monotonic();
      const leaseId = await store.grantLease(leaseTtlMs, signal);
      const memberRevision = await this.#create(leaseId, signal);
      if (memberRevision !== undefined) this.saw(memberRevision);
      if (memberRevision !== undefined) return { session: { workerId, leaseId, memberRevision, incarnation }, grantedAt };
      await store.revokeLease(leaseId, signal);
      if (attempt === 1) log.warn('Another member has the address of this worker; waiting until its lease ends.', { workerId });
      await clock.sleep(leaseTtlMs / 10, signal);
    }
  }

  /** The store was at this revision: one that is behind it later was restored from a backup. */
  saw(revision: bigint): void {
    if (revision > this.#seen.revision) this.#seen = { ...this.#seen, revision };
  }

  /** From now on the leader gives this worker nothing and others take what it releases. */
  async drain(session: Session, signal: AbortSignal): Promise<void> {
    const { store, keys, workerId } = this.#options;
    const key = keys.member(workerId);
    await store.transact(
      {
        if: [{ key, createRevision: session.memberRevision }],
        then: [{ put: key, value: this.#value(true), leaseId: session.leaseId }],
      },
      signal,
    );
  }

  async leave(session: Session, signal: AbortSignal): Promise<void> {
    await this.#options.store.revokeLease(session.leaseId, signal);
  }

  async #create(leaseId: string, signal: AbortSignal): Promise<bigint | undefined> {
    const { store, keys, workerId } = this.#options;
    const key = keys.member(workerId);
    const result = await store.transact({ if: [{ key, exists: false }], then: [{ put: key, value: this.#value(false), leaseId }] }, signal);
    return result.isApplied ? result.revision : undefined;
  }

  #value(isDraining: boolean): string {
    const { restUrl, labels } = this.#options;
    const value: MemberValue = { restUrl, startedAt: this.#startedAt, isDraining, labels };
    return codecs.member.encode(value);
  }

  async #incarnation(signal: AbortSignal): Promise<number> {
    const { store, keys } = this.#options;
    const key = keys.incarnation;
    const { revision } = await store.transact(
      { if: [{ key, exists: false }], then: [{ put: key, value: codecs.incarnation.encode({ incarnation: 1 }) }] },
      signal,
    );
    const entry = await store.get(key, signal);
    const incarnation = entry === null ? 1 : codecs.incarnation.decode(entry).incarnation;
    const known = this.#seen;
    if (incarnation <= known.incarnation && revision < known.revision) throw storeWentBack(known.revision, revision);
    return incarnation;
  }
}
