import { defineConfig, FencedError, isAbort, type ConfigOf, type Labels, type Meter, type RawConfig } from '@headrace/foundation';
import type { IncomingRecord, RecordWriter, RecordWriters } from '@headrace/ports';
import { deadLetterTransactionalId } from '../../cluster/transactional-id.ts';
import { taskErrors } from '../errors.ts';
import { errorContextHeaders } from './error-context.ts';
import { requireConfig } from './raw-config.ts';
import type { StageError } from './stage-error.ts';

const keys = {
  'errors.deadletterqueue.topic.name': { type: 'STRING', default: '', importance: 'MEDIUM', doc: 'Topic of dead letters; empty for none.' },
  'errors.deadletterqueue.topic.replication.factor': {
    type: 'SHORT',
    default: '3',
    importance: 'MEDIUM',
    doc: 'Replicas of that topic when created.',
  },
  'errors.deadletterqueue.context.headers.enable': {
    type: 'BOOLEAN',
    default: 'false',
    importance: 'MEDIUM',
    doc: 'Whether headers say why.',
  },
} as const;

export const deadLetterConfig = defineConfig(keys);

export interface DeadLetterOptions {
  readonly raw: RawConfig;
  readonly connector: string;
  readonly task: number;
  /** Of the task; the dead letters' own is derived from it. */
  readonly transactionalId: string;
  readonly producerConfig: Readonly<Record<string, string>>;
  readonly adminConfig: Readonly<Record<string, string>>;
  /** Queues that former owners may have written to. */
  readonly topicsWritten: readonly string[];
  readonly writers: RecordWriters;
  readonly meter: Meter;
  readonly labels: Labels;
  confirmOwnership(signal: AbortSignal): Promise<boolean>;
  /** False: somebody else owns the task. */
  claimTopics(topics: readonly string[], signal: AbortSignal): Promise<boolean>;
}

/**
 * The dead letter queue of a sink task; undefined when it has none. Letters of former owners are refused once this resolves,
 * also when there will be none to write: the queue is noted for whoever comes next before that.
 */
export const openDeadLetters = async (options: DeadLetterOptions, signal: AbortSignal): Promise<DeadLetters | undefined> => {
  const config = requireConfig(deadLetterConfig, options.raw);
  const queue = config['errors.deadletterqueue.topic.name'];
  if (queue === '') return undefined;
  const isOwner = await options.claimTopics([queue], signal);
  if (!isOwner) throw new FencedError(taskErrors.not_owner.code, taskErrors.not_owner.meaning);
  return new DeadLetters(options, config, await openWriter(options, config, signal));
};

const openWriter = async (options: DeadLetterOptions, config: ConfigOf<typeof keys>, signal: AbortSignal): Promise<RecordWriter> => {
  const { writers, connector, topicsWritten, transactionalId, producerConfig, adminConfig } = options;
  const writer = await writers.open(
    {
      transactionalId: deadLetterTransactionalId(transactionalId),
      guarantee: 'at-least-once',
      connector,
      fencedTopics: [...topicsWritten, config['errors.deadletterqueue.topic.name']],
      producerConfig,
      adminConfig,
      topicSettings: () => ({
        partitions: 1,
        replicationFactor: config['errors.deadletterqueue.topic.replication.factor'],
        configs: {},
      }),
      confirmOwnership: (confirming) => options.confirmOwnership(confirming),
      onDurable: () => undefined,
    },
    signal,
  );
  // The next call tells; nobody waits on this promise.
  writer.failure.catch(() => undefined);
  return writer;
};

/**
 * Sends records as they were read, with headers that say what went wrong. They are durable before the offsets behind them
 * are committed (`flush`), so a skipped record is in the queue or comes again.
 */
export class DeadLetters implements AsyncDisposable {
  readonly #options: DeadLetterOptions;
  readonly #config: ConfigOf<typeof keys>;
  readonly #writer: RecordWriter;

  constructor(options: DeadLetterOptions, config: ConfigOf<typeof keys>, writer: RecordWriter) {
    this.#options = options;
    this.#config = config;
    this.#writer = writer;
  }

  async send(record: IncomingRecord, failure: StageError, signal: AbortSignal): Promise<void> {
    const { connector, task } = this.#options;
    const { topic, partition, offset, key, value, headers, timestamp } = record;
    const context = this.#config['errors.deadletterqueue.context.headers.enable']
      ? errorContextHeaders({ topic, place: { partition, offset }, connector, task }, failure)
      : [];
    const queue = this.#config['errors.deadletterqueue.topic.name'];
    this.#count('deadletterqueue_produce_requests');
    await this.#counted(() =>
      this.#writer.append([{ topic: queue, partition: undefined, key, value, headers: [...headers, ...context], timestamp }], [], signal),
    );
  }

  async flush(signal: AbortSignal): Promise<void> {
    await this.#counted(() => this.#writer.flush(signal));
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#writer[Symbol.asyncDispose]();
  }

  /** A letter that cannot be sent interrupts the task: it reads the record again. */
  async #counted(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      if (!isAbort(error)) this.#count('deadletterqueue_produce_failures');
      throw error;
    }
  }

  #count(name: string): void {
    this.#options.meter.add(`kafka_connect_task_error_metrics_${name}`, 1, this.#options.labels);
  }
}
