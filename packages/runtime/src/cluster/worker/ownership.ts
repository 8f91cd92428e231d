import type { OwnershipEpoch } from '@headrace/connector-api';
import type { Clock } from '@headrace/foundation';
import type { Comparison, CoordinationStore } from '@headrace/ports';
import type { Keyspace } from '../store/keyspace.ts';
import type { Unit } from '../store/unit.ts';
import { codecs } from '../store/values.ts';
import type { Session } from './session.ts';

/** What must be as it was seen when a unit is taken, and as long as it is held. */
export interface Premise {
  readonly comparison: Comparison;
  /**
   * Asked when the comparison fails: another one that vouches for the same, from the store; undefined when nothing does.
   * Left out: nothing ever does.
   */
  renew?(signal: AbortSignal): Promise<Comparison | undefined>;
}

/** What was taken, and what taking it was based on. */
export interface Grip {
  readonly unit: Unit;
  readonly epoch: OwnershipEpoch;
  readonly premise: Premise;
}

/**
 * Takes and gives back units for one session. The epoch is the revision of the transaction that wrote the owner key, so
 * it strictly increases with each acquisition; the incarnation in front keeps revisions of a restored store apart.
 */
export class Ownership {
  readonly #store: CoordinationStore;
  readonly #keys: Keyspace;
  readonly #session: Session;
  readonly #clock: Clock;

  constructor(store: CoordinationStore, keys: Keyspace, session: Session, clock: Clock) {
    this.#clock = clock;
    this.#store = store;
    this.#keys = keys;
    this.#session = session;
  }

  /**
   * One transaction: the unit has no owner, the assignment says it is ours, our member key is the one of this session,
   * nothing of it is waiting to be fenced, and what we planned with is unchanged. Undefined when any of that does not hold.
   */
  async acquire(unit: Unit, premise: Premise, signal: AbortSignal): Promise<Grip | undefined> {
    const { workerId, leaseId, memberRevision, incarnation } = this.#session;
    const owner = this.#keys.owner(unit);
    const unfenced: readonly Comparison[] = unit.task === null ? [] : [{ key: this.#keys.fence(unit.connector), exists: false }];
    // I3: the revision of this transaction is the epoch, and it applies only while nobody else owns the unit.
    const result = await this.#store.transact(
      {
        if: [
          { key: owner, exists: false },
          { key: this.#keys.assignment(unit), value: codecs.assignment.encode({ workerId }) },
          { key: this.#keys.member(workerId), createRevision: memberRevision },
          { key: this.#keys.incarnation, value: codecs.incarnation.encode({ incarnation }) },
          premise.comparison,
          ...unfenced,
        ],
        then: [{ put: owner, value: codecs.owner.encode({ workerId, session: leaseId, since: this.#clock.now() }), leaseId }],
      },
      signal,
    );
    if (result.isApplied) return { unit, epoch: { incarnation, revision: result.revision }, premise };
    await this.dropOrphan(unit, signal);
    return undefined;
  }

  /** Linearizable: is the unit still ours, at this epoch, under the premise it was taken with? */
  async confirm(grip: Grip, signal: AbortSignal): Promise<boolean> {
    if (await this.#holds(grip, grip.premise.comparison, signal)) return true;
    const renewed = await grip.premise.renew?.(signal);
    return renewed !== undefined && this.#holds(grip, renewed, signal);
  }

  /** Gives the unit back, so that others need not wait for the lease. Somebody else's ownership is left alone. */
  async release(grip: Grip, signal: AbortSignal): Promise<void> {
    const owner = this.#keys.owner(grip.unit);
    await this.#store.transact({ if: [{ key: owner, modRevision: grip.epoch.revision }], then: [{ delete: owner }] }, signal);
  }

  async #holds({ unit, epoch }: Grip, premise: Comparison, signal: AbortSignal): Promise<boolean> {
    const { incarnation } = this.#session;
    const owner = { key: this.#keys.owner(unit), modRevision: epoch.revision };
    const store = { key: this.#keys.incarnation, value: codecs.incarnation.encode({ incarnation }) };
    const result = await this.#store.transact({ if: [owner, store, premise], then: [] }, signal);
    return result.isApplied;
  }

  /**
   * An acquisition whose answer was lost left a key of this session that nobody works under; nobody else can take the unit
   * while it is there. Only for a unit that is vacant here.
   */
  async dropOrphan(unit: Unit, signal: AbortSignal): Promise<void> {
    const key = this.#keys.owner(unit);
    const entry = await this.#store.get(key, signal);
    if (entry === null || codecs.owner.decode(entry).session !== this.#session.leaseId) return;
    await this.#store.transact({ if: [{ key, modRevision: entry.modRevision }], then: [{ delete: key }] }, signal);
  }
}
