import {
  defineConfig,
  defineSourceConnector,
  primitive,
  type ConfigOf,
  type SourceBatch,
  type SourceTask,
  type SourceTaskContext,
} from '@headrace/connector-api';

const config = defineConfig({
  topic: { type: 'STRING', importance: 'HIGH', doc: 'Gets the numbers from 1 on, one a batch.' },
  count: { type: 'INT', importance: 'HIGH', doc: 'The last number.' },
  tasks: { type: 'INT', default: '1', importance: 'LOW', doc: 'So many tasks are planned, whatever tasks.max says.' },
  deal: { type: 'INT', default: null, importance: 'HIGH', doc: 'So many numbers are a transaction; every third of them is aborted.' },
});

const partition = { dealer: 'default' };
const text = primitive('string');

/** Deals out numbers in transactions of its own. */
class DealingTask implements SourceTask {
  readonly #config: ConfigOf<typeof config.keys>;
  readonly #context: SourceTaskContext;
  #last = 0;

  constructor(given: ConfigOf<typeof config.keys>, context: SourceTaskContext) {
    this.#config = given;
    this.#context = context;
  }

  async start(): Promise<void> {
    this.#last = Number((await this.#context.position(partition))?.['last'] ?? 0);
  }

  async poll(signal: AbortSignal): Promise<SourceBatch | null> {
    const { topic, count, deal } = this.#config;
    if (this.#last >= count) {
      await this.#context.clock.sleep(1_000, signal);
      return null;
    }
    this.#last += 1;
    const value = String(this.#last);
    const positions = [{ partition, offset: { last: this.#last } }];
    const record = { topic, partition: 0, keySchema: null, key: null, valueSchema: text, value, headers: [], timestamp: undefined };
    if (deal === null || this.#last % deal > 0) return { records: [record], positions };
    return { records: [record], positions, transaction: (this.#last / deal) % 3 === 0 ? 'abort' : 'commit' };
  }

  acknowledge(): void {
    // Nothing has to be let go of.
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing is open.
  }
}

export const dealingSource = defineSourceConnector({
  name: 'dealing',
  classNames: ['org.example.DealingSourceConnector'],
  version: '1.0.0',
  config,
  planTasks: (raw) => Array.from({ length: Number(raw['tasks'] ?? 1) }, () => raw),
  definesTransactions: ({ deal }) => deal !== null,
  createTask: (given, context) => new DealingTask(given, context),
});
