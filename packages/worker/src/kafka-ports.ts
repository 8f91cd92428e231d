import type { Clock, Logger } from '@headrace/foundation';
import { silentMeter } from '@headrace/foundation';
import { createKafka } from '@headrace/kafka';
import type { KafkaPorts } from '@headrace/ports';
import type { WorkerConfig } from './worker-config.ts';

export interface KafkaPortsOptions {
  readonly config: WorkerConfig;
  readonly clientId: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Kafka as the worker's settings describe it; main thread and task threads each have their own connections. */
export const createKafkaPorts = ({ config, clientId, clock, log }: KafkaPortsOptions): KafkaPorts =>
  createKafka({
    settings: { 'bootstrap.servers': config['bootstrap.servers'].join(',') },
    clientId,
    offsetsTopic: config['offset.storage.topic'],
    offsetsTopicPartitions: config['offset.storage.partitions'],
    offsetsTopicReplicationFactor: config['offset.storage.replication.factor'],
    clock,
    log,
    meter: silentMeter,
  });
