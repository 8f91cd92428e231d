import type { PartitionPosition, TopicPartition } from '@headrace/connector-api';
import { abortable, createLatch, type Latch } from '@headrace/foundation';
import type { TopicSettings } from '../record-writer.ts';
import { MemoryPartition, StaleEpoch, type MemoryProducer } from './memory-kafka-partition.ts';

interface TransactionalId {
  readonly producerId: number;
  epoch: number;
  /** undefined: no transaction is open. */
  open: { readonly partitions: Set<MemoryPartition>; readonly offsets: Map<string, readonly PartitionPosition[]> } | undefined;
}

interface Group {
  readonly offsets: Map<string, PartitionPosition>;
  readonly members: Set<string>;
}

/** Partitions of a topic that is created without saying how many. */
const defaultPartitions = 1;

/**
 * A Kafka cluster in memory: partitions with transactions and producer epochs, transactional ids, groups. One instance is
 * one cluster; any number of ports work on it, each as a worker of its own. `stop` makes it unreachable until `start`.
 */
export class MemoryKafka {
  readonly clusterId: string = 'memory-kafka';
  readonly #topics = new Map<string, readonly MemoryPartition[]>();
  readonly #settings = new Map<string, TopicSettings>();
  readonly #transactionalIds = new Map<string, TransactionalId>();
  readonly #groups = new Map<string, Group>();
  #nextProducerId = 1;
  #changed: Latch<void> = createLatch();
  #available: Latch<void> | undefined;

  /** No request is answered until `start`. */
  stop(): void {
    this.#available ??= createLatch();
  }

  start(): void {
    this.#available?.resolve();
    this.#available = undefined;
  }

  /** One request to the cluster: passes at once, or when the cluster can be reached again. */
  async request(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    while (this.#available !== undefined) await abortable(this.#available.promise, signal);
    await Promise.resolve();
  }

  /** Resolves at the next change of any log. */
  async changed(signal: AbortSignal): Promise<void> {
    await abortable(this.#changed.promise, signal);
  }

  get topicNames(): readonly string[] {
    return [...this.#topics.keys()].sort();
  }

  partitions(topic: string): readonly MemoryPartition[] | undefined {
    return this.#topics.get(topic);
  }

  /** Settings a topic was created with; for tests. */
  settingsOf(topic: string): TopicSettings | undefined {
    return this.#settings.get(topic);
  }

  partition({ topic, partition }: TopicPartition): MemoryPartition | undefined {
    return this.#topics.get(topic)?.[partition];
  }

  /** False when it exists already. */
  createTopic(topic: string, settings: TopicSettings): boolean {
    if (this.#topics.has(topic)) return false;
    const count = settings.partitions > 0 ? settings.partitions : defaultPartitions;
    this.#topics.set(
      topic,
      Array.from({ length: count }, (_, partition) => new MemoryPartition(topic, partition)),
    );
    this.#settings.set(topic, settings);
    return true;
  }

  /** InitProducerId: aborts what the id's former producer left open and raises the epoch. */
  initProducer(transactionalId: string): MemoryProducer {
    let state = this.#transactionalIds.get(transactionalId);
    if (state === undefined) {
      state = { producerId: this.#nextProducerId, epoch: 0, open: undefined };
      this.#nextProducerId += 1;
      this.#transactionalIds.set(transactionalId, state);
    } else {
      state.epoch += 1;
      this.#finish(state, false);
    }
    return { producerId: state.producerId, epoch: state.epoch };
  }

  /** Makes partitions part of the id's transaction, and begins one where none is open. StaleEpoch. */
  addPartitions(transactionalId: string, producer: MemoryProducer, partitions: Iterable<MemoryPartition>): void {
    const open = this.#transaction(transactionalId, producer);
    for (const partition of partitions) open.partitions.add(partition);
  }

  /** Group offsets that take effect when the id's transaction commits. StaleEpoch. */
  addOffsets(transactionalId: string, producer: MemoryProducer, group: string, positions: readonly PartitionPosition[]): void {
    this.#transaction(transactionalId, producer).offsets.set(group, positions);
  }

  /** StaleEpoch when another producer has taken the id. */
  endTransaction(transactionalId: string, producer: MemoryProducer, isCommit: boolean): void {
    this.#finish(this.#current(transactionalId, producer), isCommit);
  }

  /** Appends to partitions that were added to the transaction (`isTransactional`), or plainly. StaleEpoch. */
  append(
    producer: MemoryProducer,
    target: MemoryPartition,
    record: Parameters<MemoryPartition['append']>[1],
    isTransactional: boolean,
  ): void {
    target.append(producer, record, isTransactional);
    this.notify();
  }

  /** A producer that no transactional id knows. */
  plainProducer(): MemoryProducer {
    this.#nextProducerId += 1;
    return { producerId: this.#nextProducerId - 1, epoch: 0 };
  }

  group(name: string): Group {
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = { offsets: new Map(), members: new Set() };
      this.#groups.set(name, group);
    }
    return group;
  }

  /** The group expires with all of its offsets. */
  deleteGroup(name: string): void {
    this.#groups.delete(name);
  }

  commitOffsets(group: string, positions: readonly PartitionPosition[]): void {
    const { offsets } = this.group(group);
    for (const position of positions) offsets.set(placeOf(position), position);
  }

  notify(): void {
    this.#changed.resolve();
    this.#changed = createLatch();
  }

  #current(transactionalId: string, { producerId, epoch }: MemoryProducer): TransactionalId {
    const state = this.#transactionalIds.get(transactionalId);
    if (state?.producerId !== producerId || state.epoch !== epoch) throw new StaleEpoch('PRODUCER_FENCED');
    return state;
  }

  #transaction(transactionalId: string, producer: MemoryProducer): NonNullable<TransactionalId['open']> {
    const state = this.#current(transactionalId, producer);
    state.open ??= { partitions: new Set(), offsets: new Map() };
    return state.open;
  }

  #finish(state: TransactionalId, isCommit: boolean): void {
    const { open, producerId, epoch } = state;
    if (open === undefined) return;
    state.open = undefined;
    for (const partition of open.partitions) partition.mark({ producerId, epoch }, isCommit);
    if (isCommit) for (const [group, positions] of open.offsets) this.commitOffsets(group, positions);
    this.notify();
  }
}

export const placeOf = ({ topic, partition }: TopicPartition): string => `${topic}/${String(partition)}`;
