import type { CoordinationStore, Transaction } from '@headrace/ports';
import type { ClusterModel } from '../store/cluster-model.ts';
import type { ClusterReplica } from '../store/cluster-replica.ts';
import type { Keyspace } from '../store/keyspace.ts';
import { parseUnitPath, type Unit } from '../store/unit.ts';

export interface LeftoverOptions {
  readonly store: CoordinationStore;
  readonly keys: Keyspace;
  readonly replica: ClusterReplica;
}

/**
 * Removes what nobody reads any more: statuses and loads of units that are gone, tasks of generations that no pointer names. Each
 * removal compares what makes it one, since the replica may be behind.
 */
export const leftovers = async ({ store, keys, replica }: LeftoverOptions, signal: AbortSignal): Promise<readonly Transaction[]> => {
  const { entries } = await store.list(keys.statuses, signal);
  const { model } = replica;
  const statuses = entries.flatMap(({ key }) => removalOf(keys, model, { key, unit: keys.parseStatus(key) }));
  const loads = [...model.loads.keys()].map(parseUnitPath).flatMap((unit) => removalOf(keys, model, { key: keys.load(unit), unit }));
  return [
    ...statuses,
    ...loads,
    ...[...model.generations].flatMap(([name, generations]) => taskRemovals(keys, model, { name, generations })),
  ];
};

/** What was said of a unit, if the unit is gone. */
const removalOf = (keys: Keyspace, model: ClusterModel, said: { readonly key: string; readonly unit: Unit }): readonly Transaction[] => {
  const { connector, task } = said.unit;
  const then = [{ delete: said.key }];
  const known = model.connectors.get(connector);
  if (known === undefined) return [{ if: [{ key: keys.config(connector), exists: false }], then }];
  const isGone = task !== null && known.generation !== undefined && task >= known.generation.taskCount;
  return isGone ? [{ if: [{ key: keys.generation(connector), modRevision: known.generation.modRevision }], then }] : [];
};

const taskRemovals = (
  keys: Keyspace,
  model: ClusterModel,
  stored: { readonly name: string; readonly generations: ReadonlySet<number> },
): readonly Transaction[] => {
  const pointer = model.connectors.get(stored.name)?.generation;
  if (pointer === undefined) return [];
  // A higher one may be a plan that is just being written.
  const old = [...stored.generations].filter((generation) => generation < pointer.generation);
  return old.map((generation) => ({
    if: [{ key: keys.generation(stored.name), modRevision: pointer.modRevision }],
    then: [{ deletePrefix: keys.tasks(stored.name, generation) }],
  }));
};
