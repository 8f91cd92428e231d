import {
  recordsIn,
  type EncodedRecords,
  type JsonMap,
  type RecordLane,
  type SourceBatch,
  type SourcePosition,
  type SourceRecord,
  type SourceTask,
} from '@headrace/connector-api';
import {
  crashPoint,
  FencedError,
  isAbort,
  linkSignal,
  toError,
  type Clock,
  type Labels,
  type Logger,
  type Meter,
} from '@headrace/foundation';
import {
  bytesIn,
  countRecords,
  isEncoded,
  type RecordWriter,
  type RecordWriterOptions,
  type RecordWriters,
  type SourceOffsets,
  type Outgoing,
  type OutgoingRecord,
} from '@headrace/ports';
import { taskErrors } from './errors.ts';
import { CommitMetrics } from './session/commit-metrics.ts';
import type { BytesMoved } from './session/bytes-moved.ts';
import { drainSignal } from './session/drain-signal.ts';
import { requireOwnership, runWithRestarts, type Progressed } from './session/run-with-restarts.ts';
import { RecordsInFlight } from './session/records-in-flight.ts';
import type { TaskLife } from './session/task-life.ts';
import type { TopicUse } from './session/topic-use.ts';
import { OwnTransactions, type Share } from './source/own-transactions.ts';
import { RecordEncoder, type RecordEncoderOptions } from './source/record-encoder.ts';

export interface SourceTaskOptions {
  readonly connector: string;
  /** What the writer is opened with; positions and ownership are this runner's business. */
  readonly writer: Omit<RecordWriterOptions, 'confirmOwnership' | 'onDurable' | 'connector'>;
  readonly encoding: RecordEncoderOptions;
  /** Given where the source ends its transactions itself: bytes that it may hand out before it ends one. */
  readonly maxTransactionBytes?: number;
  readonly writers: RecordWriters;
  readonly sourceOffsets: SourceOffsets;
  readonly life: TaskLife;
  readonly clock: Clock;
  readonly log: Logger;
  readonly meter: Meter;
  readonly labels: Labels;
  readonly topicUse: TopicUse;
  readonly bytesMoved: BytesMoved;
  /** Time that is left for what is under way when the task is stopped. */
  readonly drainMs: number;
  readonly retryTimeoutMs: number;
  confirmOwnership(signal: AbortSignal): Promise<boolean>;
  /** Asked before topics are written to for the first time. Left out: transactions need no such thing. */
  claimTopics?(topics: readonly string[], signal: AbortSignal): Promise<boolean>;
  tellLane(lane: RecordLane): void;
  /** A task, anew for each session; `position` reads stored positions. */
  createTask(position: (partition: JsonMap) => Promise<JsonMap | null>): SourceTask;
}

const METRICS = 'kafka_connect_source_task_metrics_source_record_';
const TRANSACTION_SIZE = 'kafka_connect_source_task_metrics_transaction_size_{}';

/**
 * Runs a source task until it is stopped, fenced or broken for good:
 * 1. open the writer, which fences the former owner; 2. confirm ownership (I3); 3. start the task, which reads its position
 * only now; 4. poll, transform, convert, append, one batch ahead of the writer; 5. acknowledge what the writer reports as
 * durable, and nothing else (I1). Stop and pause flush first (I7). Rejects with what ended it; a stop resolves.
 */
export const runSourceTask = (options: SourceTaskOptions, signal: AbortSignal): Promise<void> =>
  runWithRestarts((stop, progressed) => runSession(options, stop, progressed), signal, options);

const runSession = async (options: SourceTaskOptions, stop: AbortSignal, progressed: Progressed): Promise<void> => {
  let task: SourceTask | undefined;
  const onDurable = (positions: readonly SourcePosition[]): void => {
    progressed();
    // I1: the one place where a source hears that it may let go.
    for (const position of positions) task?.acknowledge(position);
  };
  const inFlight = new RecordsInFlight(options, METRICS);
  const commits = new CommitMetrics(options);
  const onRecordsDurable = (records: number, ms: number): void => {
    inFlight.done(records);
    commits.succeeded(ms);
    if (options.writer.guarantee === 'exactly-once') options.meter.observe(TRANSACTION_SIZE, records, options.labels);
  };
  using drain = drainSignal(stop, options.drainMs, options.clock);
  await using writer = await openWriter(options, { onDurable, onRecordsDurable }, stop);
  writer.failure.catch((error: unknown) => {
    if (!isAbort(error)) commits.failed();
  });
  await requireOwnership(options, stop);
  await using started = options.createTask((partition) => options.sourceOffsets.position(options.connector, partition, stop));
  await started.start(stop);
  crashPoint('take-over.started');
  options.tellLane(started.lane ?? 'object');
  task = started;
  options.life.send('opened');
  try {
    await new SourceLoop(options, { task: started, writer, progressed, inFlight }).run(stop, drain.signal);
  } finally {
    task = undefined;
  }
};

const openWriter = (
  options: SourceTaskOptions,
  events: Pick<RecordWriterOptions, 'onDurable' | 'onRecordsDurable'>,
  signal: AbortSignal,
): Promise<RecordWriter> => {
  const { writers, writer, connector } = options;
  const confirmOwnership = (confirming: AbortSignal): Promise<boolean> => options.confirmOwnership(confirming);
  return writers.open({ ...writer, ...events, connector, confirmOwnership }, signal);
};

interface OpenSource {
  readonly task: SourceTask;
  readonly writer: RecordWriter;
  readonly progressed: Progressed;
  readonly inFlight: RecordsInFlight;
}

