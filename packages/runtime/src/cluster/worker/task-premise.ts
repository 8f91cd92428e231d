import type { Comparison, CoordinationStore } from '@headrace/ports';
import type { Keyspace } from '../store/keyspace.ts';
import type { TaskId } from '@headrace/connector-api';
import { codecs } from '../store/values.ts';
import type { Premise } from './ownership.ts';

export interface TaskPremiseOptions {
  readonly store: CoordinationStore;
  readonly keys: Keyspace;
  readonly id: TaskId;
  /** Mod revision of the generation pointer that was seen. */
  readonly pointerRevision: bigint;
  /** Generation that last changed the task, as seen then. */
  readonly since: number;
}

/**
 * What a task is taken with: the generation that was seen. A later one vouches for it as well, as long as it left this
 * task as it was.
 */
export const taskPremise = ({ store, keys, id, pointerRevision, since }: TaskPremiseOptions): Premise => {
  const key = keys.generation(id.connector);
  return {
    comparison: { key, modRevision: pointerRevision },
    renew: async (signal): Promise<Comparison | undefined> => {
      const pointer = await store.get(key, signal);
      if (pointer === null) return undefined;
      const { generation } = codecs.generation.decode(pointer);
      const task = await store.get(keys.task(id.connector, generation, id.task), signal);
      if (task === null || codecs.task.decode(task).since !== since) return undefined;
      return { key, modRevision: pointer.modRevision };
    },
  };
};
