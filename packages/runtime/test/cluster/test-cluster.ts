import { defineSinkConnector, defineSourceConnector } from '@headrace/connector-api';
import { defineConfig, silentLogger, Stopped, toError, type Clock } from '@headrace/foundation';
import type { CoordinationStore, SinkOffsetStores, SourceOffsets } from '@headrace/ports';
import { FakeTaskHost, FakeTopicAdmin, type StartedTask } from '@headrace/testkit';
import {
  createClusterWorker,
  createPluginRegistry,
  type ClusterWorkerHandle,
  type CreateClusterWorker,
  type Herder,
  type ValidateConnector,
} from '../../src/index.ts';

const neverMade = (): never => {
  throw new Error('The fake host makes no tasks.');
};

/** Plans as many tasks as `tasks.max`, each with its number; with `broken` it cannot plan, with `breaks.after.ms` it fails later. */
const source = defineSourceConnector({
  name: 'counter',
  classNames: ['test.CounterConnector'],
  version: '1.2.3',
  config: defineConfig({ 'breaks.after.ms': { type: 'LONG', default: null, importance: 'LOW', doc: 'When it fails beside its tasks.' } }),
  watch: async (config, { clock }, signal) => {
    const afterMs = config['breaks.after.ms'];
    if (afterMs === null) return;
    await clock.sleep(afterMs, signal);
    throw new Error('it was to fail now');
  },
  planTasks: (raw, maxTasks) => {
    if (raw['broken'] !== undefined) throw new Error(`planning is ${raw['broken'] ?? ''}`);
    return Array.from({ length: maxTasks }, (_, share) => ({ share: String(share) }));
  },
  checkSignal: ({ type }) => (type === 'log' ? undefined : `type "${type}" is not known`),
  createTask: neverMade,
});

const sinkOf = (name: string, isFenced: boolean) =>
  defineSinkConnector({ name, classNames: [`test.${name}`], version: '1.2.3', config: defineConfig({}), isFenced, createTask: neverMade });

export const plugins = createPluginRegistry([source, sinkOf('FencedSink', true), sinkOf('UnfencedSink', false)]);

const validate: ValidateConnector = (_, raw) => {
  const isKnown = plugins.connector(raw['connector.class'] ?? '') !== undefined;
  const errors = isKnown ? [] : ['Class could not be found.'];
  const key = { name: 'connector.class', definition: null, value: null, recommendedValues: [], errors, isVisible: true };
  return { name: '', groups: [], keys: [key], errorCount: errors.length };
};

/** Source positions and sink offsets as plain maps. */
export class FakeOffsets implements SourceOffsets, Pick<SinkOffsetStores, 'committedByGroup'> {
  readonly altered: { readonly connector: string; readonly count: number }[] = [];

  positions(connector: string): ReturnType<SourceOffsets['positions']> {
    return Promise.resolve([{ partition: { of: connector }, offset: { at: 7 } }]);
  }

  position(): ReturnType<SourceOffsets['position']> {
    return Promise.resolve(null);
  }

  alter(connector: string, positions: readonly unknown[]): Promise<void> {
    this.altered.push({ connector, count: positions.length });
    return Promise.resolve();
  }

  committedByGroup(group: string): ReturnType<SinkOffsetStores['committedByGroup']> {
    return Promise.resolve([{ topic: group, partition: 0, offset: 5n }]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

/** A worker that can be stopped in order, or cut off as if its process were gone. */
export interface TestWorker extends ClusterWorkerHandle {
  readonly workerId: string;
  readonly host: FakeTaskHost;
  /** Leaves the cluster in order. */
  stop(): Promise<void>;
  /** What ended it, if it broke. */
  failure(): Error | undefined;
}

export interface TestClusterOptions extends Partial<CreateClusterWorker> {
  readonly clock: Clock;
  readonly clusterId: string;
}

/** Workers of one cluster in one process, each with its own client of the store and its own host. */
export class TestCluster {
  readonly topics = new FakeTopicAdmin();
  readonly offsets = new FakeOffsets();
  readonly workers: TestWorker[] = [];
  /** Of all workers, in the order in which they happened. */
  readonly starts: StartedTask[] = [];
  /** Sees each start as it happens, before it is in `starts`. */
  onStart: (task: StartedTask) => void = () => undefined;
  readonly #options: TestClusterOptions;

  constructor(options: TestClusterOptions) {
    this.#options = options;
  }

  start(workerId: string, store: CoordinationStore, changes: Pick<CreateClusterWorker, 'labels'> = {}): TestWorker {
    const host = new FakeTaskHost((task) => {
      this.onStart(task);
      this.starts.push(task);
    });
    const handle = this.#create(workerId, store, host, changes);
    const controller = new AbortController();
    let failure: Error | undefined;
    const running = handle.service.run(controller.signal).catch((error: unknown) => {
      failure = toError(error);
    });
    const worker: TestWorker = {
      ...handle,
      workerId,
      host,
      failure: () => failure,
      stop: async () => {
        controller.abort(new Stopped('shutdown'));
        await running;
      },
    };
    this.workers.push(worker);
    return worker;
  }

  /** A herder on a worker that never joins. */
  observer(store: CoordinationStore): Herder {
    return this.#create('observer:0', store, new FakeTaskHost()).herder;
  }

  /** Every task that runs anywhere, as `connector-task`, sorted; one that runs twice shows twice. */
  get running(): readonly string[] {
    return this.workers.flatMap((worker) => worker.host.running).sort();
  }

  /** Epochs of all starts of a task, wherever they were, in their order. */
  epochs(connector: string, task: number): readonly bigint[] {
    return this.starts
      .filter(({ spec }) => spec.id.connector === connector && spec.id.task === task)
      .map(({ spec }) => spec.epoch.revision);
  }

  #create(
    workerId: string,
    store: CoordinationStore,
    taskHost: FakeTaskHost,
    changes: Pick<CreateClusterWorker, 'labels'> = {},
  ): ClusterWorkerHandle {
    const { offsets } = this;
    return createClusterWorker({
      log: silentLogger,
      plugins,
      validate,
      topicAdmin: this.topics,
      sourceOffsets: offsets,
      sinkOffsets: {
        open: neverMade,
        committedByGroup: (group) => offsets.committedByGroup(group),
        alter: (_, connector, positions) => offsets.alter(connector, positions),
      },
      ...this.#options,
      ...changes,
      store,
      workerId,
      restUrl: `http://${workerId}`,
      taskHost,
    });
  }
}
