import { toError, type Clock, type Logger } from '@headrace/foundation';
import type { Comparison, CoordinationStore, Operation, TopicAdmin } from '@headrace/ports';
import type { ClusterReplica } from '../store/cluster-replica.ts';
import type { Keyspace } from '../store/keyspace.ts';
import { codecs } from '../store/values.ts';
import { deadLetterTransactionalId, transactionalId } from '../transactional-id.ts';

export interface FencingOptions {
  readonly clusterId: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly keys: Keyspace;
  readonly replica: ClusterReplica;
  readonly topicAdmin: TopicAdmin;
  readonly fenceGraceMs: number;
  /** When each waiting fence was first seen. */
  readonly seen: Map<string, { readonly modRevision: bigint; readonly at: number }>;
  readonly store: CoordinationStore;
  /** One write under the leader's guard and another. */
  readonly write: (operations: readonly Operation[], guard: Comparison) => Promise<void>;
}

/** While tasks of an earlier generation are still ending, they are looked at this often. */
const POLL_MS = 100;
const IDLE_MS = 5_000;
/** After Kafka refused or did not answer. */
const RETRY_MS = 1_000;

/**
 * Takes the transactional ids of earlier tasks away wherever that was ordered, then deletes the order: only then may the
 * next generation be acquired. Tasks that end by themselves within the grace time are waited for, so that they can finish
 * their transactions; one that hangs, or whose worker is gone, is fenced alive. Resolves with the time to the next look.
 */
export const fenceWaiting = async (options: FencingOptions, signal: AbortSignal): Promise<number> => {
  const { clusterId, clock, keys, log, replica, seen, topicAdmin, write } = options;
  const { model } = replica;
  let waitMs = IDLE_MS;
  for (const name of seen.keys()) if (!model.fences.has(name)) seen.delete(name);
  for (const [name, fence] of model.fences) {
    if (!isReady(options, name, fence.modRevision)) {
      waitMs = Math.min(waitMs, POLL_MS);
      continue;
    }
    const tasks = Array.from({ length: fence.taskCount }, (_, task) => transactionalId(clusterId, { connector: name, task }));
    const ids = fence.hasDeadLetters ? [...tasks, ...tasks.map(deadLetterTransactionalId)] : tasks;
    const startedAt = clock.monotonic();
    try {
      await topicAdmin.fence(ids, signal, await reachedTopics(options, name, signal));
    } catch (error) {
      signal.throwIfAborted();
      log.warn('Earlier tasks of a connector could not be fenced; its new tasks wait.', { connector: name, error: toError(error).message });
      waitMs = Math.min(waitMs, RETRY_MS);
      continue;
    }
    log.info('Earlier tasks of a connector are fenced.', {
      connector: name,
      tasks: ids.length,
      ms: Math.round(clock.monotonic() - startedAt),
    });
    // Where another order has come meanwhile, that one stands and is carried out, too.
    const done = [{ delete: keys.fence(name) }, { deletePrefix: keys.reachOf(name) }];
    await write(done, { key: keys.fence(name), modRevision: fence.modRevision });
  }
  return waitMs;
};

/** What earlier tasks may have written to with plain batches; none of them is acquired while the order stands. */
const reachedTopics = async ({ keys, store }: FencingOptions, name: string, signal: AbortSignal): Promise<readonly string[]> => {
  const { entries } = await store.list(keys.reachOf(name), signal);
  return [...new Set(entries.flatMap((entry) => codecs.reach.decode(entry).topics))];
};

const isReady = ({ clock, fenceGraceMs, replica, seen }: FencingOptions, name: string, modRevision: bigint): boolean => {
  const known = seen.get(name);
  const at = known?.modRevision === modRevision ? known.at : clock.monotonic();
  if (known?.modRevision !== modRevision) seen.set(name, { modRevision, at });
  const isRunning = [...replica.model.owners.values()].some(({ unit }) => unit.connector === name && unit.task !== null);
  return !isRunning || clock.monotonic() - at >= fenceGraceMs;
};
