import {
  primitive,
  type ConverterPlugin,
  type EncodedBatch,
  type JsonMap,
  type PredicatePlugin,
  type SinkConnector,
  type SinkRecord,
  type SinkTask,
  type SinkTaskContext,
  type SourceBatch,
  type SourceConnector,
  type SourceRecord,
  type SourceTask,
  type SourceTaskContext,
  type TopicPartition,
  type TransformPlugin,
  type RecordLane,
} from '@headrace/connector-api';
import { defineConfig, RecordError, RetriableError, silentLogger, type Clock, type Logger, type Meter } from '@headrace/foundation';
import type { KafkaPorts, TaskEvents, TaskFailureReport, TaskSpec } from '@headrace/ports';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createPluginRegistry } from '../../plugins/plugin-registry.ts';
import type { TaskRunnerDeps } from '../assembly/task-parts.ts';
import { createTaskRunner, type TaskRunner } from '../task-runner.ts';
import { FakeKafka } from './fake-kafka.ts';
import { textBytes } from './text-form.ts';

const noKeys = defineConfig({});

/** Values are text; `!` does not decode, `~` does not yet, `?` does not encode. */
const textConverter: ConverterPlugin = {
  kind: 'converter',
  classNames: ['test.TextConverter'],
  version: '1',
  config: noKeys,
  create: () => ({
    encoderFor: () => Promise.resolve(textBytes),
    decode: (_topic, bytes) => {
      const value = bytes === null ? null : Buffer.from(bytes).toString();
      if (value === '!') throw new RecordError('test.undecodable', 'Value cannot be read.');
      if (value === '~') return Promise.reject(new RetriableError('test.registry_away', 'Registry is away.'));
      return { schema: null, value };
    },
    // For sinks that read bytes themselves, which those here do without it.
    fields: {
      schemaOf: () => undefined,
      compile: () => () => undefined,
    },
  }),
};

/** Drops every record; with a predicate, those it holds for. */
const dropTransform: TransformPlugin = {
  kind: 'transformation',
  classNames: ['test.Drop'],
  version: '1',
  config: noKeys,
  create: () => () => null,
};

const valueIs: PredicatePlugin = {
  kind: 'predicate',
  classNames: ['test.ValueIs'],
  version: '1',
  config: noKeys,
  create: (raw) => (record) => record.value === raw['value'],
};

/** A source that replays `values` from the stored position, one batch per poll, then is idle. */
export class ListSource implements SourceTask {
  readonly #context: SourceTaskContext;
  readonly #script: SourceScript;
  #next = 0;

  constructor(script: SourceScript, context: SourceTaskContext) {
    this.#script = script;
    this.#context = context;
  }

  async start(): Promise<void> {
    this.#script.starts += 1;
    this.#script.failures.start?.();
    const position = await this.#context.position({ server: 's' });
    this.#next = Number(position?.['at'] ?? 0);
  }

