import {
  defineSinkConnector,
  javaText,
  type PartitionPosition,
  type SinkConnector,
  type SinkRecord,
  type SinkTask,
} from '@headrace/connector-api';
import { defineConfig, TaskFailure, toError } from '@headrace/foundation';
import { open, type FileHandle } from 'node:fs/promises';
import { errors } from '../errors.ts';

const keys = {
  file: {
    type: 'STRING',
    default: null,
    importance: 'HIGH',
    doc: 'File to append to, on the worker that runs the task. Unlike in Kafka Connect it has to be given: standard output is the log.',
  },
} as const;

/** Kafka Connect's FileStreamSink: the text of every value is a line of a file. After a crash the last lines may come twice. */
export const fileSink: SinkConnector<typeof keys> = defineSinkConnector({
  name: 'file-sink',
  classNames: ['org.apache.kafka.connect.file.FileStreamSinkConnector'],
  version: '0.1.0',
  config: defineConfig(keys),
  isFenced: false,
  validate: (config) =>
    config.file === null ? [{ key: 'file', message: 'Writing to standard output is not supported: give the path of a file.' }] : [],
  createTask: (config) => new FileSinkTask(config.file ?? ''),
});

class FileSinkTask implements SinkTask {
  readonly #path: string;
  #file: FileHandle | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  async start(): Promise<readonly PartitionPosition[]> {
    await this.#guarded(async () => {
      this.#file = await open(this.#path, 'a');
    });
    return [];
  }

  async put(records: readonly SinkRecord[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (records.length === 0) return;
    const text = records.map(({ value, valueSchema }) => `${javaText(value, valueSchema)}\n`).join('');
    await this.#guarded(async () => {
      await this.#file?.appendFile(text, 'utf8');
    });
  }

  async flush(): Promise<void> {
    await this.#guarded(async () => {
      await this.#file?.datasync();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  async #guarded(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      const message = `File "${this.#path}" cannot be written: ${toError(error).message}. ${errors.file_unusable.hint}`;
      throw new TaskFailure(errors.file_unusable.code, message, { cause: error });
    }
  }
}
