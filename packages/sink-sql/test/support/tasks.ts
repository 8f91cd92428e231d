import type { OwnershipEpoch, SinkRecord, SinkTask, SinkTaskContext, TopicPartition } from '@headrace/connector-api';
import {
  CircuitBreaker,
  silentLogger,
  silentMeter,
  systemClock,
  type Circuit,
  type HeadraceError,
  type RawConfig,
} from '@headrace/foundation';
import { sqlSink } from '../../src/index.ts';
import { EncodedRecords } from './encoded-records.ts';
import type { TargetDatabase } from './targets.ts';

export interface Reported {
  readonly record: SinkRecord;
  readonly error: HeadraceError;
}

export interface TestTask extends AsyncDisposable {
  readonly task: SinkTask;
  readonly reported: Reported[];
  readonly circuit: Circuit;
  readonly warnings: string[];
  /** Where records come encoded: how many batches had to become objects. */
  readonly encoded: EncodedRecords;
  put(...records: SinkRecord[]): Promise<void>;
}

export interface TestTaskOptions {
  readonly topics: readonly string[];
  readonly config?: RawConfig;
  readonly connector?: string;
  readonly epoch?: OwnershipEpoch;
  /** Default: the task's own. */
  readonly circuit?: Circuit;
  isOwner?(): boolean;
}

export const never: AbortSignal = new AbortController().signal;

export const configFor = (target: TargetDatabase, config: RawConfig = {}): RawConfig => ({
  'connection.url': target.jdbcUrl,
  'connection.username': target.user,
  'connection.password': target.password,
  'insert.mode': 'upsert',
  'delete.enabled': 'true',
  'truncate.enabled': 'true',
  'primary.key.mode': 'record_key',
  'schema.evolution': 'basic',
  'flush.max.retries': '0',
  ...config,
});

/** A task of the connector under test, as the runtime would make it, with an error policy that collects. */
export const createTask = (target: TargetDatabase, options: TestTaskOptions): TestTask => {
  const raw = configFor(target, options.config);
  const { values, problems } = sqlSink.config.parse(raw);
  const further = problems.length > 0 ? problems : (sqlSink.validate?.(values, raw) ?? []);
  if (further.length > 0) throw new Error(further.map(({ message }) => message).join('\n'));
  const reported: Reported[] = [];
  const circuit = options.circuit ?? new CircuitBreaker(systemClock);
  const warnings: string[] = [];
  const encoded = new EncodedRecords();
  const context: SinkTaskContext = {
    id: { connector: options.connector ?? 'to-sql', task: 0 },
    clusterId: 'test-cluster',
    epoch: options.epoch ?? { incarnation: 1, revision: 10n },
    log: { ...silentLogger, warn: (message) => warnings.push(message) },
    meter: silentMeter,
    clock: systemClock,
    partitions: options.topics.map((topic): TopicPartition => ({ topic, partition: 0 })),
    confirmOwnership: async () => options.isOwner?.() ?? true,
    flow: { pause: () => undefined, resume: () => undefined, rewind: () => undefined, requestCommit: () => undefined },
    reportRecord: async (record, error) => {
      reported.push({ record, error });
    },
    circuitOf: () => circuit,
    ...(target.isRead ? { reading: encoded.reading } : {}),
  };
  const task = sqlSink.createTask(values, context);
  return {
    task,
    reported,
    circuit,
    warnings,
    encoded,
    put: async (...records) => {
      if (task.putEncoded === undefined) {
        await task.put(records, never);
        await task.flush(never);
        return;
      }
      // What is new is learned from objects: the first record is, so that the others need none.
      for (const part of [records.slice(0, 1), records.slice(1)]) {
        if (part.length > 0) await task.putEncoded(encoded.batch(part), never);
        await task.flush(never);
      }
    },
    [Symbol.asyncDispose]: () => task[Symbol.asyncDispose](),
  };
};

export const startTask = async (target: TargetDatabase, options: TestTaskOptions): Promise<TestTask> => {
  const created = createTask(target, options);
  await created.task.start(never);
  return created;
};
