import type { Comparison, CoordinationStore, Operation } from '@headrace/ports';
import type { ClusterModel, ConnectorModel } from '../store/cluster-model.ts';
import type { Keyspace } from '../store/keyspace.ts';
import { codecs, type TaskPlan } from '../store/values.ts';
import { hasDeadLetters } from '../transactional-id.ts';
import { datedTasks, mustFence, planHash } from './task-plan.ts';

/** Tasks written at once: a transaction has at most 128 operations and 1.5 MiB. */
const MAX_TASKS_AT_ONCE = 100;
const MAX_BYTES_AT_ONCE = 1_000_000;

export interface GenerationChange {
  readonly store: CoordinationStore;
  readonly keys: Keyspace;
  /** Where the plan was made from: all of it is compared. */
  readonly model: ClusterModel;
  readonly connector: ConnectorModel;
  readonly tasks: readonly TaskPlan[];
  /** More that must hold: that the planner still owns the connector. */
  readonly guards: readonly Comparison[];
}

/** Whether the stored generation is not what was planned: other tasks, or another configuration of the connector. */
export const isNewGeneration = (connector: ConnectorModel, tasks: readonly TaskPlan[]): boolean =>
  connector.generation?.hash !== planHash(tasks) || connector.generation.configVersion !== connector.config.configVersion;

/**
 * Makes the tasks the ones that count, in one step for whoever looks: task keys first, the pointer last, and with it the
 * order to fence earlier tasks where they could disturb. False when something changed meanwhile: plan again.
 */
export const writeGeneration = async (change: GenerationChange, signal: AbortSignal): Promise<boolean> => {
  const { store, keys, model, connector, tasks } = change;
  const generation = Number(model.revision);
  const puts = datedTasks(connector.tasks, tasks, generation).map((value, task): Operation & { readonly put: string } => ({
    put: keys.task(connector.name, generation, task),
    value: codecs.task.encode(value),
  }));
  const guards = [...change.guards, ...premises(keys, connector)];
  const chunks = chunked(puts);
  const last = chunks.pop() ?? [];
  for (const chunk of chunks) {
    const result = await store.transact({ if: guards, then: chunk }, signal);
    if (!result.isApplied) return false;
  }
  // I9: the pointer makes all tasks of the new generation visible, and all of the former gone, in one revision.
  const result = await store.transact({ if: guards, then: [...last, ...pointerTo(change, generation)] }, signal);
  return result.isApplied;
};

/** What replaces the current generation besides its task keys. The herder uses it, without tasks, to stop a connector. */
export const pointerTo = (change: Omit<GenerationChange, 'store' | 'guards'>, generation: number): readonly Operation[] => {
  const { keys, connector, tasks } = change;
  const pointer = codecs.generation.encode({
    generation,
    taskCount: tasks.length,
    configVersion: connector.config.configVersion,
    hash: planHash(tasks),
  });
  const former = connector.generation;
  const removal = former === undefined ? [] : [{ deletePrefix: keys.tasks(connector.name, former.generation) }];
  return [{ put: keys.generation(connector.name), value: pointer }, ...removal, ...fenceOrder(change)];
};

/** Configuration and pointer are what the plan was made from. */
export const premises = (keys: Keyspace, connector: ConnectorModel): readonly Comparison[] => [
  { key: keys.config(connector.name), modRevision: connector.config.modRevision },
  { key: keys.generation(connector.name), modRevision: connector.generation?.modRevision ?? 0n },
];

const fenceOrder = ({ keys, model, connector, tasks }: Omit<GenerationChange, 'store' | 'guards'>): readonly Operation[] => {
  const former = [...connector.tasks].sort(([a], [b]) => a - b).map(([, task]) => task);
  return mustFence(former, tasks) ? fenceFormer(keys, model, connector) : [];
};

/** Orders the fencing of all tasks there are. Nothing of an order that is still waiting may be forgotten. */
export const fenceFormer = (keys: Keyspace, model: ClusterModel, { name, tasks }: ConnectorModel): readonly Operation[] => {
  const waiting = model.fences.get(name);
  const taskCount = Math.max(tasks.size, waiting?.taskCount ?? 0);
  const anyDeadLetters = waiting?.hasDeadLetters === true || [...tasks.values()].some(({ config }) => hasDeadLetters(config));
  return taskCount === 0 ? [] : [{ put: keys.fence(name), value: codecs.fence.encode({ taskCount, hasDeadLetters: anyDeadLetters }) }];
};

const chunked = (puts: readonly (Operation & { readonly put: string; readonly value?: string })[]): (readonly Operation[])[] => {
  const chunks: Operation[][] = [];
  let bytes = 0;
  for (const put of puts) {
    const size = put.value?.length ?? 0;
    const current = chunks.at(-1);
    if (current === undefined || current.length >= MAX_TASKS_AT_ONCE || bytes + size > MAX_BYTES_AT_ONCE) {
      chunks.push([put]);
      bytes = size;
    } else {
      current.push(put);
      bytes += size;
    }
  }
  return chunks;
};
