import type { PartitionPosition, SinkTask } from '@headrace/connector-api';
import type { Clock, Labels, Logger, Meter } from '@headrace/foundation';
import type { RecordReader, SinkOffsets } from '@headrace/ports';
import { CommitMetrics } from '../session/commit-metrics.ts';
import { nameOf } from './start-positions.ts';

export interface OffsetCommitterOptions {
  readonly clock: Clock;
  readonly commitIntervalMs: number;
  readonly meter: Meter;
  readonly log: Logger;
  readonly labels: Labels;
}

export interface CommitParties {
  readonly task: SinkTask;
  readonly reader: RecordReader;
  readonly offsets: SinkOffsets;
  readonly failedRecords: { flush(signal: AbortSignal): Promise<void> };
}

const METRICS = 'kafka_connect_sink_task_metrics_offset_commit_';

/** Flushes a sink task from time to time, then commits the offsets of what is durable by that, where they have changed. */
export class OffsetCommitter {
  readonly #options: OffsetCommitterOptions;
  readonly #parties: CommitParties;
  /**
   * By this session. Empty at first, so that also partitions without records are committed once: offsets of a group that was
   * taken over are in no copy yet, and a position that `auto.offset.reset` chose is nowhere.
   */
  readonly #committed = new Map<string, bigint>();
  /** Behind every record that was put (or skipped). */
  #done: readonly PartitionPosition[];
  #isWhole = true;
  readonly #metrics: CommitMetrics;
  #nextAt: number;

  constructor(options: OffsetCommitterOptions, parties: CommitParties) {
    this.#options = options;
    this.#parties = parties;
    this.#done = parties.reader.positions();
    this.#metrics = new CommitMetrics(options);
    options.meter.add(`${METRICS}completion_total`, 0, options.labels);
    // None ever: a commit is waited for, so none comes too late to count.
    options.meter.add(`${METRICS}skip_total`, 0, options.labels);
    this.#nextAt = options.clock.monotonic() + options.commitIntervalMs;
  }

  /** A batch has been polled: the reader is ahead of what is done. */
  begin(): void {
    this.#isWhole = false;
  }

  /** All of that batch is put. */
  done(positions: readonly PartitionPosition[]): void {
    this.#done = positions;
    this.#isWhole = true;
  }

  /** False while a batch is half-way. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  dueInMs(): number {
    return Math.max(0, this.#nextAt - this.#options.clock.monotonic());
  }

  async commit(signal: AbortSignal): Promise<void> {
    const { task, reader, offsets, failedRecords } = this.#parties;
    // Without records of its own a partition still moves: markers and aborted records are passed.
    if (this.#isWhole) this.#done = reader.positions();
    const waiting = new Map(task.waiting?.().map((position) => [nameOf(position), position]));
    const durable = this.#done.map((position) => waiting.get(nameOf(position)) ?? position);
    const changed = durable.filter((position) => this.#committed.get(nameOf(position)) !== position.offset);
    // What waits may wait in vain: a flush lets the task say so.
    if (changed.length === 0 && waiting.size > 0) await task.flush(signal);
    if (changed.length === 0) await this.#putBack(signal);
    if (changed.length > 0) {
      // I1: offsets follow what is durable, the dead letters included.
      await this.#timed(async () => {
        await task.flush(signal);
        await failedRecords.flush(signal);
        await offsets.commit(changed, signal);
      });
      for (const position of changed) this.#committed.set(nameOf(position), position.offset);
      this.#options.meter.add(`${METRICS}completion_total`, 1, this.#options.labels);
    }
    this.#nextAt = this.#options.clock.monotonic() + this.#options.commitIntervalMs;
  }

  /** I6: a group that has lost its offsets, or was reset, must not decide where the next owner begins. */
  async #putBack(signal: AbortSignal): Promise<void> {
    const { log } = this.#options;
    for (const { topic, partition, offset, committed } of await this.#parties.offsets.putBack(signal)) {
      const found = offset === null ? 'none' : String(offset);
      log.warn(
        'The group had another offset than the running task has committed; it is put back. To change it, stop the connector first.',
        {
          partition: `${topic}-${String(partition)}`,
          found,
          committed: String(committed),
        },
      );
    }
  }

  async #timed(commit: () => Promise<void>): Promise<void> {
    const { clock, meter, labels } = this.#options;
    const startedAt = clock.monotonic();
    try {
      await commit();
      this.#metrics.succeeded(clock.monotonic() - startedAt);
    } catch (error) {
      this.#metrics.failed(clock.monotonic() - startedAt);
      throw error;
    } finally {
      meter.set(`${METRICS}seq_no`, this.#metrics.attempts, labels);
    }
  }
}