  async poll(signal: AbortSignal): Promise<SourceBatch | null> {
    await nextTurn();
    signal.throwIfAborted();
    this.#script.polls += 1;
    this.#script.failures.poll?.();
    if (this.#next >= this.#script.values.length) return null;
    const from = this.#next;
    this.#next = Math.min(this.#script.values.length, from + this.#script.batchSize);
    const records = this.#script.values.slice(from, this.#next).map(recordOf);
    const transaction = this.#script.transactionAt?.(this.#next);
    const positions = [{ partition: { server: 's' }, offset: { at: this.#next } }];
    return { records, positions, ...(transaction === undefined ? {} : { transaction }) };
  }

  acknowledge({ offset }: { readonly offset: JsonMap | null }): void {
    this.#script.acknowledged.push(Number(offset?.['at']));
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#script.disposals += 1;
    return Promise.resolve();
  }
}

const text = primitive('string');

const recordOf = (value: string, index: number): SourceRecord => ({
  topic: 't',
  partition: undefined,
  keySchema: text,
  key: String(index % 3),
  valueSchema: text,
  value,
  headers: [],
  timestamp: undefined,
});

export interface SourceScript {
  values: string[];
  batchSize: number;
  starts: number;
  polls: number;
  disposals: number;
  readonly acknowledged: number[];
  readonly failures: { start?: () => void; poll?: () => void };
  /** How the batch up to that value ends the source's transaction; left out: the source has none. */
  transactionAt?: (next: number) => 'commit' | 'abort' | undefined;
}

/** A target in memory: what was put is durable at a flush, and an unflushed task loses it. */
export interface SinkScript {
  readonly puts: string[][];
  readonly durable: Map<string, string | null>;
  positions: (TopicPartition & { readonly offset: bigint })[];
  /** What the sink keeps back at a flush. */
  waiting: (TopicPartition & { readonly offset: bigint })[];
  readonly failures: { put?: (records: readonly SinkRecord[]) => void; flush?: () => void };
  /** What a sink that reads its records itself does with them: resolves with those that it wants as objects. */
  read?: (batch: EncodedBatch, signal: AbortSignal) => Promise<readonly SinkRecord[]>;
  report?: (context: SinkTaskContext, record: SinkRecord) => Promise<boolean>;
}

class MapSink implements SinkTask {
  readonly #context: SinkTaskContext;
  readonly #script: SinkScript;
  #buffer: SinkRecord[] = [];
  readonly putEncoded?: NonNullable<SinkTask['putEncoded']>;

  constructor(script: SinkScript, context: SinkTaskContext) {
    this.#script = script;
    this.#context = context;
    const { read } = script;
    if (read !== undefined && context.reading !== undefined) {
      this.putEncoded = async (batch, signal) => this.put(await read(batch, signal));
    }
  }

  get lane(): RecordLane {
    return this.putEncoded === undefined ? 'object' : 'fused';
  }

  start(): Promise<SinkScript['positions']> {
    return Promise.resolve(this.#script.positions);
  }

  async put(records: readonly SinkRecord[]): Promise<void> {
    this.#script.puts.push(records.map((record) => String(record.value)));
    this.#script.failures.put?.(records);
    for (const record of records) {
      if ((await this.#script.report?.(this.#context, record)) !== true) this.#buffer.push(record);
    }
  }

  async flush(): Promise<void> {
    await Promise.resolve();
    this.#script.failures.flush?.();
    for (const { key, value } of this.#buffer) this.#script.durable.set(String(key), value as string | null);
    this.#buffer = [];
  }

  waiting(): SinkScript['waiting'] {
    return this.#script.waiting;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

const running = new Set<TaskRig>();

/** One task on a fake broker, with everything it said about itself. */
export class TaskRig {
  readonly kafka: FakeKafka = new FakeKafka();
  readonly events: string[] = [];
  readonly topicsUsed: string[] = [];
  /** Each time that it told of them. */
  readonly bytesMoved: number[] = [];
  lane: RecordLane | undefined;
  readonly counters: Map<string, number> = new Map<string, number>();
  /** All that each gauge and each observation was given, in order. */
  readonly observed: Map<string, number[]> = new Map<string, number[]>();
  readonly source: SourceScript = { values: [], batchSize: 2, starts: 0, polls: 0, disposals: 0, acknowledged: [], failures: {} };
  readonly sink: SinkScript = { puts: [], durable: new Map(), positions: [], waiting: [], failures: {} };
  failure: TaskFailureReport | undefined;
  /** Answer of the coordination store. */
  isOwner: boolean | Error = true;
  readonly #stop = new AbortController();
  #runner: TaskRunner | undefined;
  #running: Promise<void> | undefined;

  /** Begins to run; on the fake broker unless the options bring other ports. */
  start(kind: 'source' | 'sink', config: Readonly<Record<string, string>>, options: RigOptions): TaskRunner {
    const spec: TaskSpec = {
      id: { connector: options.connector ?? 'c', task: 0 },
      kind,
      clusterId: 'k',
      epoch: { incarnation: 1, revision: 7n },
      generation: 1,
      taskCount: 1,
      config: { name: 'c', 'connector.class': kind === 'source' ? 'test.Source' : 'test.Sink', ...config },
      partitions: options.partitions ?? [{ topic: 't', partition: 0 }],
      isPaused: options.isPaused ?? false,
    };
    this.#runner = createTaskRunner(spec, this.#events(), this.#deps(options));
    this.#running = this.#runner.run(this.#stop.signal);
    running.add(this);
    return this.#runner;
  }

  /** Ends whatever a test has left running: a task that goes on would keep the process busy. */
  static stopAll(): void {
    for (const rig of running) rig.stop();
    running.clear();
  }

  stop(): void {
    running.delete(this);
    this.#stop.abort(Object.assign(new Error('stop'), { name: 'AbortError' }));
  }

  get ended(): Promise<void> {
    return this.#running ?? Promise.resolve();
  }

  #deps({ clock, ports, workerConfig, log = silentLogger }: RigOptions): TaskRunnerDeps {
    const { kafka } = this;
    const source: SourceConnector = {
      kind: 'source',
      name: 'list',
      classNames: ['test.Source'],
      version: '1',
      config: noKeys,
      planTasks: (raw) => [raw],
      definesTransactions: () => this.source.transactionAt !== undefined,
      createTask: (_config, context) => new ListSource(this.source, context),
    };
    const sink: SinkConnector = {
      kind: 'sink',
      name: 'map',
      classNames: ['test.Sink'],
      version: '1',
      config: noKeys,
      isFenced: true,
      createTask: (_config, context) => new MapSink(this.sink, context),
    };
    return {
      plugins: createPluginRegistry([source, sink, textConverter, dropTransform, valueIs]),
      writers: ports?.writers ?? kafka,
      readers: ports?.readers ?? kafka,
      topicAdmin: ports?.admin ?? kafka.topicAdmin,
      sourceOffsets: ports?.sourceOffsets ?? kafka.sourceOffsets,
      sinkOffsets: ports?.sinkOffsets ?? kafka.sinkOffsets,
      log,
      meter: this.#meter(),
      workerConfig: { 'key.converter': 'test.TextConverter', 'value.converter': 'test.TextConverter', ...workerConfig },
      clock,
    };
  }

  #meter(): Meter {
    const add = (name: string, value: number): void => {
      this.counters.set(name, (this.counters.get(name) ?? 0) + value);
    };
    const note = (name: string, value: number): void => {
      const values = this.observed.get(name) ?? [];
      values.push(value);
      this.observed.set(name, values);
    };
    return { add, set: note, observe: note };
  }

  #events(): TaskEvents {
    return {
      running: () => {
        this.events.push('running');
      },
      paused: () => {
        this.events.push('paused');
      },
      fenced: () => {
        this.events.push('fenced');
      },
      stopped: () => {
        this.events.push('stopped');
      },
      failed: (failure) => {
        this.failure = failure;
        this.events.push('failed');
      },
      condition: ({ lane }) => {
        this.lane = lane ?? this.lane;
      },
      signalsDone: () => undefined,
      notified: () => undefined,
      topicsUsed: (topics) => {
        this.topicsUsed.push(...topics);
      },
      moved: (bytes) => {
        this.bytesMoved.push(bytes);
      },
      claimTopics: () => Promise.resolve(this.isOwner === true),
      confirmOwnership: () => {
        this.events.push('confirm');
        return typeof this.isOwner === 'boolean' ? Promise.resolve(this.isOwner) : Promise.reject(this.isOwner);
      },
    };
  }
}

export interface RigOptions {
  readonly clock: Clock;
  readonly ports?: KafkaPorts;
  /** Default `c`. */
  readonly connector?: string;
  readonly workerConfig?: Readonly<Record<string, string>>;
  readonly partitions?: readonly TopicPartition[];
  readonly isPaused?: boolean;
  /** Default: nobody listens. */
  readonly log?: Logger;
}

/** What a record says in Kafka. */
export const textOf = (record: { readonly value: Uint8Array | null }): string =>
  record.value === null ? 'null' : Buffer.from(record.value).toString();
