import type { SourcePosition } from '@headrace/connector-api';
import { crashPoint, Wakeup } from '@headrace/foundation';
import { within } from '../cluster/retry.ts';
import type { Cut } from '../producer/batch-accumulator.ts';
import type { Delivery, DeliveryOptions } from './delivery.ts';
import type { PartitionQueue } from '../producer/partition-queue.ts';
import { PositionBatch } from './position-batch.ts';
import { Progress } from '../producer/progress.ts';

export interface ExactlyOnceOptions extends DeliveryOptions {
  /** A transaction takes no more appends after this time. */
  readonly transactionMaxMs: number;
  readonly transactionMaxBytes: number;
  /** Shortest time from the end of a transaction to the next one, unless that is full or somebody flushes. */
  readonly transactionEveryMs: number;
  /** While appends keep coming, a transaction goes on taking them for this long; without any it is ended at once. */
  readonly lingerMs: number;
  /**
   * As long as this much gathers while the share before is sent, a backlog is being drained: nobody waits for its newest
   * record, and the commit, during which nothing is sent, is worth sparing. Such a transaction goes on beyond `lingerMs`.
   */
  readonly backlogBytes: number;
}

/** Positions without records are not worth a transaction each: longest time they wait for company. */
const idlePositionsMs = 100;

/** Longest time for telling the coordinator that a transaction is given up. */
const abandonMs = 2_000;

/** Whole appends that go into one transaction together, their positions encoded with them. */
interface Share {
  readonly cut: Cut;
  readonly positions: readonly SourcePosition[];
  readonly bytes: number;
  readonly records: number;
  readonly appendNumber: number;
}

/**
 * Group commit: while one transaction is under way, appended batches are encoded and gather for the next. Records and
 * positions of an append are always in the same transaction.
 */
export class ExactlyOnceDelivery implements Delivery {
  readonly #options: ExactlyOnceOptions;
  readonly #tickets = new Progress();
  readonly #appends = new Progress();
  readonly #wakeup = new Wakeup();
  readonly #shares: Share[] = [];
  #gathered = new PositionBatch();
  #appendCount = 0;
  #endedAppend = 0;
  #sharedAppend = 0;
  /** Bytes encoded since the last share was cut, as far as they are not acknowledged. */
  #bytesBefore = 0;
  #gatheredBytes = 0;
  #gatheredRecords = 0;
  #isTransactionOpen = false;
  #flushes = 0;
  #willWake = false;

  constructor(options: ExactlyOnceOptions) {
    this.#options = options;
  }

  beginAppend(): void {
    this.#appendCount += 1;
    this.#bytesBefore = this.#options.accumulator.encodedBytes;
  }

  endAppend(positions: readonly SourcePosition[], records: number): void {
    this.#endedAppend = this.#appendCount;
    this.#gathered.add(positions);
    this.#gatheredRecords += records;
    this.#gatheredBytes += this.#options.accumulator.encodedBytes - this.#bytesBefore;
    if (this.#gatheredBytes >= this.#options.transactionMaxBytes) this.#cutShare();
    this.#wakeup.wake();
  }

  acknowledged(): void {
    this.#tickets.reach(this.#options.accumulator.acknowledgedUpTo);
  }

  async flush(signal: AbortSignal): Promise<void> {
    this.#flushes += 1;
    this.#wakeup.wake();
    try {
      await this.#appends.until(this.#endedAppend, signal);
    } finally {
      this.#flushes -= 1;
    }
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, transactionEveryMs } = this.#options;
    let endedAt = Number.NEGATIVE_INFINITY;
    for (;;) {
      await this.#wakeup.wait(signal);
      const restMs = this.#gatheredBytes > 0 ? transactionEveryMs : Math.max(idlePositionsMs, transactionEveryMs);
      const tooEarlyMs = endedAt + restMs - clock.monotonic();
      const isDue = this.#shares.length > 0 || this.#flushes > 0;
      if (!isDue && tooEarlyMs > 0) {
        this.#wakeLater(tooEarlyMs, signal);
        continue;
      }
      for (let share = this.#takeShare(); share !== undefined; share = this.#takeShare()) {
        await this.#transact(share, signal);
        endedAt = clock.monotonic();
      }
    }
  }

