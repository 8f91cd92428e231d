import type { BatchBuilder } from '../wire/batch-builder.ts';

/** One for every builder, in the order they were begun: what is before the oldest open ticket is acknowledged. */
export interface Ticket {
  readonly id: number;
  /** Batches of it that are not acknowledged; 0 ends the ticket. */
  outstanding: number;
}

/** A batch that is finished: its bytes and sequence numbers never change again, however often it is sent. */
export interface Batch {
  readonly builder: BatchBuilder;
  readonly ticket: Ticket;
  readonly baseSequence: number;
  /** The cut it belongs to; the sender sends no cut that was not released. */
  readonly cut: number;
  readonly sealedAtMs: number;
  /** Place of its first record in the `append` call it came with. */
  readonly firstIndex: number;
}

/** What is to be sent to one partition, in sequence order: in flight, then ready, then the one being built. */
export class PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  builder: BatchBuilder | undefined;
  builderTicket: Ticket | undefined;
  builderFirstIndex = 0;
  /** Of the batch that was finished last, before it was compressed: the next will be about as large. */
  lastBatchBytes = 0;
  readonly ready: Batch[] = [];
  readonly inFlight = new Set<Batch>();
  /** In flight batches that have to be sent again; merged back into `ready` when none is in flight any more. */
  readonly failed: Batch[] = [];
  /**
   * Batches go one at a time until one succeeds: after a failure, and at first, because a broker that knows nothing of the
   * producer takes any sequence number, so a second batch could overtake a first one that was refused.
   */
  isRecovering = true;
  attempts = 0;
  /** Not before this monotonic time. */
  retryAtMs = 0;
  nextSequence = 0;

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  get isIdle(): boolean {
    return this.builder === undefined && this.ready.length === 0 && this.inFlight.size === 0 && this.failed.length === 0;
  }

  /** Puts failed batches back in front, once nothing of the partition is on its way. */
  restoreFailed(): void {
    if (this.failed.length === 0 || this.inFlight.size > 0) return;
    this.failed.sort((a, b) => a.ticket.id - b.ticket.id || sequenceDistance(b.baseSequence, a.baseSequence));
    this.ready.unshift(...this.failed);
    this.failed.length = 0;
  }

  /** The oldest batch without acknowledgement: only its sequence number can be judged by the broker. */
  isOldest(batch: Batch): boolean {
    const isBefore = (other: Batch): boolean => sequenceDistance(other.baseSequence, batch.baseSequence) > 0;
    for (const other of this.inFlight) if (isBefore(other)) return false;
    return !this.failed.some(isBefore);
  }
}

/** Sequence numbers run from 0 to 2^31 - 1 and start over. */
export const advanceSequence = (sequence: number, count: number): number => (sequence + count) % 0x8000_0000;

/** How far `to` is after `from`, negative when before, across the wrap. */
const sequenceDistance = (from: number, to: number): number => ((to - from + 0xc000_0000) % 0x8000_0000) - 0x4000_0000;
