import { defineErrors } from '@headrace/foundation';

export const errors = defineErrors('worker', {
  config_invalid: {
    reaction: 'config',
    meaning: 'The worker was started with settings that it cannot use.',
    hint: 'Correct every setting that the message lists and start the worker again.',
  },
  plugin_unusable: {
    reaction: 'config',
    meaning: 'A package in a folder of plugin.path says that it brings plugins, and they cannot be used.',
    hint: 'Correct the package, or take it out of plugin.path.',
  },
  ownership_unknown: {
    reaction: 'retry',
    meaning: 'The coordination store did not answer whether the worker still owns a task.',
    hint: 'Nothing to do: the task asks again and changes nothing until it knows. Look at etcd if it lasts.',
  },
  lease_thread_ended: {
    reaction: 'retry',
    meaning: 'The thread that renews the lease of this worker ended by itself.',
    hint: 'Nothing to do: the worker joins the cluster again. Report it if it lasts: this is a bug.',
  },
  task_out_of_memory: {
    reaction: 'task-failure',
    meaning: 'The task needed more heap than its thread may use, and was ended alone.',
    hint: 'Lower max.batch.size or max.queue.size.in.bytes of the connector, or raise task.heap.mb of the worker.',
  },
  task_buffers_exceeded: {
    reaction: 'task-failure',
    meaning: 'The task held more memory outside its heap (buffers) than it may, and was ended alone.',
    hint: 'Lower max.batch.size or max.queue.size.in.bytes of the connector, or raise task.buffers.mb of the worker.',
  },
  task_unresponsive: {
    reaction: 'task-failure',
    meaning: 'The thread of the task did not get back to its event loop for too long, and was ended alone.',
    hint: 'Restart the task; if it happens again, look for a transform, a pattern or a record that takes endless time.',
  },
  task_crashed: {
    reaction: 'task-failure',
    meaning: 'The thread of the task ended in a way that no part of it had foreseen.',
    hint: 'Read the trace, restart the task, and report it: this is a bug.',
  },
});
