import { CircuitBreaker, silentLogger, silentMeter, systemClock, type RawConfig } from '@headrace/foundation';
import type { JsonMap, SourcePosition } from '../record.ts';
import type { SinkTaskContext, TopicPartition } from '../sink-connector.ts';
import type { SourceTaskContext } from '../source-connector.ts';
import type { TaskContext } from '../task-context.ts';

const taskContext = (): TaskContext => ({
  id: { connector: 'conformance', task: 0 },
  clusterId: 'conformance',
  epoch: { incarnation: 1, revision: 1n },
  log: silentLogger,
  meter: silentMeter,
  clock: systemClock,
  confirmOwnership: () => Promise.resolve(true),
});

const keyOf = (partition: JsonMap): string => JSON.stringify(Object.entries(partition).sort(([a], [b]) => (a < b ? -1 : 1)));

/** A source task's surroundings: it owns its task, and these positions are stored. */
export const sourceContext = (settings: RawConfig, stored: readonly SourcePosition[] = []): SourceTaskContext => {
  const offsets = new Map(stored.map(({ partition, offset }) => [keyOf(partition), offset]));
  return {
    ...taskContext(),
    settings,
    readTopic: () => Promise.reject(new Error('There is no Kafka in a conformance run.')),
    position: (partition) => Promise.resolve(offsets.get(keyOf(partition)) ?? null),
  };
};

/** A sink task's surroundings; a record it reports fails the task. */
export const sinkContext = (partitions: readonly TopicPartition[]): SinkTaskContext => ({
  ...taskContext(),
  partitions,
  flow: { pause: () => undefined, resume: () => undefined, rewind: () => undefined, requestCommit: () => undefined },
  reportRecord: (_, error) => Promise.reject(error),
  circuitOf: () => new CircuitBreaker(systemClock),
});
