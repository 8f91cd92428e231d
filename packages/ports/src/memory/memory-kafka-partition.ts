import { incomingRecord, type IncomingRecord, type Isolation, type RecordParts } from '../record-reader.ts';

/** Who appends: the epoch is compared with the newest one the partition has seen of that producer. */
export interface MemoryProducer {
  readonly producerId: number;
  readonly epoch: number;
}

/** A record before it has its place. */
export type StoredRecord = Omit<RecordParts, 'topic' | 'partition' | 'offset'>;

type Fate = 'plain' | 'open' | 'committed' | 'aborted';

interface Entry {
  readonly producerId: number;
  /** null: a marker that ends a transaction. */
  readonly record: IncomingRecord | null;
  fate: Fate;
}

/** What a partition answers to a producer of an epoch that is over. */
export class StaleEpoch extends Error {}

/** One partition's log: offsets, transactions with their markers, and the epochs of producers. */
export class MemoryPartition {
  readonly topic: string;
  readonly partition: number;
  #entries: Entry[] = [];
  #start = 0;
  readonly #epochs = new Map<number, number>();
  readonly #open = new Map<number, Entry[]>();

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  get startOffset(): bigint {
    return BigInt(this.#start);
  }

  /** The offset of the next entry. */
  get endOffset(): bigint {
    return BigInt(this.#end);
  }

  /** The first offset of an undecided transaction, or the end. */
  get stableOffset(): bigint {
    const first = this.#entries.findIndex(({ fate }) => fate === 'open');
    return first < 0 ? this.endOffset : BigInt(this.#start + first);
  }

  /** StaleEpoch when the partition has seen a newer epoch of that producer. */
  append(producer: MemoryProducer, record: StoredRecord, isTransactional: boolean): void {
    this.#requireCurrent(producer);
    const { topic, partition } = this;
    const { producerId } = producer;
    const entry: Entry = {
      producerId,
      record: incomingRecord({ ...record, topic, partition, offset: this.endOffset }),
      fate: isTransactional ? 'open' : 'plain',
    };
    this.#entries.push(entry);
    if (!isTransactional) return;
    const open = this.#open.get(producerId);
    if (open === undefined) this.#open.set(producerId, [entry]);
    else open.push(entry);
  }

  /** Ends a producer's transaction here with a marker of that epoch, whether it wrote anything or not. */
  mark({ producerId, epoch }: MemoryProducer, isCommit: boolean): void {
    this.#epochs.set(producerId, epoch);
    for (const entry of this.#open.get(producerId) ?? []) entry.fate = isCommit ? 'committed' : 'aborted';
    this.#open.delete(producerId);
    this.#entries.push({ producerId, record: null, fate: 'plain' });
  }

  /** Whether an offset can be read from: it exists, or is the next one. */
  has(offset: bigint): boolean {
    return offset >= this.startOffset && offset <= this.endOffset;
  }

  /** The record to give at `offset` or after, and where reading goes on; undefined when there is nothing to go past. */
  next(offset: bigint, isolation: Isolation): { readonly record: IncomingRecord | null; readonly nextOffset: bigint } | undefined {
    const limit = isolation === 'read_committed' ? this.stableOffset : this.endOffset;
    if (offset >= limit) return undefined;
    const entry = this.#entries[Number(offset) - this.#start];
    const isHidden = entry === undefined || (isolation === 'read_committed' && entry.fate === 'aborted');
    return { record: isHidden ? null : entry.record, nextOffset: offset + 1n };
  }

  /** Drops everything before `offset`, as retention does. */
  trim(offset: bigint): void {
    const dropped = Math.min(Number(offset), this.#end) - this.#start;
    if (dropped <= 0) return;
    this.#entries = this.#entries.slice(dropped);
    this.#start += dropped;
  }

  get #end(): number {
    return this.#start + this.#entries.length;
  }

  #requireCurrent({ producerId, epoch }: MemoryProducer): void {
    if (epoch < (this.#epochs.get(producerId) ?? -1)) throw new StaleEpoch('INVALID_PRODUCER_EPOCH');
    this.#epochs.set(producerId, epoch);
  }
}
