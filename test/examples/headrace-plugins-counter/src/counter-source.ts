import {
  defineConfig,
  defineSourceConnector,
  primitive,
  Struct,
  structOf,
  type ConfigOf,
  type SourceBatch,
  type SourceTask,
  type SourceTaskContext,
} from '@headrace/connector-api';

const config = defineConfig({
  topic: { type: 'STRING', importance: 'HIGH', doc: 'Topic that the numbers go to.' },
  to: { type: 'LONG', default: '10', min: 1, importance: 'HIGH', doc: 'The last number.' },
  'batch.size': { type: 'INT', default: '5', min: 1, importance: 'LOW', doc: 'Numbers of one batch.' },
});

type Config = ConfigOf<typeof config.keys>;

const partition = { counter: 'default' };
const counted = structOf(
  [
    ['number', primitive('int64')],
    ['isEven', primitive('boolean')],
  ],
  { name: 'org.example.Counted' },
);

/** Counts from 1, once: after a restart it goes on behind the last number that is durable in Kafka. */
class CounterTask implements SourceTask {
  readonly #config: Config;
  readonly #context: SourceTaskContext;
  #last = 0;

  constructor(given: Config, context: SourceTaskContext) {
    this.#config = given;
    this.#context = context;
  }

  async start(): Promise<void> {
    this.#last = Number((await this.#context.position(partition))?.['last'] ?? 0);
  }

  async poll(signal: AbortSignal): Promise<SourceBatch | null> {
    const count = Math.min(this.#config['batch.size'], this.#config.to - this.#last);
    if (count <= 0) {
      await this.#context.clock.sleep(1_000, signal);
      return null;
    }
    const numbers = Array.from({ length: count }, (_, index) => this.#last + 1 + index);
    this.#last += count;
    const { topic } = this.#config;
    const common = { topic, partition: undefined, keySchema: null, key: null, valueSchema: counted, headers: [], timestamp: undefined };
    return {
      records: numbers.map((value) => ({ ...common, value: new Struct(counted, [BigInt(value), value % 2 === 0]) })),
      positions: [{ partition, offset: { last: this.#last } }],
    };
  }

  acknowledge(): void {
    // Nothing has to be let go of: numbers are made anew.
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing is open.
  }
}

export const counterSource = defineSourceConnector({
  name: 'counter',
  classNames: ['org.example.CounterSourceConnector'],
  version: '1.0.0',
  config,
  planTasks: (raw) => [raw],
  createTask: (given, context) => new CounterTask(given, context),
});
