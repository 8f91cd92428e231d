import {
  defineSinkConnector,
  defineSourceConnector,
  type ConnectorContext,
  type PartitionPosition,
  type SinkConnector,
  type SinkTask,
  type SourceConnector,
  type SourceTask,
} from '@headrace/connector-api';
import { defineConfig, TaskFailure, type Clock, type ConfigOf } from '@headrace/foundation';
import { errors } from '../errors.ts';

/** A task without work comes up for air this often. */
const IDLE_MS = 250;

const keys = {
  mock_mode: {
    type: 'STRING',
    default: null,
    values: ['connector-failure', 'task-failure'],
    importance: 'HIGH',
    doc: 'What fails: the connector, or its task. Left out: nothing.',
  },
  delay_ms: { type: 'LONG', default: '15000', min: 0, importance: 'LOW', doc: 'How long after its start it fails.' },
} as const;

type MockKeys = typeof keys;
type MockConfig = ConfigOf<MockKeys>;

const common = { version: '0.1.0', isUnlisted: true, config: defineConfig(keys) };

const failure = (what: string): TaskFailure =>
  new TaskFailure(errors.failed_as_told.code, `${what} fails as its mock_mode says. ${errors.failed_as_told.hint}`);

const watch = async ({ mock_mode, delay_ms }: MockConfig, { connector, clock }: ConnectorContext, signal: AbortSignal): Promise<void> => {
  if (mock_mode !== 'connector-failure') return;
  await clock.sleep(delay_ms, signal);
  throw failure(`Connector "${connector}"`);
};

/** Kafka's tool to see how failures are told and healed: it has no records, and fails if it is told to. */
export const mockSource: SourceConnector<MockKeys> = defineSourceConnector({
  ...common,
  name: 'mock-source',
  classNames: ['org.apache.kafka.connect.tools.MockSourceConnector'],
  watch,
  planTasks: (raw) => [raw],
  createTask: (config, { clock }) => new MockSourceTask(config, clock),
});

/** The same as a sink. */
export const mockSink: SinkConnector<MockKeys> = defineSinkConnector({
  ...common,
  name: 'mock-sink',
  classNames: ['org.apache.kafka.connect.tools.MockSinkConnector'],
  watch,
  // It has no target that a stale owner could spoil.
  isFenced: true,
  createTask: (config, { clock }) => new MockSinkTask(config, clock),
});

class Fuse {
  readonly #clock: Clock;
  readonly #burnsAt: number;

  constructor({ mock_mode, delay_ms }: MockConfig, clock: Clock) {
    this.#clock = clock;
    this.#burnsAt = mock_mode === 'task-failure' ? clock.monotonic() + delay_ms : Infinity;
  }

  check(): void {
    if (this.#clock.monotonic() >= this.#burnsAt) throw failure('The task');
  }
}

class MockSourceTask implements SourceTask {
  readonly #clock: Clock;
  readonly #fuse: Fuse;

  constructor(config: MockConfig, clock: Clock) {
    this.#clock = clock;
    this.#fuse = new Fuse(config, clock);
  }

  async start(): Promise<void> {
    // There is nothing to open.
  }

  async poll(signal: AbortSignal): Promise<null> {
    this.#fuse.check();
    await this.#clock.sleep(IDLE_MS, signal);
    return null;
  }

  acknowledge(): void {
    // There are no records.
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing is open.
  }
}

class MockSinkTask implements SinkTask {
  readonly #fuse: Fuse;

  constructor(config: MockConfig, clock: Clock) {
    this.#fuse = new Fuse(config, clock);
  }

  start(): Promise<readonly PartitionPosition[]> {
    return Promise.resolve([]);
  }

  async put(): Promise<void> {
    await this.flush();
  }

  async flush(): Promise<void> {
    this.#fuse.check();
    await Promise.resolve();
  }

  /** Of a topic there is not: what waits asks for a flush from time to time, although no records come. */
  waiting(): readonly PartitionPosition[] {
    return [{ topic: '', partition: 0, offset: 0n }];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing is open.
  }
}
