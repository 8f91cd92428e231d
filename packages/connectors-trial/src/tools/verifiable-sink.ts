import {
  defineSinkConnector,
  Struct,
  type PartitionPosition,
  type SinkConnector,
  type SinkRecord,
  type SinkTask,
} from '@headrace/connector-api';
import { defineConfig, type ConfigKeys } from '@headrace/foundation';
import { printLines, type PrintLines } from './print-lines.ts';

/** The counterpart of the verifiable source: prints what it was given, and again once that is flushed. */
export const verifiableSinkOf = (print: PrintLines): SinkConnector =>
  defineSinkConnector<ConfigKeys>({
    name: 'verifiable-sink',
    classNames: ['org.apache.kafka.connect.tools.VerifiableSinkConnector'],
    version: '0.1.0',
    isUnlisted: true,
    config: defineConfig({}),
    isFenced: false,
    createTask: (_config, { id, clock }) => new VerifiableSinkTask({ ...id, now: () => clock.now() }, print),
  });

export const verifiableSink: SinkConnector = verifiableSinkOf(printLines);

interface Self {
  readonly connector: string;
  readonly task: number;
  now(): number;
}

class VerifiableSinkTask implements SinkTask {
  readonly #self: Self;
  readonly #print: PrintLines;
  #unflushed: Readonly<Record<string, unknown>>[] = [];

  constructor(self: Self, print: PrintLines) {
    this.#self = self;
    this.#print = print;
  }

  start(): Promise<readonly PartitionPosition[]> {
    return Promise.resolve([]);
  }

  async put(records: readonly SinkRecord[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const lines = records.map((record) => this.#line(record));
    this.#print(lines);
    this.#unflushed.push(...lines);
    await Promise.resolve();
  }

  async flush(): Promise<void> {
    this.#print(this.#unflushed.map((line) => ({ ...line, time_ms: this.#self.now(), flushed: true })));
    this.#unflushed = [];
    await Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing is open.
  }

  #line({ key, topic, value, offset }: SinkRecord): Readonly<Record<string, unknown>> {
    const { connector, task } = this.#self;
    const seqno = value instanceof Struct ? value.toObject() : value;
    return { name: connector, task: key, sinkTask: task, topic, time_ms: this.#self.now(), seqno, offset };
  }
}
