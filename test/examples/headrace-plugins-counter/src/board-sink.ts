import {
  defineConfig,
  defineSinkConnector,
  RecordError,
  type PartitionPosition,
  type SinkRecord,
  type SinkTask,
  type SinkTaskContext,
} from '@headrace/connector-api';
import { open, type FileHandle } from 'node:fs/promises';

const config = defineConfig({
  file: { type: 'STRING', importance: 'HIGH', doc: 'Gets a line for each number.' },
});

/** Writes numbers into a file. Anything else is the error policy's: an error of that record alone, which it knows. */
class BoardTask implements SinkTask {
  readonly #path: string;
  readonly #context: SinkTaskContext;
  #file: FileHandle | undefined;

  constructor(path: string, context: SinkTaskContext) {
    this.#path = path;
    this.#context = context;
  }

  async start(): Promise<readonly PartitionPosition[]> {
    this.#file = await open(this.#path, 'a');
    // A file keeps no positions: Kafka's committed offsets say where to go on.
    return [];
  }

  async put(records: readonly SinkRecord[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const lines: string[] = [];
    for (const record of records) {
      if (typeof record.value === 'bigint') lines.push(`${String(record.value)}\n`);
      else await this.#context.reportRecord(record, new RecordError('example.no_number', 'The value is no whole number.'));
    }
    await this.#file?.appendFile(lines.join(''));
  }

  /** Offsets are committed when this resolves. */
  async flush(): Promise<void> {
    await this.#file?.datasync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }
}

export const boardSink = defineSinkConnector({
  name: 'board',
  classNames: ['org.example.BoardSinkConnector'],
  version: '1.0.0',
  config,
  // Two owners could write at once: this task stops before its lease runs out.
  isFenced: false,
  createTask: (given, context) => new BoardTask(given.file, context),
});
