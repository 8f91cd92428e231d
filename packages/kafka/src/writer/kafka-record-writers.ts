import type { TopicPartition } from '@headrace/connector-api';
import type { RecordWriter, RecordWriterOptions, RecordWriters } from '@headrace/ports';
import { toKafkaError } from '../cluster/broker-failure.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Clusters } from '../cluster/clusters.ts';
import { partitionCountOf } from '../cluster/topics.ts';
import type { OffsetsTopic } from '../offsets/offsets-topic.ts';
import { assembleWriter } from './assemble-writer.ts';
import { takeOver } from '../producer/take-over.ts';
import { writerSettings } from './writer-settings.ts';

export class KafkaRecordWriters implements RecordWriters {
  readonly #clusters: Clusters;
  readonly #offsetsTopic: OffsetsTopic;

  constructor(clusters: Clusters, offsetsTopic: OffsetsTopic) {
    this.#clusters = clusters;
    this.#offsetsTopic = offsetsTopic;
  }

  async open(options: RecordWriterOptions, signal: AbortSignal): Promise<RecordWriter> {
    const settings = writerSettings(options);
    const cluster = await this.#clusters.with(options.producerConfig, signal);
    const adminCluster = await this.#clusters.with(options.adminConfig, signal);
    const connections = cluster.openConnections();
    try {
      const offsetsPartitionCount = await this.#offsetsTopic.ensure(signal);
      const partitions = await partitionsOf(cluster, [...options.fencedTopics, this.#offsetsTopic.name], signal);
      const session = await takeOver(
        cluster,
        connections,
        { transactionalId: options.transactionalId, partitions, confirmOwnership: (asked) => options.confirmOwnership(asked) },
        signal,
      );
      return assembleWriter({
        cluster,
        adminCluster,
        offsetsTopic: this.#offsetsTopic.name,
        options,
        settings,
        connections,
        session,
        offsetsPartitionCount,
      });
    } catch (failure) {
      await connections[Symbol.asyncDispose]();
      throw toKafkaError(failure, `Opening the writer of "${options.transactionalId}"`);
    }
  }
}

/** The cluster knows the leaders of these topics then. */
const partitionsOf = async (cluster: Cluster, topics: readonly string[], signal: AbortSignal): Promise<readonly TopicPartition[]> => {
  const partitions: TopicPartition[] = [];
  for (const topic of new Set(topics)) {
    const count = (await partitionCountOf(cluster, topic, signal)) ?? 0;
    for (let partition = 0; partition < count; partition += 1) partitions.push({ topic, partition });
  }
  return partitions;
};
