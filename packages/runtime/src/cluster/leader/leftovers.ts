import type { CoordinationStore, Transaction } from '@headrace/ports';
import type { ClusterModel } from '../store/cluster-model.ts';
import type { ClusterReplica } from '../store/cluster-replica.ts';
import type { Keyspace } from '../store/keyspace.ts';
import type { Unit } from '../store/unit.ts';

export interface LeftoverOptions {
  readonly store: CoordinationStore;
  readonly keys: Keyspace;
  readonly replica: ClusterReplica;
}

/**
 * Removes what nobody reads any more: statuses of units that are gone, tasks of generations that no pointer names. Each
 * removal compares what makes it one, since the replica may be behind.
 */
export const leftovers = async ({ store, keys, replica }: LeftoverOptions, signal: AbortSignal): Promise<readonly Transaction[]> => {
  const { entries } = await store.list(keys.statuses, signal);
  const { model } = replica;
  const statuses = entries.flatMap(({ key }) => statusRemoval(keys, model, { key, unit: keys.parseStatus(key) }));
  return [...statuses, ...[...model.generations].flatMap(([name, generations]) => taskRemovals(keys, model, { name, generations }))];
};

const statusRemoval = (
  keys: Keyspace,
  model: ClusterModel,
  status: { readonly key: string; readonly unit: Unit },
): readonly Transaction[] => {
  const { connector, task } = status.unit;
  const then = [{ delete: status.key }];
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
