import type { CoordinationStore } from '@headrace/ports';
import type { Keyspace } from '../store/keyspace.ts';
import type { Unit } from '../store/unit.ts';
import { codecs } from '../store/values.ts';
import type { Grip } from './ownership.ts';

/**
 * Topics that a task may have written to with plain batches. Brokers refuse a stale producer only on partitions that have
 * seen the new epoch, so whoever takes a task over has to know all of them: each is noted before the first batch goes there.
 */
export class TopicReach {
  readonly #store: CoordinationStore;
  readonly #keys: Keyspace;

  constructor(store: CoordinationStore, keys: Keyspace) {
    this.#store = store;
    this.#keys = keys;
  }

  /** Complete once the unit has been taken: nobody else's claim is accepted from then on. */
  async read(unit: Unit, signal: AbortSignal): Promise<readonly string[]> {
    const entry = await this.#store.get(this.#keys.reach(unit), signal);
    return entry === null ? [] : codecs.reach.decode(entry).topics;
  }

  /** False when somebody else owns the unit. */
  async claim({ unit, epoch }: Grip, topics: readonly string[], signal: AbortSignal): Promise<boolean> {
    const key = this.#keys.reach(unit);
    const owner = { key: this.#keys.owner(unit), modRevision: epoch.revision };
    const entry = await this.#store.get(key, signal);
    const known = entry === null ? [] : codecs.reach.decode(entry).topics;
    const all = [...new Set([...known, ...topics])];
    const then = all.length === known.length ? [] : [{ put: key, value: codecs.reach.encode({ topics: all }) }];
    // I2: the owner alone writes this key, so the epoch is all there is to compare.
    const result = await this.#store.transact({ if: [owner], then }, signal);
    return result.isApplied;
  }
}
