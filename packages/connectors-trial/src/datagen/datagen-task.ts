import {
  primitive,
  type Header,
  type SourceBatch,
  type SourceRecord,
  type SourceTask,
  type SourceTaskContext,
  type Struct,
} from '@headrace/connector-api';
import { ConfigError } from '@headrace/foundation';
import { errors } from '../errors.ts';
import { planOf, type DatagenConfig, type DatagenPlan } from './datagen-config.ts';
import { recordSeed, seededRandom } from './random.ts';

const MAX_BATCH = 500;
/** Longest sleep in one poll: the runtime wants a turn about once a second. */
const MAX_SLEEP_MS = 1_000;
const SEED_LIMIT = 0x7fff_ffff;

const long = primitive('int64');

/** Makes records; the position is how many were made, and with which seed. */
export class DatagenTask implements SourceTask {
  readonly #config: DatagenConfig;
  readonly #context: SourceTaskContext;
  readonly #plan: DatagenPlan;
  readonly #partition: { readonly 'task.id': number };
  #iteration = 0;
  #seed = 0;
  /** Monotonic time when the next record is due. */
  #dueAt = 0;

  constructor(config: DatagenConfig, context: SourceTaskContext) {
    const plan = planOf(config);
    if ('message' in plan) throw new ConfigError(errors.invalid_config.code, [plan]);
    this.#config = config;
    this.#context = context;
    this.#plan = plan;
    this.#partition = { 'task.id': context.id.task };
  }

  async start(): Promise<void> {
    const { clock } = this.#context;
    const stored = await this.#context.position(this.#partition);
    this.#iteration = Number(stored?.['current.iteration'] ?? 0);
    this.#seed = this.#config['random.seed'] ?? Number(stored?.['random.seed'] ?? Math.floor(clock.random() * SEED_LIMIT));
    this.#dueAt = clock.monotonic();
  }

  async poll(signal: AbortSignal): Promise<SourceBatch | null> {
    const { clock } = this.#context;
    const { iterations } = this.#config;
    const left = iterations === -1 ? MAX_BATCH : Math.max(0, iterations - this.#iteration);
    const waitMs = left === 0 ? MAX_SLEEP_MS : this.#dueAt - clock.monotonic();
    if (waitMs > 0) await clock.sleep(Math.min(waitMs, MAX_SLEEP_MS), signal);
    if (left === 0 || this.#dueAt > clock.monotonic()) return null;
    const records: SourceRecord[] = [];
    while (records.length < Math.min(left, MAX_BATCH) && this.#dueAt <= clock.monotonic()) {
      records.push(this.#record());
      this.#iteration += 1;
      this.#dueAt += this.#intervalMs();
    }
    const offset = { 'current.iteration': this.#iteration, 'random.seed': this.#seed };
    return { records, positions: [{ partition: this.#partition, offset }] };
  }

  acknowledge(): void {
    // Nothing is kept back.
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing is open.
  }

  #intervalMs(): number {
    const rate = this.#config['rate.per.second'];
    return rate === null ? this.#context.clock.random() * this.#config['max.interval'] : 1_000 / rate;
  }

  #record(): SourceRecord {
    const { generator, keyIndex } = this.#plan;
    const random = seededRandom(recordSeed(this.#seed, this.#context.id.task, this.#iteration));
    const value = generator.make(random, this.#iteration) as Struct;
    const key = keyIndex === undefined ? undefined : value.schema.fields[keyIndex];
    return {
      topic: this.#config['kafka.topic'],
      partition: undefined,
      keySchema: key?.schema ?? null,
      key: key === undefined ? null : value.values[key.index],
      valueSchema: value.schema,
      value,
      headers: this.#headers(),
      timestamp: this.#context.clock.now(),
    };
  }

  #headers(): readonly Header[] {
    return [
      { key: 'task.id', schema: long, value: this.#context.id.task },
      { key: 'current.iteration', schema: long, value: this.#iteration },
    ];
  }
}
