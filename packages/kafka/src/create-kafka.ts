import type { Clock, Logger, Meter } from '@headrace/foundation';
import type { KafkaPorts } from '@headrace/ports';
import type { ConnectionOptions } from '@platformatic/kafka';
import { Cluster } from './cluster/cluster.ts';
import { KafkaSinkOffsetStores } from './offsets/kafka-sink-offset-stores.ts';
import { KafkaSourceOffsets } from './offsets/kafka-source-offsets.ts';
import { OffsetsLog } from './offsets/offsets-log.ts';
import { OffsetsTopic } from './offsets/offsets-topic.ts';
import { KafkaRecordReaders } from './reader/kafka-record-readers.ts';
import { KafkaTopicAdmin } from './topic-admin.ts';
import { KafkaRecordWriters } from './writer/kafka-record-writers.ts';

export interface KafkaOptions {
  /** `host:port,host:port`. */
  readonly brokers: string;
  readonly clientId: string;
  /** Kafka Connect's offset.storage.topic. */
  readonly offsetsTopic: string;
  /** When the offsets topic has to be created. Default 25. */
  readonly offsetsTopicPartitions?: number;
  /** When the offsets topic has to be created. Default -1, the broker's. */
  readonly offsetsTopicReplicationFactor?: number;
  /** Longest wait for undecided transactions on the offsets topic. Default 90,000 ms: more than their time-out of 60,000. */
  readonly stableDeadlineMs?: number;
  /** TLS and SASL as the client library takes them. */
  readonly connection?: Pick<ConnectionOptions, 'tls' | 'tlsServerName' | 'sasl' | 'connectTimeout' | 'requestTimeout'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly meter: Meter;
}

/** The Kafka ports on a real cluster. Connects when first used. */
export const createKafka = (options: KafkaOptions): KafkaPorts => {
  const { clientId, clock, log } = options;
  const cluster = new Cluster({ brokers: parseBrokers(options.brokers), clientId, connection: options.connection ?? {}, clock, log });
  const topic = new OffsetsTopic(cluster, {
    name: options.offsetsTopic,
    partitions: options.offsetsTopicPartitions ?? 25,
    replicationFactor: options.offsetsTopicReplicationFactor ?? -1,
  });
  const readers = new KafkaRecordReaders(cluster);
  const offsetsLog = new OffsetsLog({ cluster, readers, topic, stableDeadlineMs: options.stableDeadlineMs ?? 90_000 });
  return {
    writers: new KafkaRecordWriters(cluster, topic),
    readers,
    admin: new KafkaTopicAdmin(cluster),
    sourceOffsets: new KafkaSourceOffsets(cluster, topic, offsetsLog),
    sinkOffsets: new KafkaSinkOffsetStores(cluster, topic, offsetsLog),
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
};

const parseBrokers = (brokers: string): { host: string; port: number }[] =>
  brokers.split(',').map((address) => {
    const text = address.trim();
    const colon = text.lastIndexOf(':');
    const port = Number(text.slice(colon + 1));
    if (colon <= 0 || !Number.isInteger(port))
      throw new TypeError(`"${text}" is not the address of a Kafka broker: it has to be host:port.`);
    return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port };
  });