/** One started task and one open writer. */
class SourceLoop {
  readonly #options: SourceTaskOptions;
  readonly #task: SourceTask;
  readonly #writer: RecordWriter;
  readonly #encoder: RecordEncoder;
  readonly #progressed: Progressed;
  readonly #inFlight: RecordsInFlight;
  readonly #ownTransactions: OwnTransactions | undefined;
  readonly #claimed = new Set<string>();
  /** The append of the former batch: the next batch is polled and encoded beside it. */
  #appending: Promise<void> = Promise.resolve();

  constructor(options: SourceTaskOptions, { task, writer, progressed, inFlight }: OpenSource) {
    this.#options = options;
    this.#task = task;
    this.#writer = writer;
    this.#progressed = progressed;
    this.#inFlight = inFlight;
    for (const counter of ['poll_total', 'write_total']) options.meter.add(METRICS + counter, 0, options.labels);
    this.#encoder = new RecordEncoder(options.encoding);
    this.#ownTransactions = options.maxTransactionBytes === undefined ? undefined : new OwnTransactions(options.maxTransactionBytes);
  }

  /** Works until `stop`, then makes durable what was taken, as long as `drain` allows. */
  async run(stop: AbortSignal, drain: AbortSignal): Promise<void> {
    using polling = linkSignal(stop);
    // A writer that breaks ends the poll that waits for the source.
    this.#writer.failure.catch((error: unknown) => {
      polling.abort(toError(error));
    });
    try {
      for (;;) {
        if (this.#options.life.isPauseWanted) await this.#pause(polling.signal, drain);
        const batch = await this.#poll(polling.signal);
        if (batch === null) this.#idle();
        else await this.#take(batch, polling.signal, drain);
        await this.#encoder.breathe();
      }
    } catch (error) {
      if (polling.signal.aborted && !stop.aborted) throw toError(polling.signal.reason);
      if (!stop.aborted || !isAbort(error)) throw error;
    }
    await this.#flush(drain);
  }

  #idle(): void {
    this.#options.bytesMoved.tell();
    this.#progressed();
  }

  async #poll(signal: AbortSignal): Promise<Awaited<ReturnType<SourceTask['poll']>>> {
    const { clock, meter, labels } = this.#options;
    const startedAt = clock.monotonic();
    const batch = await this.#task.poll(signal);
    if (batch !== null) meter.observe('kafka_connect_source_task_metrics_poll_batch_{}_time_ms', clock.monotonic() - startedAt, labels);
    return batch;
  }

  /** A batch that is not appended when the task is stopped is dropped here and read again later. */
  async #take(batch: SourceBatch<SourceRecord | EncodedRecords>, polling: AbortSignal, drain: AbortSignal): Promise<void> {
    const { meter, labels } = this.#options;
    const records = await this.#encoder.encode(batch.records, polling, (letter) => this.#writeAlone(letter, drain));
    polling.throwIfAborted();
    meter.add(`${METRICS}poll_total`, count(batch.records, recordsIn), labels);
    const share = this.#ownTransactions === undefined ? { records, positions: batch.positions } : this.#ownTransactions.add(records, batch);
    if (share !== undefined) await this.#append(share, polling, drain);
  }

  async #append({ records, positions }: Share, polling: AbortSignal, drain: AbortSignal): Promise<void> {
    const { bytesMoved, meter, labels, topicUse } = this.#options;
    const topics = topicsOf(records);
    await this.#claim(topics, polling);
    // I4: one append at a time, in the order of the polls; the writer keeps the order of its calls.
    await this.#appending;
    const written = countRecords(records);
    // Now: whoever appends releases what is encoded.
    bytesMoved.add(bytesIn(records));
    this.#inFlight.took(written);
    this.#appending = this.#writer.append(records, positions, drain);
    // Awaited before the next append or flush; until then nobody listens.
    this.#appending.catch(() => undefined);
    for (const topic of topics) topicUse.see(topic);
    topicUse.tell();
    meter.add(`${METRICS}write_total`, written, labels);
    meter.observe('kafka_connect_connector_task_metrics_batch_size_{}', written, labels);
  }

  /** I2: a take-over must know every topic that plain batches went to, or a stale one would be accepted there. */
  async #claim(topics: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    if (this.#options.claimTopics === undefined) return;
    const news = [...topics].filter((topic) => !this.#claimed.has(topic));
    if (news.length === 0) return;
    const isOwner = await this.#options.claimTopics(news, signal);
    if (!isOwner) throw new FencedError(taskErrors.not_owner.code, taskErrors.not_owner.meaning);
    for (const topic of news) this.#claimed.add(topic);
  }

  /** Behind all that came before it; durable when this resolves, for the task fails then. */
  async #writeAlone(letter: OutgoingRecord, drain: AbortSignal): Promise<void> {
    await this.#claim(new Set([letter.topic]), drain);
    await this.#appending;
    this.#inFlight.took(1);
    await this.#writer.append([letter], [], drain);
    await this.#writer.flush(drain);
  }

  async #flush(drain: AbortSignal): Promise<void> {
    await this.#appending;
    await this.#writer.flush(drain);
  }

  /** Open transactions are ended before the wait: readers of committed records must not wait for a paused task. */
  async #pause(polling: AbortSignal, drain: AbortSignal): Promise<void> {
    await this.#flush(drain);
    this.#progressed();
    this.#options.life.send('flushed');
    await this.#options.life.resumed(polling);
    this.#progressed();
  }
}

const count = <T>(items: readonly T[], countOf: (item: T) => number): number => items.reduce((sum, item) => sum + countOf(item), 0);

const topicsOf = (records: readonly Outgoing[]): ReadonlySet<string> => {
  const topics = new Set<string>();
  let last: string | undefined;
  for (const record of records) {
    if (isEncoded(record)) for (const topic of record.encoded.topics) topics.add(topic);
    else if (record.topic !== last) topics.add((last = record.topic));
  }
  return topics;
};