  fail(error: Error): void {
    this.#tickets.fail(error);
    this.#appends.fail(error);
  }

  async abandon(): Promise<void> {
    if (!this.#isTransactionOpen) return;
    this.#isTransactionOpen = false;
    const { clock, session } = this.#options;
    // A failure leaves the transaction to its time-out, or to the successor's InitProducerId.
    await within(clock, abandonMs, (signal) => session.end(false, signal)).catch(() => undefined);
  }

  async #transact(first: Share, signal: AbortSignal): Promise<void> {
    const { clock, session, onDurable, onRecordsDurable, transactionMaxMs, transactionMaxBytes, lingerMs, backlogBytes } = this.#options;
    const startedAt = clock.monotonic();
    const partitions = new Set<PartitionQueue>();
    const shares: Share[] = [];
    let bytes = 0;
    for (let share: Share | undefined = first; share !== undefined;) {
      await this.#send(share, partitions, signal);
      shares.push(share);
      bytes += share.bytes;
      const maxMs: number = share.bytes < backlogBytes ? Math.min(lingerMs, transactionMaxMs) : transactionMaxMs;
      const mayGoOn: boolean = bytes < transactionMaxBytes && clock.monotonic() - startedAt < maxMs;
      share = mayGoOn ? this.#takeShare() : undefined;
    }
    crashPoint('writer.before-commit');
    if (this.#isTransactionOpen) await session.end(true, signal);
    this.#isTransactionOpen = false;
    crashPoint('writer.after-commit');
    const records = shares.reduce((sum, share) => sum + share.records, 0);
    onRecordsDurable(records, clock.monotonic() - startedAt);
    for (const { positions, appendNumber } of shares) {
      if (positions.length > 0) onDurable(positions);
      this.#appends.reach(appendNumber);
    }
  }

  async #send(share: Share, partitions: Set<PartitionQueue>, signal: AbortSignal): Promise<void> {
    const { session, sender } = this.#options;
    const { cut } = share;
    const added = cut.queues.filter((queue) => !partitions.has(queue));
    if (added.length > 0) {
      this.#isTransactionOpen = true;
      await session.addPartitions(added, signal);
      for (const queue of added) partitions.add(queue);
    }
    crashPoint('writer.before-produce');
    sender.release(cut.id);
    await this.#tickets.until(cut.lastTicket, signal);
  }

  /** The next whole appends; undefined when there are none, or one is just being encoded. */
  #takeShare(): Share | undefined {
    if (this.#shares.length === 0 && this.#endedAppend > this.#sharedAppend && this.#endedAppend === this.#appendCount) this.#cutShare();
    return this.#shares.shift();
  }

  #cutShare(): void {
    const { accumulator, positionTarget } = this.#options;
    const gathered = this.#gathered;
    this.#gathered = new PositionBatch();
    gathered.encode(positionTarget);
    this.#shares.push({
      cut: accumulator.cut(),
      positions: gathered.positions,
      bytes: this.#gatheredBytes,
      records: this.#gatheredRecords,
      appendNumber: this.#endedAppend,
    });
    this.#sharedAppend = this.#endedAppend;
    this.#gatheredBytes = 0;
    this.#gatheredRecords = 0;
  }

  #wakeLater(delayMs: number, signal: AbortSignal): void {
    if (this.#willWake) return;
    this.#willWake = true;
    this.#options.clock.sleep(delayMs, signal).then(
      () => {
        this.#willWake = false;
        this.#wakeup.wake();
      },
      () => undefined,
    );
  }
}
