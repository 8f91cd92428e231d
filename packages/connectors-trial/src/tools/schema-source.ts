import {
  defineSourceConnector,
  primitive,
  Struct,
  structOf,
  type Schema,
  type SourceBatch,
  type SourceConnector,
  type SourceRecord,
  type SourceTask,
  type SourceTaskContext,
  type StructSchema,
} from '@headrace/connector-api';
import { defineConfig, type ConfigOf } from '@headrace/foundation';
import { PacedNumbers } from './paced-numbers.ts';
import { printLines, type PrintLines } from './print-lines.ts';

const keys = {
  topic: { type: 'STRING', importance: 'HIGH', doc: 'Topic of the records; a task writes to the partition of its number.' },
  'num.messages': { type: 'LONG', importance: 'HIGH', doc: 'Records of each task after each of its starts.' },
  throughput: { type: 'LONG', importance: 'HIGH', doc: 'Records a second of each task; without a limit at 0 and below.' },
  'multiple.schema': {
    type: 'BOOLEAN',
    default: 'false',
    importance: 'LOW',
    doc: 'Whether every other record has the second version of the schema, with one field more.',
  },
  'partition.count': { type: 'INT', default: '1', min: 1, importance: 'LOW', doc: 'The field `partitioning` counts up to this.' },
} as const;

type SchemaKeys = typeof keys;

const fieldsOf = (...more: readonly (readonly [string, Schema])[]): readonly (readonly [string, Schema])[] => [
  ['boolean', primitive('boolean')],
  ['int', primitive('int32')],
  ['long', primitive('int64')],
  ['float', primitive('float32')],
  ['double', primitive('float64')],
  ['partitioning', primitive('int32')],
  ...more,
  ['id', primitive('int32')],
  ['seqno', primitive('int64')],
];
const first = structOf(fieldsOf(), { name: 'record', version: 1 });
const second = structOf(fieldsOf(['string', primitive('string', { defaultValue: 'abc' })]), { name: 'record', version: 2 });
const text = primitive('string');

/** Kafka's tool for tests of schemas that change: records of one schema, or of two versions of it in turn. */
export const schemaSourceOf = (print: PrintLines): SourceConnector<SchemaKeys> =>
  defineSourceConnector({
    name: 'schema-source',
    classNames: ['org.apache.kafka.connect.tools.SchemaSourceConnector'],
    version: '0.1.0',
    isUnlisted: true,
    config: defineConfig(keys),
    planTasks: (raw, maxTasks) => Array.from({ length: maxTasks }, () => raw),
    createTask: (config, context) => new SchemaSourceTask(config, context, print),
  });

export const schemaSource: SourceConnector<SchemaKeys> = schemaSourceOf(printLines);

class SchemaSourceTask implements SourceTask {
  readonly #config: ConfigOf<SchemaKeys>;
  readonly #context: SourceTaskContext;
  readonly #print: PrintLines;
  readonly #partition: { readonly id: number };
  #numbers: PacedNumbers;
  #made = 0;

  constructor(config: ConfigOf<SchemaKeys>, context: SourceTaskContext, print: PrintLines) {
    this.#config = config;
    this.#context = context;
    this.#print = print;
    this.#partition = { id: context.id.task };
    this.#numbers = new PacedNumbers(context.clock, 0, config.throughput);
  }

  async start(): Promise<void> {
    const stored = await this.#context.position(this.#partition);
    const next = stored === null ? 0 : Number(stored['seqno']) + 1;
    this.#numbers = new PacedNumbers(this.#context.clock, next, this.#config.throughput);
  }

  async poll(signal: AbortSignal): Promise<SourceBatch | null> {
    const numbers = await this.#numbers.take(Math.max(0, this.#config['num.messages'] - this.#made), signal);
    const last = numbers.at(-1);
    if (last === undefined) return null;
    const records = numbers.map((seqno) => this.#record(seqno));
    this.#print(numbers.map((seqno) => ({ task: this.#partition.id, seqno })));
    return { records, positions: [{ partition: this.#partition, offset: { seqno: last } }] };
  }

  acknowledge(): void {
    // Nothing is kept back.
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing is open.
  }

  #record(seqno: number): SourceRecord {
    const schema = this.#config['multiple.schema'] && this.#made % 2 === 1 ? second : first;
    this.#made += 1;
    return {
      topic: this.#config.topic,
      partition: this.#partition.id,
      keySchema: text,
      key: 'key',
      valueSchema: schema,
      value: this.#value(schema, seqno),
      headers: [],
      timestamp: undefined,
    };
  }

  #value(schema: StructSchema, seqno: number): Struct {
    const before = [true, 12, 12, Math.fround(12.2), 12.2, seqno % this.#config['partition.count']];
    return new Struct(schema, [...before, ...(schema === second ? ['def'] : []), this.#partition.id, seqno]);
  }
}
