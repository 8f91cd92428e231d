import type { PartitionPosition, SinkRecord, SinkTask, TopicPartition } from '@headrace/connector-api';
import {
  Backoff,
  hasReaction,
  isAbort,
  linkSignal,
  toError,
  type Clock,
  type HeadraceError,
  type Labels,
  type Logger,
  type Meter,
} from '@headrace/foundation';
import type { IncomingRecord, Isolation, RecordReader, RecordReaders, SinkOffsets, SinkOffsetStores, TopicAdmin } from '@headrace/ports';
import type { DeadLetters } from './record/dead-letter.ts';
import type { ErrorPolicy } from './record/error-policy.ts';
import { StageError } from './record/stage-error.ts';
import { drainSignal } from './session/drain-signal.ts';
import { requireOwnership, runWithRestarts, type Progressed } from './session/run-with-restarts.ts';
import type { TaskLife } from './session/task-life.ts';
import type { TopicUse } from './session/topic-use.ts';
import { OffsetCommitter } from './sink/offset-committer.ts';
import { RecordDecoder, type RecordDecoderOptions } from './sink/record-decoder.ts';
import { startPositions, type OffsetReset } from './sink/start-positions.ts';

/** How a sink task reads. */
export interface SinkReading {
  readonly isolation: Isolation;
  readonly reset: OffsetReset;
  /** Records of one `put`, at most. */
  readonly maxRecords: number;
  readonly consumerConfig: Readonly<Record<string, string>>;
}

/** Hands a record of the task's own to the error policy. */
export type ReportRecord = (record: SinkRecord, error: HeadraceError) => Promise<void>;

export interface SinkTaskOptions {
  readonly connector: string;
  readonly group: string;
  readonly transactionalId: string;
  readonly className: string;
  readonly partitions: readonly TopicPartition[];
  readonly reading: SinkReading;
  readonly decoding: RecordDecoderOptions;
  readonly errors: ErrorPolicy;
  readonly readers: RecordReaders;
  readonly sinkOffsets: SinkOffsetStores;
  readonly topicAdmin: TopicAdmin;
  readonly life: TaskLife;
  readonly clock: Clock;
  readonly log: Logger;
  readonly meter: Meter;
  readonly labels: Labels;
  readonly topicUse: TopicUse;
  readonly commitIntervalMs: number;
  readonly drainMs: number;
  readonly retryTimeoutMs: number;
  confirmOwnership(signal: AbortSignal): Promise<boolean>;
  /** A queue, anew for each session; undefined when the connector has none. */
  createDeadLetters(): DeadLetters | undefined;
  createTask(reportRecord: ReportRecord): SinkTask;
}

const METRICS = 'kafka_connect_sink_task_metrics_sink_record_';
const PUT_TIME = 'kafka_connect_sink_task_metrics_put_batch_{}_time_ms';
/** Puts of one batch before the whole task is opened anew. */
const PUT_ATTEMPTS = 5;

/**
 * Runs a sink task until it is stopped, fenced or broken for good:
 * 1. open the offsets, which fences the former owner; 2. confirm ownership (I3); 3. start the task, which fences at the target;
 * 4. read from the target's own positions, else the committed ones, else auto.offset.reset (I6); 5. poll, convert, transform,
 * put; 6. commit what a flush has made durable, and never more (I1).
 */
export const runSinkTask = (options: SinkTaskOptions, signal: AbortSignal): Promise<void> =>
  runWithRestarts((stop, progressed) => runSession(options, stop, progressed), signal, options);

const runSession = async (options: SinkTaskOptions, stop: AbortSignal, progressed: Progressed): Promise<void> => {
  const { connector, group, transactionalId, partitions, reading } = options;
  using drain = drainSignal(stop, options.drainMs, options.clock);
  await using offsets = await options.sinkOffsets.open(
    { group, connector, transactionalId, confirmOwnership: (confirming) => options.confirmOwnership(confirming) },
    stop,
  );
  await requireOwnership(options, stop);
  const committed = await offsets.committed(partitions, stop);
  await using failedRecords = new FailedRecords(options, drain.signal);
  await using task = options.createTask((record, error) => failedRecords.report(record, error));
  const fromTarget = await task.start(stop);
  const start = await startPositions({ partitions, fromTarget, committed, reset: reading.reset, topicAdmin: options.topicAdmin }, stop);
  const { isolation, consumerConfig } = reading;
  await using reader = await options.readers.open({ start, isolation, consumerConfig }, stop);
  options.life.send('opened');
  options.meter.set('kafka_connect_sink_task_metrics_partition_count', partitions.length, options.labels);
  await new SinkLoop(options, { task, reader, offsets, failedRecords, committed, progressed }).run(stop, drain.signal);
};

