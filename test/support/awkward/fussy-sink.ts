import {
  defineConfig,
  defineSinkConnector,
  RecordError,
  RetriableError,
  type ConfigOf,
  type PartitionPosition,
  type SinkRecord,
  type SinkTask,
  type SinkTaskContext,
} from '@headrace/connector-api';
import { appendFile } from 'node:fs/promises';

const config = defineConfig({
  file: { type: 'STRING', importance: 'HIGH', doc: 'Gets a line for each record that is applied.' },
  'away.puts': { type: 'INT', default: '0', importance: 'LOW', doc: 'So many puts of a session find the target away.' },
});

/** Applies whole batches or nothing. Says of a batch with a value like `poison` that one of its records does not fit, not which. */
class FussyTask implements SinkTask {
  readonly #config: ConfigOf<typeof config.keys>;
  readonly #context: SinkTaskContext;
  #awayPuts: number;

  constructor(given: ConfigOf<typeof config.keys>, context: SinkTaskContext) {
    this.#config = given;
    this.#context = context;
    this.#awayPuts = given['away.puts'];
  }

  start(): Promise<readonly PartitionPosition[]> {
    return Promise.resolve([]);
  }

  async put(records: readonly SinkRecord[]): Promise<void> {
    if (this.#awayPuts > 0) {
      this.#awayPuts -= 1;
      throw new RetriableError('fussy.away', 'The target is away.');
    }
    const values = records.map(({ value }) => String(value));
    if (values.some((value) => value.startsWith('poison'))) throw new RecordError('fussy.refused', 'The target refuses a record.');
    await appendFile(this.#config.file, values.map((value) => `${value}\n`).join(''));
    for (const value of values) if (value === 'pause') this.#context.flow.pause(this.#context.partitions.slice(0, 1));
    for (const value of values) if (value === 'resume') this.#context.flow.resume(this.#context.partitions);
  }

  async flush(): Promise<void> {
    // What was put is in the file.
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing is open.
  }
}

export const fussySink = defineSinkConnector({
  name: 'fussy',
  classNames: ['org.example.FussySinkConnector'],
  version: '1.0.0',
  config,
  isFenced: false,
  createTask: (given, context) => new FussyTask(given, context),
});
