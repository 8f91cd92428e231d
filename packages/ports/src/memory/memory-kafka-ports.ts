import { RetriableError, TaskFailure, type Clock } from '@headrace/foundation';
import type { TopicPartition } from '@headrace/connector-api';
import { kafkaErrors } from '../kafka-errors.ts';
import type { KafkaPorts } from '../kafka-ports.ts';
import type { OffsetSpec, TopicAdmin } from '../topic-admin.ts';
import type { TopicSettings } from '../record-writer.ts';
import { fencePartitions } from './memory-kafka-fencing.ts';
import { MemoryKafkaOffsetsLog } from './memory-kafka-offsets-log.ts';
import { MemoryKafkaReader } from './memory-kafka-reader.ts';
import { MemoryKafkaSinkOffsetStores } from './memory-kafka-sink-offsets.ts';
import { MemoryKafkaSourceOffsets } from './memory-kafka-source-offsets.ts';
import { MemoryKafkaWriters } from './memory-kafka-writer.ts';
import type { MemoryKafka } from './memory-kafka.ts';

export interface MemoryKafkaPortsOptions {
  readonly clock: Clock;
  readonly offsetsTopic: string;
  /** Default 25. */
  readonly offsetsTopicPartitions?: number;
  /** Longest wait for undecided transactions on the offsets topic. Default 90,000 ms. */
  readonly stableDeadlineMs?: number;
}

/** The Kafka ports of one worker on a cluster in memory. */
export const createMemoryKafkaPorts = (kafka: MemoryKafka, options: MemoryKafkaPortsOptions): KafkaPorts => {
  const { clock, offsetsTopic, offsetsTopicPartitions = 25, stableDeadlineMs = 90_000 } = options;
  const log = new MemoryKafkaOffsetsLog(kafka, { clock, topic: offsetsTopic, partitionCount: offsetsTopicPartitions, stableDeadlineMs });
  return {
    writers: new MemoryKafkaWriters(kafka, log, clock),
    readers: {
      open: async (readerOptions, signal) => {
        await kafka.request(signal);
        return new MemoryKafkaReader(kafka, readerOptions, clock);
      },
    },
    admin: new MemoryKafkaAdmin(kafka),
    sourceOffsets: new MemoryKafkaSourceOffsets(log),
    sinkOffsets: new MemoryKafkaSinkOffsetStores(kafka, log),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
};

class MemoryKafkaAdmin implements TopicAdmin {
  readonly #kafka: MemoryKafka;

  constructor(kafka: MemoryKafka) {
    this.#kafka = kafka;
  }

  async clusterId(signal: AbortSignal): Promise<string> {
    await this.#kafka.request(signal);
    return this.#kafka.clusterId;
  }

  async topics(signal: AbortSignal): Promise<readonly string[]> {
    await this.#kafka.request(signal);
    return this.#kafka.topicNames;
  }

  async partitionCount(topic: string, signal: AbortSignal): Promise<number | null> {
    await this.#kafka.request(signal);
    return this.#kafka.partitions(topic)?.length ?? null;
  }

  async createTopic(topic: string, settings: TopicSettings, signal: AbortSignal): Promise<boolean> {
    await this.#kafka.request(signal);
    if (!/^[\w.-]{1,249}$/.test(topic)) {
      throw new TaskFailure(kafkaErrors.topic_refused.code, `Creating topic "${topic}" failed. ${kafkaErrors.topic_refused.hint}`);
    }
    return this.#kafka.createTopic(topic, settings);
  }

  async offsets(
    partitions: readonly TopicPartition[],
    spec: OffsetSpec,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<TopicPartition, bigint>> {
    await this.#kafka.request(signal);
    return new Map(partitions.map((partition) => [partition, this.#offset(partition, spec)]));
  }

  async fence(transactionalIds: readonly string[], signal: AbortSignal, topics: readonly string[] = []): Promise<void> {
    for (const transactionalId of transactionalIds) {
      await this.#kafka.request(signal);
      const producer = this.#kafka.initProducer(transactionalId);
      fencePartitions(this.#kafka, { transactionalId, producer, topics });
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  #offset(place: TopicPartition, spec: OffsetSpec): bigint {
    const partition = this.#kafka.partition(place);
    if (partition === undefined) {
      const message = `Asking for offsets failed: topic "${place.topic}" has no partition ${String(place.partition)}.`;
      throw new RetriableError(kafkaErrors.unavailable.code, message);
    }
    if (spec === 'earliest') return partition.startOffset;
    return spec === 'latest' ? partition.endOffset : partition.stableOffset;
  }
}