interface OpenSink {
  readonly task: SinkTask;
  readonly reader: RecordReader;
  readonly offsets: SinkOffsets;
  readonly failedRecords: FailedRecords;
  readonly committed: readonly PartitionPosition[];
  readonly progressed: Progressed;
}

/** One started task with its reader. */
class SinkLoop {
  readonly #options: SinkTaskOptions;
  readonly #open: OpenSink;
  readonly #decoder: RecordDecoder;
  readonly #committer: OffsetCommitter;

  constructor(options: SinkTaskOptions, open: OpenSink) {
    this.#options = options;
    this.#open = open;
    this.#decoder = new RecordDecoder(options.decoding);
    this.#committer = new OffsetCommitter(options, open);
  }

  async run(stop: AbortSignal, drain: AbortSignal): Promise<void> {
    try {
      for (;;) {
        if (this.#options.life.isPauseWanted) await this.#pause(stop, drain);
        const records = await this.#open.reader.poll(this.#options.reading.maxRecords, this.#committer.dueInMs(), stop);
        if (records.length === 0) this.#open.progressed();
        else await this.#take(records, stop, drain);
        if (this.#committer.dueInMs() === 0) await this.#committer.commit(drain);
      }
    } catch (error) {
      if (!stop.aborted || !isAbort(error)) throw error;
    }
    if (this.#committer.isWhole) await this.#committer.commit(drain);
  }

  /** Decoding may be cut off by a stop, a put never is: it ends within the time to drain, or its records come again. */
  async #take(records: readonly IncomingRecord[], stop: AbortSignal, drain: AbortSignal): Promise<void> {
    const { meter, labels, topicUse } = this.#options;
    const { failedRecords, reader } = this.#open;
    this.#committer.begin();
    const decoded = await this.#decoder.decode(records, stop, {
      divert: (record, failure) => failedRecords.divert(record, failure),
      keep: (sinkRecord, record) => {
        failedRecords.keep(sinkRecord, record);
      },
    });
    for (const { topic } of records) topicUse.see(topic);
    topicUse.tell();
    meter.add(`${METRICS}read_total`, records.length, labels);
    if (decoded.length > 0) await this.#put(decoded, stop, drain);
    meter.add(`${METRICS}send_total`, decoded.length, labels);
    meter.observe('kafka_connect_connector_task_metrics_batch_size_{}', records.length, labels);
    this.#committer.done(reader.positions());
    this.#open.progressed();
  }

  /** The same records again after a wait, without fetching; after some attempts the whole task is opened anew. */
  async #put(records: readonly SinkRecord[], stop: AbortSignal, drain: AbortSignal): Promise<void> {
    const { clock, meter, labels } = this.#options;
    const backoff = new Backoff(clock);
    for (;;) {
      try {
        const startedAt = clock.monotonic();
        await this.#open.task.put(records, drain);
        meter.observe(PUT_TIME, clock.monotonic() - startedAt, labels);
        return;
      } catch (error) {
        if (!hasReaction(error, 'retry') || backoff.attempts + 1 >= PUT_ATTEMPTS) throw error;
        this.#options.log.info('Sink asks for the same records again.', { attempt: backoff.attempts, error: toError(error).message });
        await backoff.wait(stop);
      }
    }
  }

  async #pause(stop: AbortSignal, drain: AbortSignal): Promise<void> {
    await this.#committer.commit(drain);
    this.#open.progressed();
    this.#options.life.send('flushed');
    using waiting = linkSignal(stop);
    await this.#options.life.resumed(waiting.signal);
    this.#open.progressed();
  }
}

/** Records that were skipped or that the sink gave back: remembers the original bytes for the dead letter queue. */
class FailedRecords implements AsyncDisposable {
  readonly #options: SinkTaskOptions;
  readonly #signal: AbortSignal;
  readonly #deadLetters: DeadLetters | undefined;
  readonly #originals = new WeakMap<SinkRecord, IncomingRecord>();

  constructor(options: SinkTaskOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
    this.#deadLetters = options.createDeadLetters();
  }

  keep(record: SinkRecord, original: IncomingRecord): void {
    if (this.#deadLetters !== undefined) this.#originals.set(record, original);
  }

  async divert(record: IncomingRecord, failure: StageError): Promise<void> {
    await this.#deadLetters?.send(record, failure, this.#signal);
  }

  report(record: SinkRecord, error: HeadraceError): Promise<void> {
    const { topic, partition, offset } = record.original;
    const failure = new StageError('TASK_PUT', this.#options.className, error);
    const original = this.#originals.get(record);
    return this.#options.errors.skip(failure, { topic, partition, offset: String(offset) }, async () => {
      if (original !== undefined) await this.divert(original, failure);
    });
  }

  async flush(signal: AbortSignal): Promise<void> {
    await this.#deadLetters?.flush(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#deadLetters?.[Symbol.asyncDispose]();
  }
}
