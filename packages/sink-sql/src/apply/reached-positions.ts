import type { PartitionPosition } from '@headrace/connector-api';

/** Keeps of each partition the position that is further. */
export const furthest = (reached: Map<string, PartitionPosition>, positions: readonly PartitionPosition[]): void => {
  for (const position of positions) {
    const name = `${String(position.partition)} ${position.topic}`;
    if ((reached.get(name)?.offset ?? -1n) < position.offset) reached.set(name, position);
  }
};

/** The next offset of every partition that a record was read from. */
export const positionsAfter = (read: readonly PartitionPosition[]): readonly PartitionPosition[] => {
  const reached = new Map<string, PartitionPosition>();
  read.forEach(({ topic, partition, offset }, index) => {
    const next = read[index + 1];
    // Of neighbours from one partition the later one counts.
    if (next?.partition === partition && next.topic === topic && next.offset > offset) return;
    // Records of several partitions come in the order of their transactions; within a partition the furthest counts.
    furthest(reached, [{ topic, partition, offset: offset + 1n }]);
  });
  return [...reached.values()];
};

export interface Run {
  readonly first: PartitionPosition;
  readonly last: PartitionPosition;
}

/** Neighbours from one partition, whose offsets only rise: those of its ends tell about all, and each that is asked for is made. */
export const runsOf = (read: readonly PartitionPosition[]): readonly Run[] => {
  const runs: Run[] = [];
  let first = read[0];
  read.forEach((record, index) => {
    const next = read[index + 1];
    if (first === undefined || (next?.partition === record.partition && next.topic === record.topic)) return;
    runs.push({ first, last: record });
    first = next;
  });
  return runs;
};
