import type { MemoryKafka } from '@headrace/ports/memory';
import type { SimulatedTargets } from './simulated-plugins.ts';

/** Number and epoch of one record of a stream, in the order of the log. */
interface Seen {
  readonly number: number;
  readonly epoch: bigint;
}

/** What a reader of committed records finds of each stream of a topic. */
const streamsOf = (kafka: MemoryKafka, topic: string): ReadonlyMap<string, readonly Seen[]> => {
  const streams = new Map<string, Seen[]>();
  for (const log of kafka.partitions(topic) ?? []) {
    for (let offset = log.startOffset; ;) {
      const next = log.next(offset, 'read_committed');
      if (next === undefined) break;
      offset = next.nextOffset;
      const value = next.record?.value;
      if (value === undefined || value === null) continue;
      const [stream = '', number, epoch = '0'] = value.toString().split(':');
      const seen = streams.get(stream) ?? [];
      streams.set(stream, seen);
      seen.push({ number: Number(number), epoch: BigInt(epoch) });
    }
  }
  return streams;
};

/** I4, I6, I2: the streams of a topic are whole and in order; under exactly-once each number is there once. */
export const topicViolations = (kafka: MemoryKafka, topic: string, isExactlyOnce: boolean): readonly string[] => {
  const violations: string[] = [];
  for (const [stream, seen] of streamsOf(kafka, topic)) {
    let last: Seen = { number: 0, epoch: 0n };
    for (const next of seen) {
      const isRepeat = !isExactlyOnce && next.epoch > last.epoch && next.number <= last.number;
      const place = `${topic} stream ${stream}: ${String(next.number)} after ${String(last.number)}`;
      if (next.epoch < last.epoch) violations.push(`I2: ${place}, by the former owner ${String(next.epoch)} after ${String(last.epoch)}`);
      else if (next.number !== last.number + 1 && !isRepeat) violations.push(`I6: ${place}, epoch ${String(next.epoch)}`);
      last = next;
    }
  }
  return violations;
};

/**
 * I2, I6: what targets took. A fenced one took every record once and in order. One without a fence took no record of an
 * earlier owner after one of a later, as long as the earlier owner's process was never frozen and kept its lease.
 */
export const targetViolations = (targets: SimulatedTargets, isExcused: (workerId: string) => boolean): readonly string[] => {
  const violations: string[] = [];
  for (const [name, { fence, applied }] of targets.partitions) {
    let epoch = 0n;
    let offset = -1n;
    for (const record of applied) {
      if (record.epoch < epoch && !isExcused(record.workerId)) {
        violations.push(`I2: target ${name} took offset ${String(record.offset)} from the former owner ${record.workerId}`);
      }
      if (fence > 0n && record.offset <= offset)
        violations.push(`I4: target ${name} took offset ${String(record.offset)} after ${String(offset)}`);
      if (record.epoch > epoch) epoch = record.epoch;
      offset = record.offset;
    }
  }
  return violations;
};

/** I6: everything committed in the topic is in the target, as far as it has read. */
export const missingInTarget = (kafka: MemoryKafka, targets: SimulatedTargets): readonly string[] =>
  [...targets.partitions].flatMap(([name, target]) => {
    const [, topic = '', partition = '0'] = /^[^/]+\/(.*)-(\d+)$/.exec(name) ?? [];
    const log = kafka.partition({ topic, partition: Number(partition) });
    if (log === undefined) return [];
    const taken = new Set(target.applied.map(({ offset }) => offset));
    const missing = committedOffsets(log, target.position ?? 0n).filter((offset) => !taken.has(offset));
    return missing.map((offset) => `I6: target ${name} never took offset ${String(offset)}`);
  });

/** Offsets of records that a reader of committed ones is given, before `end`. */
const committedOffsets = (log: NonNullable<ReturnType<MemoryKafka['partition']>>, end: bigint): readonly bigint[] => {
  const offsets: bigint[] = [];
  for (let offset = log.startOffset; offset < end;) {
    const next = log.next(offset, 'read_committed');
    if (next === undefined) break;
    if (next.record !== null) offsets.push(offset);
    offset = next.nextOffset;
  }
  return offsets;
};
