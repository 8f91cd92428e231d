import { Stopped, type ConfigKeys, type RawConfig } from '@headrace/foundation';
import type { SinkRecord } from '../record.ts';
import type { SinkConnector, SinkTask, TopicPartition } from '../sink-connector.ts';
import { check, demand, inTime, type Check } from './check.ts';
import { sinkContext } from './contexts.ts';
import { definitionChecks } from './definition-checks.ts';

export interface SinkSample<K extends ConfigKeys> {
  readonly connector: SinkConnector<K>;
  /** Settings under which the sink writes to a target that is there and empty. */
  readonly config: RawConfig;
  /** At least two, of partitions the sink may read, in the order of their offsets. */
  readonly records: readonly SinkRecord[];
  /** How many records are in the target now, looked at from outside. */
  readonly count: () => Promise<number>;
}

/** What the runtime relies on in every sink connector. Each check goes on with the target as the last one left it. */
export const sinkChecks = <K extends ConfigKeys>({ connector, config, records, count }: SinkSample<K>): readonly Check[] => {
  const { signal } = new AbortController();
  const open = (): SinkTask => connector.createTask(connector.config.parse(config).values, sinkContext(partitionsOf(records)));
  return [
    ...definitionChecks(connector, config),
    check('can be closed before it is started', async () => {
      await open()[Symbol.asyncDispose]();
    }),
    check('has what was put in its target when flush resolves', async () => {
      await using task = open();
      const positions = await inTime('start', task.start(signal));
      demand(Array.isArray(positions), 'start has to resolve with the positions that the target keeps, or with none.');
      await inTime('put', task.put(records, signal));
      await inTime('flush', task.flush(signal));
      const found = await count();
      demand(found >= records.length, `${String(records.length)} records were put and flushed; the target has ${String(found)}.`);
    }),
    check('takes the same records again, as they come after a failure', async () => {
      await using task = open();
      await inTime('start', task.start(signal));
      await inTime('put', task.put(records, signal));
      await inTime('flush', task.flush(signal));
      demand((await count()) >= records.length, 'Records are gone from the target after they came again.');
    }),
    check('flushes nothing when nothing was put, and takes an empty batch', async () => {
      await using task = open();
      await inTime('start', task.start(signal));
      await inTime('put', task.put([], signal));
      await inTime('flush', task.flush(signal));
    }),
    check('ends when it is told to, in the middle of its work', async () => {
      const task = open();
      const stopping = new AbortController();
      await inTime('start', task.start(stopping.signal));
      const working = (async () => {
        await task.put(records, stopping.signal);
        await task.flush(stopping.signal);
      })();
      stopping.abort(new Stopped('shutdown'));
      await inTime(
        'The end of put and flush after their signal was aborted',
        working.catch(() => undefined),
        3_000,
      );
      await inTime('dispose', task[Symbol.asyncDispose](), 3_000);
    }),
  ];
};

const partitionsOf = (records: readonly SinkRecord[]): readonly TopicPartition[] => [
  ...new Map(
    records.map(({ original: { topic, partition } }) => [`${topic} ${String(partition)}`, { topic, partition }] as const),
  ).values(),
];
