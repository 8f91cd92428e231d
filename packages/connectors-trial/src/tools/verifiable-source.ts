import {
  defineSourceConnector,
  primitive,
  structOf,
  Struct,
  type SourceBatch,
  type SourceConnector,
  type SourcePosition,
  type SourceRecord,
  type SourceTask,
  type SourceTaskContext,
} from '@headrace/connector-api';
import { defineConfig, type ConfigOf } from '@headrace/foundation';
import { PacedNumbers } from './paced-numbers.ts';
import { printLines, type PrintLines } from './print-lines.ts';

const keys = {
  topic: { type: 'STRING', importance: 'HIGH', doc: 'Topic of the numbers.' },
  throughput: { type: 'LONG', importance: 'HIGH', doc: 'Numbers a second of each task; without a limit at 0 and below.' },
  'complete.record.data': {
    type: 'BOOLEAN',
    default: 'false',
    importance: 'LOW',
    doc: 'Whether values say their connector, task, topic and time as well, and are not the number alone.',
  },
} as const;

type VerifiableKeys = typeof keys;

const [int32, int64, text] = [primitive('int32'), primitive('int64'), primitive('string')];
const completeValue = structOf([
  ['name', text],
  ['task', int32],
  ['topic', text],
  ['time_ms', int64],
  ['seqno', int64],
]);

/**
 * Kafka's tool for tests of clusters: each task counts, and prints what it sent and what is committed, so that an outsider can
 * tell what was lost or doubled.
 */
export const verifiableSourceOf = (print: PrintLines): SourceConnector<VerifiableKeys> =>
  defineSourceConnector({
    name: 'verifiable-source',
    classNames: ['org.apache.kafka.connect.tools.VerifiableSourceConnector'],
    version: '0.1.0',
    isUnlisted: true,
    config: defineConfig(keys),
    planTasks: (raw, maxTasks) => Array.from({ length: maxTasks }, () => raw),
    createTask: (config, context) => new VerifiableSourceTask(config, context, print),
  });

export const verifiableSource: SourceConnector<VerifiableKeys> = verifiableSourceOf(printLines);

interface SentLine {
  readonly name: string;
  readonly task: number;
  readonly topic: string;
  readonly time_ms: number;
  readonly seqno: number;
}

class VerifiableSourceTask implements SourceTask {
  readonly #config: ConfigOf<VerifiableKeys>;
  readonly #context: SourceTaskContext;
  readonly #print: PrintLines;
  readonly #partition: { readonly id: number };
  #numbers: PacedNumbers;
  #firstUncommitted = 0;

  constructor(config: ConfigOf<VerifiableKeys>, context: SourceTaskContext, print: PrintLines) {
    this.#config = config;
    this.#context = context;
    this.#print = print;
    this.#partition = { id: context.id.task };
    this.#numbers = new PacedNumbers(context.clock, 0, config.throughput);
  }

  async start(): Promise<void> {
    const stored = await this.#context.position(this.#partition);
    this.#firstUncommitted = stored === null ? 0 : Number(stored['seqno']) + 1;
    this.#numbers = new PacedNumbers(this.#context.clock, this.#firstUncommitted, this.#config.throughput);
  }

  async poll(signal: AbortSignal): Promise<SourceBatch | null> {
    const numbers = await this.#numbers.take(Infinity, signal);
    const last = numbers.at(-1);
    if (last === undefined) return null;
    const lines = numbers.map((seqno) => this.#line(seqno));
    this.#print(lines);
    return { records: lines.map((line) => this.#record(line)), positions: [{ partition: this.#partition, offset: { seqno: last } }] };
  }

  acknowledge({ offset }: SourcePosition): void {
    const upTo = Number(offset?.['seqno'] ?? -1);
    const count = Math.max(0, upTo + 1 - this.#firstUncommitted);
    const lines = Array.from({ length: count }, (_, index) => ({ ...this.#line(this.#firstUncommitted + index), committed: true }));
    this.#firstUncommitted += count;
    this.#print(lines);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing is open.
  }

  #line(seqno: number): SentLine {
    const { id, clock } = this.#context;
    return { name: id.connector, task: id.task, topic: this.#config.topic, time_ms: clock.now(), seqno };
  }

  #record({ name, task, topic, time_ms, seqno }: SentLine): SourceRecord {
    const isComplete = this.#config['complete.record.data'];
    return {
      topic,
      partition: undefined,
      keySchema: int32,
      key: task,
      valueSchema: isComplete ? completeValue : int64,
      value: isComplete ? new Struct(completeValue, [name, task, topic, time_ms, seqno]) : seqno,
      headers: [],
      timestamp: undefined,
    };
  }
}
