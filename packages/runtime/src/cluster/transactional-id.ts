import type { TaskId } from '@headrace/connector-api';
import type { RawConfig } from '@headrace/foundation';

/** The transactional id of a task: `<cluster>-<connector>-<task>`, as Kafka Connect's exactly-once sources name theirs. */
export const transactionalId = (clusterId: string, { connector, task }: TaskId): string => `${clusterId}-${connector}-${String(task)}`;

/** Dead letters of a task go out under their own id, so that they need not wait for its transactions. */
export const deadLetterTransactionalId = (task: string): string => `${task}-dlq`;

export const hasDeadLetters = (config: RawConfig): boolean => (config['errors.deadletterqueue.topic.name'] ?? '') !== '';
