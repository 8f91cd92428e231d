import { defineErrors, type ErrorTable } from '@headrace/foundation';

type Causes =
  | 'tolerance_exceeded'
  | 'retries_exhausted'
  | 'not_owner'
  | 'ownership_unknown'
  | 'unknown_plugin'
  | 'invalid_config'
  | 'unsupported_config'
  | 'no_offset'
  | 'transaction_too_large'
  | 'drain_incomplete'
  | 'encoder_lost'
  | 'placeholder_unreadable';

/** Causes of the task runners themselves; those of connectors, converters and Kafka keep their own codes. */
export const taskErrors: ErrorTable<'task', Causes> = defineErrors('task', {
  tolerance_exceeded: {
    reaction: 'task-failure',
    meaning: 'A record could not be handled, and errors.tolerance is none.',
    hint: 'Correct the cause, or set errors.tolerance=all (with a dead letter queue at a sink) to skip such records.',
  },
  retries_exhausted: {
    reaction: 'task-failure',
    meaning: 'The task was started again and again for task.retry.timeout.ms without any progress.',
    hint: 'Bring back what the message names, then restart the task.',
  },
  not_owner: {
    reaction: 'fenced',
    meaning: 'Another worker owns the task.',
    hint: 'Nothing to do: the task runs there.',
  },
  ownership_unknown: {
    reaction: 'retry',
    meaning: 'Whether this worker still owns the task could not be found out.',
    hint: 'Check the coordination store; the task goes on by itself.',
  },
  unknown_plugin: {
    reaction: 'task-failure',
    meaning: 'This worker has no plugin of a configured class.',
    hint: 'Correct the class name, or install the plugin on every worker.',
  },
  invalid_config: {
    reaction: 'config',
    meaning: 'The configuration of the task has wrong or missing keys.',
    hint: 'Correct every key that the message names.',
  },
  unsupported_config: {
    reaction: 'task-failure',
    meaning: 'A setting asks for something this version does not do.',
    hint: 'Leave the setting out, or use the value that the message names.',
  },
  no_offset: {
    reaction: 'task-failure',
    meaning: 'A partition has no committed offset, and auto.offset.reset is none.',
    hint: 'Set the offsets of the connector, or consumer.override.auto.offset.reset=earliest.',
  },
  transaction_too_large: {
    reaction: 'task-failure',
    meaning: 'The connector has not ended its transaction within producer.override.buffer.memory.',
    hint: 'Raise that, or choose transaction.boundary=poll.',
  },
  drain_incomplete: {
    reaction: 'retry',
    meaning: 'What was taken from the source was not durable before the time to stop was over; it is read again later.',
    hint: 'Raise task.shutdown.graceful.timeout.ms if this happens often.',
  },
  encoder_lost: {
    reaction: 'bug',
    meaning: 'An encoder was not kept after it had been made.',
    hint: 'Report it: a record has more schemas of headers than are remembered, or the cache is broken.',
  },
  placeholder_unreadable: {
    reaction: 'task-failure',
    meaning: 'A setting refers to a file that this worker cannot read.',
    hint: 'Put the file on every worker, readable for its user, then restart the task.',
  },
});
