import type { SourcePosition } from '@headrace/connector-api';
import type { RecordWriterOptions, TopicSettings } from '@headrace/ports';
import type { Cluster } from '../cluster/cluster.ts';
import type { Connections } from '../cluster/connections.ts';
import { brokerDefaults } from '../cluster/topics.ts';
import { AtLeastOnceDelivery } from './at-least-once.ts';
import { BatchAccumulator } from '../producer/batch-accumulator.ts';
import { BatchSender } from '../producer/batch-sender.ts';
import { ProducerMetrics } from '../metrics/producer-metrics.ts';
import type { Delivery, DeliveryOptions } from './delivery.ts';
import { ExactlyOnceDelivery } from './exactly-once.ts';
import { KafkaRecordWriter } from './kafka-record-writer.ts';
import type { ProducerSession } from '../producer/producer-session.ts';
import { TopicRouter } from './topic-router.ts';
import type { WriterSettings } from './writer-settings.ts';

export interface WriterIngredients {
  readonly cluster: Cluster;
  /** The same, for creating topics. */
  readonly adminCluster: Cluster;
  readonly options: RecordWriterOptions;
  readonly settings: WriterSettings;
  /** The writer's own; it closes them. */
  readonly connections: Connections;
  readonly session: ProducerSession;
  readonly offsetsTopic: string;
  readonly offsetsPartitionCount: number;
}

const defaultTransactionMaxBytes = 16 * 1_024 * 1_024;
const defaultTransactionMaxMs = 1_000;

/** A working writer for a session that has fenced its predecessor. */
export const assembleWriter = (ingredients: WriterIngredients): KafkaRecordWriter => {
  const { cluster, adminCluster, options, settings, connections, session } = ingredients;
  const { clock } = cluster;
  const { producerId, producerEpoch, transactionalId } = session;
  const { compression, maxBatchBytes, maxRequestBytes, deliveryTimeoutMs, requestTimeoutMs } = settings;
  const isTransactional = options.guarantee === 'exactly-once';
  const accumulator = new BatchAccumulator({
    identity: { producerId, producerEpoch, isTransactional, compression },
    maxBatchBytes,
    monotonic: () => clock.monotonic(),
  });
  const topicSettings = (topic: string): TopicSettings => options.topicSettings?.(topic) ?? brokerDefaults;
  const writer = new KafkaRecordWriter({
    clock,
    transactionalId,
    connections,
    accumulator,
    router: new TopicRouter({ cluster, adminCluster, accumulator, topicSettings }),
    bufferBytes: options.bufferBytes ?? settings.bufferBytes,
    maxRequestBytes,
    isEager: !isTransactional,
    confirmOwnership: (signal) => options.confirmOwnership(signal),
  });
  const sender = new BatchSender({
    cluster,
    connections,
    accumulator,
    transactionalId: isTransactional ? transactionalId : null,
    isEager: !isTransactional,
    maxRequestBytes,
    deliveryTimeoutMs,
    requestTimeoutMs,
    metrics: new ProducerMetrics(cluster.meter, cluster.clientId),
    onAcknowledged: () => {
      writer.acknowledged();
    },
    onFailure: (failure) => {
      writer.failed(failure);
    },
  });
  writer.start(sender, createDelivery(ingredients, accumulator, sender));
  return writer;
};

const createDelivery = (ingredients: WriterIngredients, accumulator: BatchAccumulator, sender: BatchSender): Delivery => {
  const { cluster, options, settings, session, offsetsTopic, offsetsPartitionCount } = ingredients;
  const { clock } = cluster;
  const common: DeliveryOptions = {
    clock,
    session,
    accumulator,
    sender,
    positionTarget: {
      accumulator,
      topic: offsetsTopic,
      partitionCount: offsetsPartitionCount,
      connector: options.connector,
      now: () => clock.now(),
    },
    onDurable: (positions: readonly SourcePosition[]) => {
      options.onDurable(positions);
    },
    onRecordsDurable: (records: number, ms: number) => {
      if (records > 0) options.onRecordsDurable?.(records, ms);
    },
  };
  if (options.guarantee === 'at-least-once') return new AtLeastOnceDelivery(common);
  const { transactionMaxMs = defaultTransactionMaxMs, transactionMaxBytes = defaultTransactionMaxBytes, transactionEveryMs = 0 } = options;
  return new ExactlyOnceDelivery({
    ...common,
    transactionMaxMs,
    // More than this is not taken before some has left.
    transactionMaxBytes: Math.min(transactionMaxBytes, options.bufferBytes ?? settings.bufferBytes),
    transactionEveryMs,
    lingerMs: settings.lingerMs,
    backlogBytes: settings.maxBatchBytes,
  });
};
