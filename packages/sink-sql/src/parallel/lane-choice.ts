import type { Entry } from './commit-order.ts';
import type { TransactionResources } from './transaction-resources.ts';

/** Which lane a transaction may go to: one, any, or none before others are done. */
export type Choice = { readonly kind: 'any' } | { readonly kind: 'lane'; readonly lane: number } | { readonly kind: 'wait' };

/**
 * Keeps related transactions in order: a lane applies what it was given in order, so a transaction goes behind the one that it
 * is related to. Where it is related to transactions in several lanes it waits for all of them but one.
 */
export class LaneChoice {
  /** By resource: the lane of the last transaction that changes it, and which that is. */
  readonly #changers = new Map<string, { readonly lane: number; readonly entry: Entry }>();
  readonly #needers = new Map<string, Map<Entry, number>>();

  choose({ changed, needed }: TransactionResources): Choice {
    const lanes = new Set<number>();
    for (const resource of changed) {
      this.#add(lanes, resource);
      for (const lane of this.#needers.get(resource)?.values() ?? []) lanes.add(lane);
    }
    for (const resource of needed) this.#add(lanes, resource);
    const [lane, ...others] = lanes;
    if (lane === undefined) return { kind: 'any' };
    return others.length === 0 ? { kind: 'lane', lane } : { kind: 'wait' };
  }

  given(entry: Entry, lane: number): void {
    for (const resource of entry.resources.changed) this.#changers.set(resource, { lane, entry });
    for (const resource of entry.resources.needed) {
      const needers = this.#needers.get(resource) ?? new Map<Entry, number>();
      this.#needers.set(resource, needers.set(entry, lane));
    }
  }

  done(entries: readonly Entry[]): void {
    for (const entry of entries) {
      for (const resource of entry.resources.changed) {
        if (this.#changers.get(resource)?.entry === entry) this.#changers.delete(resource);
      }
      for (const resource of entry.resources.needed) {
        const needers = this.#needers.get(resource);
        needers?.delete(entry);
        if (needers?.size === 0) this.#needers.delete(resource);
      }
    }
  }

  #add(lanes: Set<number>, resource: string): void {
    const changer = this.#changers.get(resource);
    if (changer !== undefined) lanes.add(changer.lane);
  }
}
