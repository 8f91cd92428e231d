import type { RecordReader, RecordReaderOptions, RecordReaders } from '@headrace/ports';
import { toKafkaError } from '../cluster/broker-failure.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { partitionCountOf } from '../cluster/topics.ts';
import { KafkaRecordReader } from './kafka-record-reader.ts';
import { PartitionFeed } from './partition-feed.ts';
import { readerSettings } from './reader-settings.ts';

export class KafkaRecordReaders implements RecordReaders {
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  async open(options: RecordReaderOptions, signal: AbortSignal): Promise<RecordReader> {
    const settings = readerSettings(options);
    try {
      // Learns the leaders, and says so at once where the topics may not be read.
      for (const topic of new Set(options.start.map((position) => position.topic))) await partitionCountOf(this.#cluster, topic, signal);
    } catch (failure) {
      throw toKafkaError(failure, 'Opening a reader');
    }
    const reader = new KafkaRecordReader({
      cluster: this.#cluster,
      connections: this.#cluster.openConnections(),
      feeds: options.start.map(({ topic, partition, offset }) => new PartitionFeed(topic, partition, offset, options.isolation)),
      isCommittedOnly: options.isolation === 'read_committed',
      settings,
    });
    reader.start();
    return reader;
  }
}
