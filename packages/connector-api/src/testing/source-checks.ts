import { Stopped, type ConfigKeys, type RawConfig } from '@headrace/foundation';
import type { SourcePosition } from '../record.ts';
import type { SourceBatch, SourceConnector, SourceTask } from '../source-connector.ts';
import { check, demand, inTime, shown, type Check } from './check.ts';
import { sourceContext } from './contexts.ts';
import { definitionChecks } from './definition-checks.ts';

export interface SourceSample<K extends ConfigKeys> {
  readonly connector: SourceConnector<K>;
  /** Settings under which the source has the same records each time, in two batches at least. */
  readonly config: RawConfig;
  /** Whether both runs give the same keys and values. Default true. */
  readonly isRepeatable?: boolean;
}

type Batch = SourceBatch;

/** What the runtime relies on in every source connector. */
export const sourceChecks = <K extends ConfigKeys>({ connector, config, isRepeatable = true }: SourceSample<K>): readonly Check[] => {
  const open = (stored: readonly SourcePosition[] = []): SourceTask => {
    const [task] = connector.planTasks(config, 1);
    const { values } = connector.config.parse(task ?? config);
    return connector.createTask(values, sourceContext(task ?? config, stored));
  };
  return [
    ...definitionChecks(connector, config),
    check('plans tasks that it accepts itself, never more than it may', () => {
      for (const maxTasks of [1, 3]) {
        const tasks = connector.planTasks(config, maxTasks);
        demand(
          tasks.length >= 1 && tasks.length <= maxTasks,
          `${String(maxTasks)} tasks may be planned; there are ${String(tasks.length)}.`,
        );
        const problems = tasks.flatMap((task) => connector.config.parse(task).problems);
        demand(problems.length === 0, `It does not accept its own task: ${problems.map(({ message }) => message).join(' ')}`);
      }
    }),
    check('hands out records with their topic, and positions that can be stored', async () => {
      await using task = open();
      const [batch] = await batchesOf(task, 1);
      demand(batch !== undefined, 'There was no batch.');
      demand(
        batch.records.every(({ topic }) => topic !== ''),
        'A record has no topic.',
      );
      demand(batch.positions.length > 0, 'The batch has no position: after a restart it would come again.');
      for (const position of batch.positions) {
        demand(shown(JSON.parse(shown(position))) === shown(position), `The position ${shown(position)} is no JSON.`);
      }
    }),
    ...(isRepeatable ? [resumes(open)] : []),
    check('gives up a wait for records when it is told to stop', async () => {
      await using task = open();
      const stopping = new AbortController();
      await inTime('start', task.start(stopping.signal));
      const polling = pollForever(task, stopping.signal);
      setTimeout(() => {
        stopping.abort(new Stopped('shutdown'));
      }, 50);
      await inTime(
        'The end of poll after its signal was aborted',
        polling.catch(() => undefined),
        3_000,
      );
    }),
    check('can be closed before it is started', async () => {
      await open()[Symbol.asyncDispose]();
    }),
  ];
};

const resumes = (open: (stored?: readonly SourcePosition[]) => SourceTask): Check =>
  check('goes on behind the position that is stored, without a gap and without a repetition', async () => {
    const [first, second] = await (async () => {
      await using task = open();
      return await batchesOf(task, 2);
    })();
    demand(first !== undefined && second !== undefined, 'There were no two batches.');
    await using task = open(first.positions);
    const [again] = await batchesOf(task, 1);
    const [expected, found] = [second.records[0], again?.records[0]].map((record) => shown([record?.topic, record?.key, record?.value]));
    demand(expected === found, `After a restart it goes on with ${String(found)} instead of ${String(expected)}.`);
  });

/** The first batches that have records. */
const batchesOf = async (task: SourceTask, count: number): Promise<readonly Batch[]> => {
  const { signal } = new AbortController();
  await inTime('start', task.start(signal));
  const batches: Batch[] = [];
  const collect = async (): Promise<void> => {
    while (batches.length < count) {
      // Only the object lane is offered here.
      const batch = (await task.poll(signal)) as Batch | null;
      if (batch !== null && batch.records.length > 0) batches.push(batch);
      for (const position of batch?.positions ?? []) task.acknowledge(position);
    }
  };
  await inTime(`The first ${String(count)} batches`, collect(), 30_000);
  return batches;
};

const pollForever = async (task: SourceTask, signal: AbortSignal): Promise<never> => {
  for (;;) {
    signal.throwIfAborted();
    await task.poll(signal);
  }
};
