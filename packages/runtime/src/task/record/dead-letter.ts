import { defineConfig, isAbort, type ConfigOf, type Labels, type Meter, type RawConfig } from '@headrace/foundation';
import type { IncomingRecord, RecordWriter, RecordWriters } from '@headrace/ports';
import { deadLetterTransactionalId } from '../../cluster/transactional-id.ts';
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
  readonly writers: RecordWriters;
  readonly meter: Meter;
  readonly labels: Labels;
  confirmOwnership(signal: AbortSignal): Promise<boolean>;
}

/** The dead letter queue of a sink task; undefined when it has none. */
export const createDeadLetters = (options: DeadLetterOptions): DeadLetters | undefined => {
  const config = requireConfig(deadLetterConfig, options.raw);
  return config['errors.deadletterqueue.topic.name'] === '' ? undefined : new DeadLetters(options, config);
};

/**
 * Sends records as they were read, with headers that say what went wrong. They are durable before the offsets behind them
 * are committed (`flush`), so a skipped record is in the queue or comes again.
 */
export class DeadLetters implements AsyncDisposable {
  readonly #options: DeadLetterOptions;
  readonly #config: ConfigOf<typeof keys>;
  #opening: Promise<RecordWriter> | undefined;

  constructor(options: DeadLetterOptions, config: ConfigOf<typeof keys>) {
    this.#options = options;
    this.#config = config;
  }

  async send(record: IncomingRecord, failure: StageError, signal: AbortSignal): Promise<void> {
    this.#opening ??= this.#open(signal);
    const writer = await this.#opening;
    const { connector, task } = this.#options;
    const { topic, partition, offset, key, value, headers, timestamp } = record;
    const context = this.#config['errors.deadletterqueue.context.headers.enable']
      ? errorContextHeaders({ topic, place: { partition, offset }, connector, task }, failure)
      : [];
    const queue = this.#config['errors.deadletterqueue.topic.name'];
    this.#count('deadletterqueue_produce_requests');
    await this.#counted(() =>
      writer.append([{ topic: queue, partition: undefined, key, value, headers: [...headers, ...context], timestamp }], [], signal),
    );
  }

  async flush(signal: AbortSignal): Promise<void> {
    const writer = await this.#opening;
    if (writer !== undefined) await this.#counted(() => writer.flush(signal));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const writer = await this.#opening?.catch(() => undefined);
    await writer?.[Symbol.asyncDispose]();
  }

  async #open(signal: AbortSignal): Promise<RecordWriter> {
    const { writers, connector, transactionalId, producerConfig, adminConfig } = this.#options;
    const writer = await writers.open(
      {
        transactionalId: deadLetterTransactionalId(transactionalId),
        guarantee: 'at-least-once',
        connector,
        fencedTopics: [],
        producerConfig,
        adminConfig,
        topicSettings: () => ({
          partitions: 1,
          replicationFactor: this.#config['errors.deadletterqueue.topic.replication.factor'],
          configs: {},
        }),
        confirmOwnership: (confirming) => this.#options.confirmOwnership(confirming),
        onDurable: () => undefined,
      },
      signal,
    );
    // The next call tells; nobody waits on this promise.
    writer.failure.catch(() => undefined);
    return writer;
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
