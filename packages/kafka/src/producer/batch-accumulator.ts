import { BatchBuilder, type BatchIdentity } from '../wire/batch-builder.ts';
import { BufferPool } from '../wire/buffer-pool.ts';
import type { RecordView } from '../wire/record-view.ts';
import { splitBatch } from '../wire/split-batch.ts';
import { advanceSequence, PartitionQueue, type Batch, type Ticket } from './partition-queue.ts';

export interface AccumulatorOptions {
  readonly identity: Omit<BatchIdentity, 'baseSequence'>;
  readonly maxBatchBytes: number;
  readonly monotonic: () => number;
}

/** Batches that are released for sending together. */
export interface Cut {
  readonly id: number;
  readonly queues: readonly PartitionQueue[];
  readonly lastTicket: number;
}

/**
 * Records on their way into batches. Keeps the queues of all partitions, the order in which batches were begun, and the
 * bytes that are not acknowledged.
 */
export class BatchAccumulator {
  readonly #options: AccumulatorOptions;
  readonly #pool = new BufferPool();
  readonly #queues = new Map<string, PartitionQueue[]>();
  /** Queues with anything to build, send or wait for. */
  readonly pending = new Set<PartitionQueue>();
  /** Tickets not acknowledged, oldest first; acknowledged ones stay until they are the oldest. */
  readonly #open: Ticket[] = [];
  #openHead = 0;
  #nextTicket = 1;
  #cut = 0;
  #bytes = 0;
  #encodedBytes = 0;

  constructor(options: AccumulatorOptions) {
    this.#options = options;
  }

  /** Bytes in batches that are not acknowledged, those being built included. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes of records encoded so far, ever. */
  get encodedBytes(): number {
    return this.#encodedBytes;
  }

  /** Every ticket up to this one is acknowledged. */
  get acknowledgedUpTo(): number {
    return (this.#open[this.#openHead]?.id ?? this.#nextTicket) - 1;
  }

  /** The newest ticket handed out. */
  get lastTicket(): number {
    return this.#nextTicket - 1;
  }

  queue(topic: string, partition: number): PartitionQueue {
    let queues = this.#queues.get(topic);
    if (queues === undefined) {
      queues = [];
      this.#queues.set(topic, queues);
    }
    return (queues[partition] ??= new PartitionQueue(topic, partition));
  }

  /** Encodes a record. Returns its size in the batch; the caller judges a single record that is too large. */
  add(queue: PartitionQueue, record: RecordView, timestamp: number, index: number): number {
    const { maxBatchBytes } = this.#options;
    let builder = queue.builder ?? this.#begin(queue, index);
    let before = builder.size;
    if (!builder.append(record, timestamp, maxBatchBytes)) {
      this.seal(queue);
      builder = this.#begin(queue, index);
      before = builder.size;
      builder.append(record, timestamp, maxBatchBytes);
    }
    const bytes = builder.size - before;
    this.#bytes += bytes;
    this.#encodedBytes += bytes;
    return bytes;
  }

  /** Ends the batch being built; the next record begins another. */
  seal(queue: PartitionQueue): void {
    const { builder, builderTicket } = queue;
    if (builder === undefined || builderTicket === undefined) return;
    const { identity, monotonic } = this.#options;
    const sizeBefore = builder.size;
    // Batches without a producer id have no sequence numbers either.
    const baseSequence = identity.producerId < 0n ? -1 : queue.nextSequence;
    builder.finish({ ...identity, baseSequence });
    this.#bytes += builder.size - sizeBefore;
    queue.lastBatchBytes = sizeBefore;
    queue.nextSequence = advanceSequence(queue.nextSequence, builder.count);
    queue.ready.push({
      builder,
      ticket: builderTicket,
      baseSequence,
      cut: this.#cut,
      sealedAtMs: monotonic(),
      firstIndex: queue.builderFirstIndex,
    });
    queue.builder = undefined;
    queue.builderTicket = undefined;
  }

  /** Ends all batches being built: what was added since the cut before belongs to the returned one, what comes after to the next. */
  cut(): Cut {
    const queues: PartitionQueue[] = [];
    for (const queue of this.pending) {
      this.seal(queue);
      if (queue.ready.at(-1)?.cut === this.#cut) queues.push(queue);
    }
    const cut = { id: this.#cut, queues, lastTicket: this.lastTicket };
    this.#cut += 1;
    return cut;
  }

  /** Replaces a batch by two of half its records, in the same place of the queue. The batch must have more than one. */
  split(queue: PartitionQueue, batch: Batch): void {
    const { identity, maxBatchBytes } = this.#options;
    const halves = splitBatch(batch.builder, () => new BatchBuilder(this.#pool), maxBatchBytes);
    let { baseSequence } = batch;
    for (const builder of halves) {
      builder.finish({ ...identity, baseSequence });
      queue.failed.push({ ...batch, builder, baseSequence });
      baseSequence = advanceSequence(baseSequence, builder.count);
      this.#bytes += builder.size;
      batch.ticket.outstanding += 1;
    }
    this.acknowledge(queue, batch);
  }

  /** The batch is durable (or replaced): gives its bytes back. */
  acknowledge(queue: PartitionQueue, batch: Batch): void {
    this.#bytes -= batch.builder.size;
    batch.builder.release();
    batch.ticket.outstanding -= 1;
    if (queue.isIdle) this.pending.delete(queue);
    while (this.#open[this.#openHead]?.outstanding === 0) this.#openHead += 1;
    if (this.#openHead > 1_024 && this.#openHead * 2 > this.#open.length) {
      this.#open.splice(0, this.#openHead);
      this.#openHead = 0;
    }
  }

  #begin(queue: PartitionQueue, index: number): BatchBuilder {
    const ticket: Ticket = { id: this.#nextTicket, outstanding: 1 };
    this.#nextTicket += 1;
    this.#open.push(ticket);
    queue.builder = new BatchBuilder(this.#pool, Math.min(queue.lastBatchBytes, this.#options.maxBatchBytes));
    queue.builderTicket = ticket;
    queue.builderFirstIndex = index;
    this.#bytes += queue.builder.size;
    this.pending.add(queue);
    return queue.builder;
  }
}
