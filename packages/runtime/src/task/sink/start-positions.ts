import type { PartitionPosition, TopicPartition } from '@headrace/connector-api';
import { TaskFailure } from '@headrace/foundation';
import type { TopicAdmin } from '@headrace/ports';
import { taskErrors } from '../errors.ts';

export type OffsetReset = 'earliest' | 'latest' | 'none';

export interface StartPositionsOptions {
  readonly partitions: readonly TopicPartition[];
  /** Stored by the target beside its rows: they win. */
  readonly fromTarget: readonly PartitionPosition[];
  readonly committed: readonly PartitionPosition[];
  /** `consumer.override.auto.offset.reset`, for partitions that have neither. */
  readonly reset: OffsetReset;
  readonly topicAdmin: TopicAdmin;
}

/** Where each assigned partition is read from (I6). TaskFailure `task.no_offset` under `none`. */
export const startPositions = async (options: StartPositionsOptions, signal: AbortSignal): Promise<readonly PartitionPosition[]> => {
  const known = byPartition([...options.committed, ...options.fromTarget]);
  const found: PartitionPosition[] = [];
  const missing: TopicPartition[] = [];
  for (const partition of options.partitions) {
    const position = known.get(nameOf(partition));
    if (position === undefined) missing.push(partition);
    else found.push(position);
  }
  if (missing.length === 0) return found;
  if (options.reset === 'none') throw noOffset(missing);
  const offsets = await options.topicAdmin.offsets(missing, options.reset, signal);
  const byName = new Map([...offsets].map(([partition, offset]) => [nameOf(partition), offset]));
  return [
    ...found,
    ...missing.map(({ topic, partition }) => ({ topic, partition, offset: byName.get(nameOf({ topic, partition })) ?? 0n })),
  ];
};

export const nameOf = ({ topic, partition }: TopicPartition): string => `${topic}-${String(partition)}`;

const byPartition = (positions: readonly PartitionPosition[]): ReadonlyMap<string, PartitionPosition> =>
  new Map(positions.map((position) => [nameOf(position), position]));

const noOffset = (missing: readonly TopicPartition[]): TaskFailure => {
  const { code, hint } = taskErrors.no_offset;
  return new TaskFailure(code, `No offset is committed for ${missing.map(nameOf).join(', ')}, and auto.offset.reset is none. ${hint}`);
};
