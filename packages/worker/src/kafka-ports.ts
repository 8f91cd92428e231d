import type { Clock, Logger, Meter, RawConfig } from '@headrace/foundation';
import { createKafka } from '@headrace/kafka';
import type { KafkaPorts } from '@headrace/ports';
import { kafkaSettings } from './settings/kafka-settings.ts';
import type { WorkerConfig } from './settings/worker-config.ts';

export interface KafkaPortsOptions {
  /** The worker's settings as given: how its Kafka clients connect and log in. */
  readonly raw: RawConfig;
  readonly config: WorkerConfig;
  readonly clientId: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly meter: Meter;
}

/** Kafka as the worker's settings describe it; main thread and task threads each have their own connections. */
export const createKafkaPorts = ({ raw, config, clientId, clock, log, meter }: KafkaPortsOptions): KafkaPorts =>
  createKafka({
    settings: kafkaSettings(raw),
    clientId,
    offsetsTopic: config['offset.storage.topic'],
    offsetsTopicPartitions: config['offset.storage.partitions'],
    offsetsTopicReplicationFactor: config['offset.storage.replication.factor'],
    clock,
    log,
    meter,
  });
