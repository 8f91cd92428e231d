import type { Meter } from '@headrace/foundation';
import type { RecordReader, RecordReaderOptions, RecordReaders } from '@headrace/ports';
import { toKafkaError } from '../cluster/broker-failure.ts';
import type { Clusters } from '../cluster/clusters.ts';
import { partitionCountOf } from '../cluster/topics.ts';
import { ConsumerMetrics } from '../metrics/consumer-metrics.ts';
import { KafkaRecordReader } from './kafka-record-reader.ts';
import { PartitionFeed } from './partition-feed.ts';
import { readerSettings } from './reader-settings.ts';

export class KafkaRecordReaders implements RecordReaders {
  readonly #clusters: Clusters;
  readonly #meter: Meter;

  constructor(clusters: Clusters, meter: Meter) {
    this.#clusters = clusters;
    this.#meter = meter;
  }

  async open(options: RecordReaderOptions, signal: AbortSignal): Promise<RecordReader> {
    const settings = readerSettings(options);
    const cluster = await this.#clusters.with(options.consumerConfig, signal);
    try {
      // Learns the leaders, and says so at once where the topics may not be read.
      for (const topic of new Set(options.start.map((position) => position.topic))) await partitionCountOf(cluster, topic, signal);
    } catch (failure) {
      throw toKafkaError(failure, 'Opening a reader');
    }
    const reader = new KafkaRecordReader({
      cluster,
      connections: cluster.openConnections(),
      feeds: options.start.map(({ topic, partition, offset }) => new PartitionFeed(topic, partition, offset, options.isolation)),
      isCommittedOnly: options.isolation === 'read_committed',
      settings,
      metrics: new ConsumerMetrics(this.#meter, cluster.clientId),
    });
    reader.start();
    return reader;
  }
}
