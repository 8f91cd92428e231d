import { defineErrors, FencedError, type ErrorTable } from '@headrace/foundation';

type Causes = 'outage_exceeded' | 'expelled' | 'store_went_back' | 'unreadable_value' | 'unknown_plugin' | 'too_many_tasks';

export const clusterErrors: ErrorTable<'cluster', Causes> = defineErrors('cluster', {
  outage_exceeded: {
    reaction: 'fenced',
    meaning: 'The coordination store was away longer than coordination.outage.max.ms, so the worker stopped its tasks.',
    hint: 'Bring etcd back; the worker joins again by itself.',
  },
  expelled: {
    reaction: 'fenced',
    meaning: 'The member key of this worker is gone, or the cluster got a new incarnation: its tasks may run elsewhere.',
    hint: 'Nothing to do: the worker stops its tasks and joins again.',
  },
  store_went_back: {
    reaction: 'fenced',
    meaning: 'The coordination store has an older revision than before: it was restored from a backup and may give out used epochs.',
    hint: 'When the restored etcd is complete, run `headrace cluster reattach`; until then no worker takes tasks.',
  },
  unreadable_value: {
    reaction: 'bug',
    meaning: 'A stored value was written by a newer version, or by something else.',
    hint: 'Run workers of one version, at most one release apart.',
  },
  unknown_plugin: {
    reaction: 'task-failure',
    meaning: 'This worker has no connector of the configured class.',
    hint: 'Correct connector.class, or install the plugin on every worker.',
  },
  too_many_tasks: {
    reaction: 'task-failure',
    meaning: 'The connector planned more tasks than tasks.max allows.',
    hint: 'Raise tasks.max, or set tasks.max.enforce=false.',
  },
});

export const storeWentBack = (seen: bigint, found: bigint): FencedError =>
  new FencedError(
    clusterErrors.store_went_back.code,
    `The coordination store is at revision ${String(found)} after ${String(seen)}: it was restored from a backup. ${clusterErrors.store_went_back.hint}`,
  );
