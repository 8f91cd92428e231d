import { defineErrors, type ErrorTable } from '@headrace/foundation';

export type KafkaCause =
  | 'unavailable'
  | 'delivery_timeout'
  | 'producer_reset'
  | 'transaction_pending'
  | 'fenced'
  | 'record_too_large'
  | 'record_refused'
  | 'not_authorized'
  | 'authentication_failed'
  | 'topic_refused'
  | 'topic_missing'
  | 'offset_out_of_range'
  | 'group_in_use'
  | 'unsupported'
  | 'corrupt_batch'
  | 'offsets_unreadable'
  | 'settings';

/** What any implementation of the Kafka ports may throw. */
export const kafkaErrors: ErrorTable<'kafka', KafkaCause> = defineErrors('kafka', {
  unavailable: {
    reaction: 'retry',
    meaning: 'No broker, or not the one that is needed, answered in time.',
    hint: 'Check that the brokers run and that their advertised listeners can be reached from the worker.',
  },
  delivery_timeout: {
    reaction: 'retry',
    meaning: 'A batch was not acknowledged within delivery.timeout.ms.',
    hint: 'Check the leader and the in-sync replicas of the partition (min.insync.replicas).',
  },
  producer_reset: {
    reaction: 'retry',
    meaning: 'The broker has lost or ended the state of our producer, and we still own the task.',
    hint: 'Nothing to do: the task starts again from its stored position. When it repeats, look for coordinator time-outs.',
  },
  transaction_pending: {
    reaction: 'retry',
    meaning: 'An undecided transaction hides the newest offsets of a partition.',
    hint: 'It ends at its transaction.timeout.ms; a hung one is found with kafka-transactions.sh find-hanging.',
  },
  fenced: {
    reaction: 'fenced',
    meaning: 'Another worker has taken the transactional id of the task.',
    hint: 'Nothing to do: the task runs there.',
  },
  record_too_large: {
    reaction: 'record',
    meaning: 'One record is larger than the producer or the topic allows.',
    hint: 'Raise max.message.bytes of the topic and max.request.size of the connector, or drop the large column.',
  },
  record_refused: {
    reaction: 'task-failure',
    meaning: 'The broker refuses the records of a partition for good.',
    hint: 'Check the settings of the topic; a compacted topic refuses records without a key.',
  },
  not_authorized: {
    reaction: 'task-failure',
    meaning: 'The Kafka user may not do this.',
    hint: 'Grant the access the message names, then restart the task.',
  },
  authentication_failed: {
    reaction: 'task-failure',
    meaning: 'The broker does not accept the credentials or the way they are sent.',
    hint: 'Check security.protocol, sasl.mechanism and the credentials.',
  },
  topic_refused: {
    reaction: 'task-failure',
    meaning: 'The broker refuses to create a topic.',
    hint: 'Check the topic.creation settings (partitions, replication factor, configs) or create the topic by hand.',
  },
  topic_missing: {
    reaction: 'task-failure',
    meaning: 'A topic does not exist.',
    hint: 'Create the topic or correct the name.',
  },
  offset_out_of_range: {
    reaction: 'task-failure',
    meaning: 'The position to read from does not exist (any more).',
    hint: 'Records were lost to retention or the topic was created anew: set the offsets by hand, then restart the task.',
  },
  group_in_use: {
    reaction: 'task-failure',
    meaning: 'Consumers that are not ours are members of the connector’s group.',
    hint: 'Stop them, or rename the connector: its group is connect-<name>.',
  },
  unsupported: {
    reaction: 'task-failure',
    meaning: 'The broker does not know a request that is needed.',
    hint: 'Brokers have to be Apache Kafka 3.0 or newer.',
  },
  corrupt_batch: {
    reaction: 'task-failure',
    meaning: 'Bytes of a record batch cannot be decoded.',
    hint: 'Check the log of the partition on the broker (kafka-dump-log.sh).',
  },
  offsets_unreadable: {
    reaction: 'task-failure',
    meaning: 'A stored position is not the JSON it should be.',
    hint: 'Reset the offsets of the connector.',
  },
  settings: {
    reaction: 'config',
    status: 400,
    meaning: 'A producer or consumer setting has a value that cannot be used.',
    hint: 'Correct the value the message names.',
  },
});
