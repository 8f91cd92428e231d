import { primitive, type SourceBatch, type SourceRecord, type SourceTask, type SourceTaskContext } from '@headrace/connector-api';
import { systemCode, TaskFailure, toError } from '@headrace/foundation';
import { open, type FileHandle } from 'node:fs/promises';
import { errors } from '../errors.ts';
import type { FileSourceConfig } from './file-source-config.ts';
import { LineSplitter, type Line } from './line-splitter.ts';

const CHUNK_BYTES = 64 * 1_024;
/** How long an idle file, or one that is not there yet, is left alone. */
const IDLE_MS = 1_000;

const lineSchema = primitive('string');

/** Reads a file from its stored position on and waits for more lines; a file that is missing is waited for. */
export class FileSourceTask implements SourceTask {
  readonly #config: FileSourceConfig;
  readonly #context: SourceTaskContext;
  readonly #path: string;
  #file: FileHandle | undefined;
  #splitter = new LineSplitter(0);
  #lines: Line[] = [];

  constructor(config: FileSourceConfig, context: SourceTaskContext) {
    this.#config = config;
    this.#context = context;
    this.#path = config.file ?? '';
  }

  async start(): Promise<void> {
    const stored = await this.#context.position({ filename: this.#path });
    this.#splitter = new LineSplitter(Number(stored?.['position'] ?? 0));
  }

  async poll(signal: AbortSignal): Promise<SourceBatch | null> {
    if (this.#lines.length === 0) await this.#read();
    if (this.#lines.length === 0) {
      await this.#context.clock.sleep(IDLE_MS, signal);
      return null;
    }
    const lines = this.#lines.splice(0, this.#config['batch.size']);
    const position = lines.at(-1)?.end ?? 0;
    return {
      records: lines.map(({ text }) => this.#record(text)),
      positions: [{ partition: { filename: this.#path }, offset: { position } }],
    };
  }

  acknowledge(): void {
    // A file does not need to know.
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  async #read(): Promise<void> {
    try {
      this.#file ??= await open(this.#path, 'r');
      const buffer = Buffer.alloc(CHUNK_BYTES);
      const { bytesRead } = await this.#file.read(buffer, 0, CHUNK_BYTES, this.#splitter.next);
      if (bytesRead > 0) this.#lines.push(...this.#splitter.push(buffer.subarray(0, bytesRead)));
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return;
      const message = `File "${this.#path}" cannot be read: ${toError(error).message}. ${errors.file_unusable.hint}`;
      throw new TaskFailure(errors.file_unusable.code, message, { cause: error });
    }
  }

  #record(text: string): SourceRecord {
    return {
      topic: this.#config.topic,
      partition: undefined,
      keySchema: null,
      key: null,
      valueSchema: lineSchema,
      value: text,
      headers: [],
      timestamp: this.#context.clock.now(),
    };
  }
}
