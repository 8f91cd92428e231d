import type { PartitionPosition, SinkRecord } from '@headrace/connector-api';
import { TaskFailure } from '@headrace/foundation';
import { errors } from '../errors.ts';
import { placeOf } from '../record/change.ts';
import type { TransactionMark } from '../record/transaction-mark.ts';
import type { PendingRecord } from './pending-record.ts';

/** Records that are to become visible in the target at once, in the order in which they are to be applied. */
export interface WholeTransaction {
  readonly records: readonly PendingRecord[];
  /** Place of its END, which is its name; undefined for a record outside of transactions. */
  readonly end: PartitionPosition | undefined;
}

/** A record of a transaction with what followed it in its partition and belongs to none (a tombstone, for example). */
interface Entry {
  readonly order: number;
  readonly records: PendingRecord[];
  isTaken: boolean;
}

interface OpenTransaction {
  readonly id: string;
  readonly events: Entry[];
  readonly boundaries: Entry[];
  /** Changes it has, once its END is there. */
  expected: number | undefined;
  end: PartitionPosition | undefined;
}

const partitionOf = ({ original }: SinkRecord): string => `${String(original.partition)} ${original.topic}`;

/**
 * Puts source transactions together from the partitions they came through. One is complete when its END has come and as many
 * changes as that counts; complete ones are given in the order of their ENDs, which is the order of their commits. Within a
 * partition the source keeps that order too, so that a position behind a transaction is behind all that came before it.
 */
export class TransactionAssembly {
  readonly #maxRecords: number;
  readonly #open = new Map<string, OpenTransaction>();
  readonly #ended: OpenTransaction[] = [];
  readonly #lastEntries = new Map<string, Entry>();
  readonly #nextOffsets = new Map<string, bigint>();
  #free: PendingRecord[] = [];
  #count = 0;

  constructor(maxRecords: number) {
    this.#maxRecords = maxRecords;
  }

  /** The record was added before. */
  includes(record: SinkRecord): boolean {
    const next = this.#nextOffsets.get(partitionOf(record));
    return next !== undefined && record.original.offset < next;
  }

  /** TaskFailure when the source marks no transactions, or one of them is larger than what may be held. */
  add(pending: PendingRecord, mark: TransactionMark): void {
    const partition = partitionOf(pending.record);
    this.#nextOffsets.set(partition, pending.record.original.offset + 1n);
    if (mark.kind === 'unmarked') throw unmarked(pending.record);
    if (mark.kind === 'none') {
      this.#addFree(pending, partition);
      return;
    }
    const transaction = this.#transaction(mark.id);
    const entry: Entry = { order: mark.kind === 'event' ? mark.order : 0, records: [pending], isTaken: false };
    (mark.kind === 'event' ? transaction.events : transaction.boundaries).push(entry);
    this.#lastEntries.set(partition, entry);
    this.#hold();
    if (mark.kind !== 'end') return;
    transaction.expected = mark.count;
    transaction.end = pending.record.original;
    this.#ended.push(transaction);
  }

  /** What can be applied now, in order. */
  take(): readonly WholeTransaction[] {
    const taken: WholeTransaction[] = this.#free.map((pending) => ({ records: [pending], end: undefined }));
    this.#free = [];
    for (let head = this.#ended[0]; head !== undefined && isComplete(head); head = this.#ended[0]) {
      this.#ended.shift();
      this.#open.delete(head.id);
      const entries = [...head.events.sort((one, other) => one.order - other.order), ...head.boundaries];
      for (const entry of entries) entry.isTaken = true;
      const records = entries.flatMap((entry) => entry.records);
      this.#count -= records.length;
      taken.push({ records, end: head.end });
    }
    return taken;
  }

  /** By partition, the first record that waits. */
  waiting(): readonly PartitionPosition[] {
    const first = new Map<string, PartitionPosition>();
    const entries = [...this.#open.values()].flatMap(({ events, boundaries }) => [...events, ...boundaries]);
    for (const { record } of entries.flatMap(({ records }) => records)) {
      const earlier = first.get(partitionOf(record));
      if (earlier === undefined || record.original.offset < earlier.offset) first.set(partitionOf(record), record.original);
    }
    return [...first.values()];
  }

  /** The transaction that holds up all others although its END is there; what it lacks, in words. */
  get blocked(): string | undefined {
    const head = this.#ended[0];
    if (head === undefined) return undefined;
    return `transaction ${head.id} has ${String(head.events.length)} of ${String(head.expected ?? 0)} changes`;
  }

  #addFree(pending: PendingRecord, partition: string): void {
    const before = this.#lastEntries.get(partition);
    if (before === undefined || before.isTaken) {
      this.#free.push(pending);
      return;
    }
    before.records.push(pending);
    this.#hold();
  }

  #transaction(id: string): OpenTransaction {
    let transaction = this.#open.get(id);
    if (transaction === undefined)
      this.#open.set(id, (transaction = { id, events: [], boundaries: [], expected: undefined, end: undefined }));
    return transaction;
  }

  #hold(): void {
    this.#count += 1;
    if (this.#count <= this.#maxRecords) return;
    throw new TaskFailure(
      errors.transaction_too_large.code,
      `More than ${String(this.#maxRecords)} records wait for the end of their transactions. Raise transaction.max.records, or set transaction.atomic=false.`,
    );
  }
}

const isComplete = ({ events, expected }: OpenTransaction): boolean => events.length === expected;

const unmarked = (record: SinkRecord): TaskFailure =>
  new TaskFailure(
    errors.no_transaction.code,
    `The value of ${placeOf(record)} names no transaction, and transaction.atomic=true needs it. ` +
      'Set provide.transaction.metadata=true at the source, and use no transform that takes the envelope away.',
  );
