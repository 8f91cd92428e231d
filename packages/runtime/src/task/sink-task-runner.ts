import type { RecordLane, SinkFlow, SinkRecord, SinkTask, TopicPartition } from '@headrace/connector-api';
import { isAbort, linkSignal, type Clock, type HeadraceError, type Labels, type Logger, type Meter } from '@headrace/foundation';
import type { IncomingRecord, Isolation, RecordReader, RecordReaders, SinkOffsets, SinkOffsetStores, TopicAdmin } from '@headrace/ports';
import type { DeadLetters } from './record/dead-letter.ts';
import type { ErrorPolicy } from './record/error-policy.ts';
import type { StageError } from './record/stage-error.ts';
import type { BytesMoved } from './session/bytes-moved.ts';
import { drainSignal } from './session/drain-signal.ts';
import { requireOwnership, runWithRestarts, type Progressed } from './session/run-with-restarts.ts';
import { RecordsInFlight } from './session/records-in-flight.ts';
import type { TaskLife } from './session/task-life.ts';
import type { TopicUse } from './session/topic-use.ts';
import { BatchPut } from './sink/batch-put.ts';
import { FailedRecords } from './sink/failed-records.ts';
import { OffsetCommitter } from './sink/offset-committer.ts';
import { PolledBatch } from './sink/polled-batch.ts';
import { ReaderFlow } from './sink/reader-flow.ts';
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
  readonly bytesMoved: BytesMoved;
  readonly commitIntervalMs: number;
  readonly drainMs: number;
  readonly retryTimeoutMs: number;
  confirmOwnership(signal: AbortSignal): Promise<boolean>;
  tellLane(lane: RecordLane): void;
  /** A queue, anew for each session; undefined when the connector has none. */
  openDeadLetters(signal: AbortSignal): Promise<DeadLetters | undefined>;
  createTask(reportRecord: ReportRecord, flow: SinkFlow): SinkTask;
}

const METRICS = 'kafka_connect_sink_task_metrics_sink_record_';

/**
 * Runs a sink task until it is stopped, fenced or broken for good:
 * 1. open the offsets and the dead letters, which fences the former owner; 2. confirm ownership (I3); 3. start the task, which fences at the target;
 * 4. read from the target's own positions, else the committed ones, else auto.offset.reset (I6); 5. poll, convert, transform,
 * put; 6. commit what a flush has made durable, and never more (I1).
 */
export const runSinkTask = (options: SinkTaskOptions, signal: AbortSignal): Promise<void> =>
  runWithRestarts((stop, progressed) => runSession(options, stop, progressed), signal, options);

const runSession = async (options: SinkTaskOptions, stop: AbortSignal, progressed: Progressed): Promise<void> => {
  const { connector, group, transactionalId, partitions, reading } = options;
  using drain = drainSignal(stop, options.drainMs, options.clock);
  await using offsets = await options.sinkOffsets.open(
    {
      group,
      connector,
      transactionalId,
      consumerConfig: reading.consumerConfig,
      confirmOwnership: (confirming) => options.confirmOwnership(confirming),
    },
    stop,
  );
  await using deadLetters = await options.openDeadLetters(stop);
  await requireOwnership(options, stop);
  const committed = await offsets.committed(partitions, stop);
  const failedRecords = new FailedRecords({ ...options, deadLetters }, drain.signal);
  const flow = new ReaderFlow();
  await using task = options.createTask((record, error) => failedRecords.report(record, error), flow);
  const fromTarget = await task.start(stop);
  options.tellLane(task.lane ?? 'object');
  const start = await startPositions({ partitions, fromTarget, committed, reset: reading.reset, topicAdmin: options.topicAdmin }, stop);
  const { isolation, consumerConfig } = reading;
  await using reader = await options.readers.open({ start, isolation, consumerConfig }, stop);
  flow.attach(reader);
  options.life.send('opened');
  options.meter.set('kafka_connect_sink_task_metrics_partition_count', partitions.length, options.labels);
  await new SinkLoop(options, { task, flow, reader, offsets, failedRecords, progressed }).run(stop, drain.signal);
};

