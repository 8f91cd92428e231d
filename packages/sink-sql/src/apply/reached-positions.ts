import type { PartitionPosition } from '@headrace/connector-api';
import type { PendingRecord } from './pending-record.ts';

/** Keeps of each partition the position that is further. */
export const furthest = (reached: Map<string, PartitionPosition>, positions: readonly PartitionPosition[]): void => {
  for (const position of positions) {
    const name = `${String(position.partition)} ${position.topic}`;
    if ((reached.get(name)?.offset ?? -1n) < position.offset) reached.set(name, position);
  }
};

/** The next offset of every partition in the batch. */
export const positionsAfter = (batch: readonly PendingRecord[]): readonly PartitionPosition[] => {
  const reached = new Map<string, PartitionPosition>();
  batch.forEach(({ record: { original } }, index) => {
    const next = batch[index + 1]?.record.original;
    // Of neighbours from one partition the later one counts.
    if (next?.partition === original.partition && next.topic === original.topic && next.offset > original.offset) return;
    const { topic, partition, offset } = original;
    // Records of several partitions come in the order of their transactions; within a partition the furthest counts.
    furthest(reached, [{ topic, partition, offset: offset + 1n }]);
  });
  return [...reached.values()];
};
