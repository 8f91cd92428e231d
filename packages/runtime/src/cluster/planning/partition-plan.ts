import type { TopicPartition } from '@headrace/connector-api';
import { assign } from '../leader/assignor.ts';
import type { TaskPlan } from '../store/values.ts';

type PartitionsByTopic = TaskPlan['partitions'];

/**
 * Spreads a sink's partitions over `taskCount` tasks: sticky (a partition stays with its task while that task exists), even,
 * the partitions of one topic apart. Tasks that are left over have none: clients count on as many as `tasks.max`.
 */
export const planPartitions = (
  partitions: readonly TopicPartition[],
  taskCount: number,
  previous: readonly PartitionsByTopic[],
): readonly PartitionsByTopic[] => {
  const tasks = Array.from({ length: taskCount }, (_, task) => taskName(task));
  const units = partitions.map(({ topic, partition }) => ({
    id: partitionId(topic, partition),
    group: topic,
    weight: 1,
    topic,
    partition,
  }));
  const homes = previous.flatMap((byTopic, task) =>
    Object.entries(byTopic).flatMap(([topic, numbers]) =>
      numbers.map((partition) => [partitionId(topic, partition), taskName(task)] as const),
    ),
  );
  const assignment = assign(tasks, units, new Map(homes));
  return tasks.map((task) => {
    const byTopic: Record<string, number[]> = {};
    for (const { id, topic, partition } of units) if (assignment.get(id) === task) (byTopic[topic] ??= []).push(partition);
    return inOrder(byTopic);
  });
};

const inOrder = (byTopic: Readonly<Record<string, readonly number[]>>): PartitionsByTopic =>
  Object.fromEntries(
    Object.entries(byTopic)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([topic, numbers]) => [topic, [...numbers].sort((a, b) => a - b)]),
  );

/** Padded, so that names sort as numbers do. */
const taskName = (task: number): string => String(task).padStart(8, '0');

const partitionId = (topic: string, partition: number): string => `${topic}/${String(partition).padStart(8, '0')}`;