interface OpenSink {
  readonly task: SinkTask;
  readonly flow: ReaderFlow;
  readonly reader: RecordReader;
  readonly offsets: SinkOffsets;
  readonly failedRecords: FailedRecords;
  readonly progressed: Progressed;
}

/** One started task with its reader. */
class SinkLoop {
  readonly #options: SinkTaskOptions;
  readonly #open: OpenSink;
  readonly #decoder: RecordDecoder;
  readonly #batchPut: BatchPut;
  readonly #committer: OffsetCommitter;
  readonly #inFlight: RecordsInFlight;

  constructor(options: SinkTaskOptions, open: OpenSink) {
    this.#options = options;
    this.#open = open;
    this.#decoder = new RecordDecoder(options.decoding);
    this.#batchPut = new BatchPut(options, {
      task: open.task,
      reportRecord: (record, error) => open.failedRecords.report(record, error),
    });
    this.#committer = new OffsetCommitter(options, open);
    this.#inFlight = new RecordsInFlight(options, METRICS);
    for (const counter of ['read_total', 'send_total']) options.meter.add(METRICS + counter, 0, options.labels);
  }

  async run(stop: AbortSignal, drain: AbortSignal): Promise<void> {
    try {
      for (;;) {
        if (this.#options.life.isPauseWanted) await this.#pause(stop, drain);
        const records = await this.#open.reader.poll(this.#options.reading.maxRecords, this.#committer.dueInMs(), stop);
        this.#tellLag();
        if (records.length === 0) this.#idle();
        else await this.#take(records, stop, drain);
        if (this.#open.flow.takeCommitRequest() || this.#committer.dueInMs() === 0) await this.#commit(drain);
      }
    } catch (error) {
      if (!stop.aborted || !isAbort(error)) throw error;
    }
    if (this.#committer.isWhole) await this.#commit(drain);
  }

  async #commit(drain: AbortSignal): Promise<void> {
    await this.#committer.commit(drain);
    const isAnyWaiting = (this.#open.task.waiting?.().length ?? 0) > 0;
    if (this.#committer.isWhole && !isAnyWaiting) this.#inFlight.done();
  }

  #idle(): void {
    this.#options.bytesMoved.tell();
    this.#open.progressed();
  }

  #tellLag(): void {
    const lag = this.#open.reader.maxLag();
    if (lag !== undefined) this.#options.meter.set(`${METRICS}lag_max`, Number(lag), this.#options.labels);
  }

  /** Decoding may be cut off by a stop, a put never is: it ends within the time to drain, or its records come again. */
  async #take(records: readonly IncomingRecord[], stop: AbortSignal, drain: AbortSignal): Promise<void> {
    const { bytesMoved, meter, labels, topicUse } = this.#options;
    const { failedRecords, reader } = this.#open;
    this.#committer.begin();
    let bytes = 0;
    for (const { topic, keyStart, keyEnd, valueStart, valueEnd } of records) {
      topicUse.see(topic);
      bytes += Math.max(0, keyEnd - keyStart) + Math.max(0, valueEnd - valueStart);
    }
    topicUse.tell();
    bytesMoved.add(bytes);
    meter.add(`${METRICS}read_total`, records.length, labels);
    this.#inFlight.took(records.length);
    const told = {
      divert: (record: IncomingRecord, failure: StageError) => failedRecords.divert(record, failure),
      keep: (sinkRecord: SinkRecord, record: IncomingRecord) => {
        failedRecords.keep(sinkRecord, record);
      },
    };
    const batch = new PolledBatch(records, (polled, signal) => this.#decoder.decode(polled, signal, told), stop);
    const taken = await this.#batchPut.take(batch, stop, drain);
    meter.add(`${METRICS}send_total`, taken, labels);
    meter.observe('kafka_connect_connector_task_metrics_batch_size_{}', records.length, labels);
    this.#committer.done(reader.positions());
    this.#open.progressed();
  }

  async #pause(stop: AbortSignal, drain: AbortSignal): Promise<void> {
    await this.#commit(drain);
    this.#open.progressed();
    this.#options.life.send('flushed');
    using waiting = linkSignal(stop);
    await this.#options.life.resumed(waiting.signal);
    this.#open.progressed();
  }
}
