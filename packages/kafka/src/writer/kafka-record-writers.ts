import type { TopicPartition } from '@headrace/connector-api';
import type { RecordWriter, RecordWriterOptions, RecordWriters } from '@headrace/ports';
import { toKafkaError } from '../cluster/broker-failure.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { partitionCountOf } from '../cluster/topics.ts';
import type { OffsetsTopic } from '../offsets/offsets-topic.ts';
import { assembleWriter } from './assemble-writer.ts';
import { takeOver } from '../producer/take-over.ts';
import { writerSettings } from './writer-settings.ts';

export class KafkaRecordWriters implements RecordWriters {
  readonly #cluster: Cluster;
  readonly #offsetsTopic: OffsetsTopic;

  constructor(cluster: Cluster, offsetsTopic: OffsetsTopic) {
    this.#cluster = cluster;
    this.#offsetsTopic = offsetsTopic;
  }

  async open(options: RecordWriterOptions, signal: AbortSignal): Promise<RecordWriter> {
    const settings = writerSettings(options);
    const connections = this.#cluster.openConnections();
    try {
      const offsetsPartitionCount = await this.#offsetsTopic.ensure(signal);
      const partitions = await this.#partitionsOf([...options.fencedTopics, this.#offsetsTopic.name], signal);
      const session = await takeOver(
        this.#cluster,
        connections,
        { transactionalId: options.transactionalId, partitions, confirmOwnership: (asked) => options.confirmOwnership(asked) },
        signal,
      );
      return assembleWriter({
        cluster: this.#cluster,
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

  async #partitionsOf(topics: readonly string[], signal: AbortSignal): Promise<readonly TopicPartition[]> {
    const partitions: TopicPartition[] = [];
    for (const topic of new Set(topics)) {
      const count = (await partitionCountOf(this.#cluster, topic, signal)) ?? 0;
      for (let partition = 0; partition < count; partition += 1) partitions.push({ topic, partition });
    }
    return partitions;
  }
}
