import type { JsonMap, PartitionPosition, SourcePosition, TopicPartition } from '@headrace/connector-api';
import { Stopped, TaskFailure } from '@headrace/foundation';
import { kafkaErrors } from '../kafka-errors.ts';
import type { FoundOffset, SinkOffsets, SinkOffsetsOptions, SinkOffsetStores } from '../sink-offsets.ts';
import { judgeFencing, requireOwnership } from './memory-kafka-fencing.ts';
import type { MemoryKafkaOffsetsLog } from './memory-kafka-offsets-log.ts';
import type { MemoryProducer } from './memory-kafka-partition.ts';
import { placeOf, type MemoryKafka } from './memory-kafka.ts';

export class MemoryKafkaSinkOffsetStores implements SinkOffsetStores {
  readonly #kafka: MemoryKafka;
  readonly #log: MemoryKafkaOffsetsLog;

  constructor(kafka: MemoryKafka, log: MemoryKafkaOffsetsLog) {
    this.#kafka = kafka;
    this.#log = log;
  }

  async open(options: SinkOffsetsOptions, signal: AbortSignal): Promise<SinkOffsets> {
    await this.#kafka.request(signal);
    requireNoMembers(this.#kafka, options.group);
    await requireOwnership(options, signal);
    const producer = this.#kafka.initProducer(options.transactionalId);
    await requireOwnership(options, signal);
    return new MemoryKafkaSinkOffsets(this.#kafka, this.#log, options, producer);
  }

  async committedByGroup(group: string, signal: AbortSignal): Promise<readonly PartitionPosition[]> {
    await this.#kafka.request(signal);
    return [...this.#kafka.group(group).offsets.values()];
  }

  async alter(
    group: string,
    connector: string,
    positions: readonly (TopicPartition & { readonly offset: bigint | null })[],
    signal: AbortSignal,
  ): Promise<void> {
    await this.#kafka.request(signal);
    requireNoMembers(this.#kafka, group);
    for (const { topic, partition, offset } of positions) {
      const place = { topic, partition };
      const copy = offset === null ? { partition: copyKey(place), offset } : copyOf({ ...place, offset });
      this.#log.appendPlainly(connector, copy);
      if (offset === null) this.#kafka.group(group).offsets.delete(placeOf(place));
      else this.#kafka.commitOffsets(group, [{ ...place, offset }]);
    }
  }
}

class MemoryKafkaSinkOffsets implements SinkOffsets {
  readonly #kafka: MemoryKafka;
  readonly #log: MemoryKafkaOffsetsLog;
  readonly #options: SinkOffsetsOptions;
  readonly #producer: MemoryProducer;
  readonly #last = new Map<string, PartitionPosition>();
  #failure: Error | undefined;

  constructor(kafka: MemoryKafka, log: MemoryKafkaOffsetsLog, options: SinkOffsetsOptions, producer: MemoryProducer) {
    this.#kafka = kafka;
    this.#log = log;
    this.#options = options;
    this.#producer = producer;
  }

  async committed(partitions: readonly TopicPartition[], signal: AbortSignal): Promise<readonly PartitionPosition[]> {
    const copies = copiesIn(await this.#log.positions(this.#options.connector, signal));
    const { offsets } = this.#kafka.group(this.#options.group);
    return partitions.flatMap((partition) => {
      const place = placeOf(partition);
      return offsets.get(place) ?? copies.find((copy) => placeOf(copy) === place) ?? [];
    });
  }

  async commit(positions: readonly PartitionPosition[], signal: AbortSignal): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (positions.length === 0) return;
    await this.#kafka.request(signal);
    const { group, connector, transactionalId } = this.#options;
    const producer = this.#producer;
    try {
      requireNoMembers(this.#kafka, group);
      const copies = positions.map(copyOf);
      this.#kafka.addOffsets(transactionalId, producer, group, positions);
      const targets = copies.map(({ partition }) => this.#log.partitionOf(connector, partition));
      this.#kafka.addPartitions(transactionalId, producer, targets);
      for (const copy of copies) this.#log.append(producer, connector, copy, true);
      this.#kafka.endTransaction(transactionalId, producer, true);
      for (const position of positions) this.#last.set(placeOf(position), position);
    } catch (failure) {
      this.#failure = await judgeFencing(failure, this.#options, signal);
      throw this.#failure;
    }
  }

  async putBack(signal: AbortSignal): Promise<readonly FoundOffset[]> {
    await this.#kafka.request(signal);
    requireNoMembers(this.#kafka, this.#options.group);
    const { offsets } = this.#kafka.group(this.#options.group);
    const touched = [...this.#last.values()].flatMap((position) => {
      const { topic, partition, offset: committed } = position;
      const offset = offsets.get(placeOf(position))?.offset ?? null;
      return offset === committed ? [] : [{ topic, partition, offset, committed }];
    });
    const again = touched.map(({ topic, partition, committed }) => ({ topic, partition, offset: committed }));
    await this.commit(again, signal);
    return touched;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#failure ??= new Stopped('done', 'The sink offsets are closed.');
    return Promise.resolve();
  }
}

const requireNoMembers = (kafka: MemoryKafka, group: string): void => {
  const { members } = kafka.group(group);
  if (members.size === 0) return;
  const message = `Group "${group}" has members (${[...members].join(', ')}). ${kafkaErrors.group_in_use.hint}`;
  throw new TaskFailure(kafkaErrors.group_in_use.code, message);
};

const copyKey = ({ topic, partition }: TopicPartition): JsonMap => ({ kafka_topic: topic, kafka_partition: partition });

const copyOf = (position: PartitionPosition): SourcePosition => ({
  partition: copyKey(position),
  offset: { kafka_offset: position.offset },
});

const copiesIn = (positions: readonly SourcePosition[]): readonly PartitionPosition[] =>
  positions.flatMap(({ partition, offset }) => {
    const { kafka_topic: topic, kafka_partition: index } = partition;
    const stored = offset?.['kafka_offset'];
    if (typeof topic !== 'string' || typeof index !== 'number' || (typeof stored !== 'number' && typeof stored !== 'bigint')) return [];
    return [{ topic, partition: index, offset: BigInt(stored) }];
  });
