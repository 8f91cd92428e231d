// Everything the peer is given beside the connection, by its own guides, so that it can be disputed line by line.
import type { Tuning } from '../systems/connect-worker.ts';

/** As Kafka's connect-distributed.sh starts a worker. */
export const jvmArguments: readonly string[] = [
  '-Xms256M',
  '-Xmx2G',
  '-server',
  '-XX:+UseG1GC',
  '-XX:MaxGCPauseMillis=20',
  '-XX:InitiatingHeapOccupancyPercent=35',
  '-XX:+ExplicitGCInvokesConcurrent',
  '-XX:MaxInlineLevel=15',
  '-Djava.awt.headless=true',
];

/** Debezium's advice for throughput: larger batches, a queue of four of them, no long wait for a full one. */
const queue = {
  'max.batch.size': '8192',
  'max.queue.size': '32768',
  'poll.interval.ms': '50',
} as const;

/** Larger produce requests than the client's defaults. No compression on either side. */
const producer = {
  'producer.override.linger.ms': '10',
  'producer.override.batch.size': '262144',
  'producer.override.buffer.memory': '67108864',
  'producer.override.compression.type': 'none',
} as const;

export const peerTuning: Tuning = {
  postgres: { ...queue, ...producer, 'snapshot.fetch.size': '20480' },
  // The MariaDB driver streams a snapshot's rows unless told otherwise.
  mariadb: { ...queue, ...producer },
  sink: {
    'batch.size': '2000',
    // Caps the batch: a poll brings 500 records unless told otherwise.
    'consumer.override.max.poll.records': '2000',
    'consumer.override.fetch.min.bytes': '262144',
    'consumer.override.max.partition.fetch.bytes': '8388608',
    'use.reduction.buffer': 'true',
    // dialect.postgres.unnest.insert.enabled would be quicker still, but fails in 3.5.0 on Debezium's own timestamps.
  },
  // The driver then sends a batch as rows of one INSERT.
  sinkUrlQuery: '?reWriteBatchedInserts=true',
};

export interface PeerPlace {
  readonly brokers: readonly string[];
  /** Apicurio's own API, version 2, which is the one that the converter speaks. */
  readonly registryUrl: string;
  readonly pluginPath: string;
  readonly restPort: number;
  /** Start of the names of the worker's group and topics. */
  readonly prefix: string;
  readonly isExactlyOnce: boolean;
}

const converter = (side: 'key' | 'value', registryUrl: string): Readonly<Record<string, string>> => {
  const settings = {
    '': 'io.apicurio.registry.utils.converter.AvroConverter',
    '.apicurio.registry.url': registryUrl,
    '.apicurio.registry.auto-register': 'true',
    '.apicurio.registry.find-latest': 'false',
    // Confluent's wire format: a zero, four bytes of schema id, no headers.
    '.apicurio.registry.as-confluent': 'true',
    '.apicurio.registry.use-id': 'contentId',
    '.apicurio.registry.headers.enabled': 'false',
  };
  return Object.fromEntries(Object.entries(settings).map(([key, value]) => [`${side}.converter${key}`, value]));
};

export const workerProperties = (place: PeerPlace): Readonly<Record<string, string>> => ({
  'bootstrap.servers': place.brokers.join(','),
  'group.id': place.prefix,
  'config.storage.topic': `${place.prefix}-configs`,
  'offset.storage.topic': `${place.prefix}-offsets`,
  'status.storage.topic': `${place.prefix}-status`,
  'config.storage.replication.factor': '1',
  'offset.storage.replication.factor': '1',
  'status.storage.replication.factor': '1',
  listeners: `http://127.0.0.1:${String(place.restPort)}`,
  'plugin.path': place.pluginPath,
  'plugin.discovery': 'hybrid_warn',
  'exactly.once.source.support': place.isExactlyOnce ? 'enabled' : 'disabled',
  ...converter('key', place.registryUrl),
  ...converter('value', place.registryUrl),
});

export const internalTopics = (prefix: string): readonly string[] => [`${prefix}-configs`, `${prefix}-offsets`, `${prefix}-status`];
