import { defineErrors, type ErrorTable } from '@headrace/foundation';

type Causes = 'outage_exceeded' | 'unreadable_value' | 'unknown_plugin' | 'too_many_tasks';

export const clusterErrors: ErrorTable<'cluster', Causes> = defineErrors('cluster', {
  outage_exceeded: {
    reaction: 'fenced',
    meaning: 'The coordination store was away longer than coordination.outage.max.ms, so the worker stopped its tasks.',
    hint: 'Bring etcd back; the worker joins again by itself.',
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
