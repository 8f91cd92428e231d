import { silentMeter, type ClientSettings, type Clock, type Logger, type Meter } from '@headrace/foundation';
import type { KafkaPorts } from '@headrace/ports';
import { Clusters } from './cluster/clusters.ts';
import { KafkaSinkOffsetStores } from './offsets/kafka-sink-offset-stores.ts';
import { KafkaSourceOffsets } from './offsets/kafka-source-offsets.ts';
import { OffsetsLog } from './offsets/offsets-log.ts';
import { OffsetsTopic } from './offsets/offsets-topic.ts';
import { KafkaRecordReaders } from './reader/kafka-record-readers.ts';
import { KafkaTopicAdmin } from './topic-admin.ts';
import { KafkaRecordWriters } from './writer/kafka-record-writers.ts';

export interface KafkaOptions {
  /** `bootstrap.servers`, and how to connect (`security.protocol`, `sasl.*`, `ssl.*`), by Kafka's names. */
  readonly settings: ClientSettings;
  readonly clientId: string;
  /** Kafka Connect's offset.storage.topic. */
  readonly offsetsTopic: string;
  /** When the offsets topic has to be created. Default 25. */
  readonly offsetsTopicPartitions?: number;
  /** When the offsets topic has to be created. Default -1, the broker's. */
  readonly offsetsTopicReplicationFactor?: number;
  /** Longest wait for undecided transactions on the offsets topic. Default 90,000 ms: more than their time-out of 60,000. */
  readonly stableDeadlineMs?: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly meter: Meter;
}

/** The Kafka ports on a real cluster. Connects when first used; ConfigError where the settings cannot be used. */
export const createKafka = (options: KafkaOptions): KafkaPorts => {
  const { settings, clientId, clock, log, meter } = options;
  const clusters = new Clusters({ settings, clientId, clock, log, meter });
  const cluster = clusters.base;
  const topic = new OffsetsTopic(cluster, {
    name: options.offsetsTopic,
    partitions: options.offsetsTopicPartitions ?? 25,
    replicationFactor: options.offsetsTopicReplicationFactor ?? -1,
  });
  // What is read of positions is not what a task consumes.
  const ownReaders = new KafkaRecordReaders(clusters, silentMeter);
  const offsetsLog = new OffsetsLog({ cluster, readers: ownReaders, topic, stableDeadlineMs: options.stableDeadlineMs ?? 90_000 });
  return {
    writers: new KafkaRecordWriters(clusters, topic),
    readers: new KafkaRecordReaders(clusters, meter),
    admin: new KafkaTopicAdmin(cluster),
    sourceOffsets: new KafkaSourceOffsets(cluster, topic, offsetsLog),
    sinkOffsets: new KafkaSinkOffsetStores(clusters, topic, offsetsLog),
    [Symbol.asyncDispose]: () => clusters[Symbol.asyncDispose](),
  };
};
