import type { PartitionPosition, TopicPartition } from '@headrace/connector-api';
import type { SinkOffsets, SinkOffsetsOptions, SinkOffsetStores } from '@headrace/ports';
import { toKafkaError } from '../cluster/broker-failure.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Clusters } from '../cluster/clusters.ts';
import type { Connections } from '../cluster/connections.ts';
import { takeOver } from '../producer/take-over.ts';
import { isLoginSetting } from '../security/connection-settings.ts';
import { ConsumerGroup } from './consumer-group.ts';
import { copyKey, copyOf, KafkaSinkOffsets } from './kafka-sink-offsets.ts';
import { appendOffsets } from './kafka-source-offsets.ts';
import { OffsetRecords } from './offset-records.ts';
import type { OffsetsLog } from './offsets-log.ts';
import type { OffsetsTopic } from './offsets-topic.ts';

export class KafkaSinkOffsetStores implements SinkOffsetStores {
  readonly #clusters: Clusters;
  readonly #cluster: Cluster;
  readonly #topic: OffsetsTopic;
  readonly #log: OffsetsLog;

  constructor(clusters: Clusters, topic: OffsetsTopic, log: OffsetsLog) {
    this.#clusters = clusters;
    this.#cluster = clusters.base;
    this.#topic = topic;
    this.#log = log;
  }

  async open(options: SinkOffsetsOptions, signal: AbortSignal): Promise<SinkOffsets> {
    const cluster = this.#cluster;
    const connections = cluster.openConnections();
    let ownConnections: Connections | undefined;
    const { transactionalId } = options;
    try {
      const reader = await this.#clusters.with(loginOf(options.consumerConfig), signal);
      if (reader !== cluster) ownConnections = reader.openConnections();
      const group = new ConsumerGroup(options.group, reader, ownConnections ?? connections);
      await group.requireNoMembers(signal);
      const partitionCount = await this.#topic.ensure(signal);
      const confirmOwnership = (asked: AbortSignal): Promise<boolean> => options.confirmOwnership(asked);
      // Everything a former owner writes is in transactions, which its old epoch cannot begin or end any more.
      const session = await takeOver(cluster, connections, { transactionalId, confirmOwnership, partitions: [] }, signal);
      const copies = new OffsetRecords({ cluster, connections, topic: this.#topic.name, partitionCount, session });
      return new KafkaSinkOffsets({ clock: cluster.clock, options, connections, ownConnections, session, group, copies, log: this.#log });
    } catch (failure) {
      await ownConnections?.[Symbol.asyncDispose]();
      await connections[Symbol.asyncDispose]();
      throw toKafkaError(failure, `Opening the offsets of group "${options.group}"`);
    }
  }

  async committedByGroup(group: string, signal: AbortSignal): Promise<readonly PartitionPosition[]> {
    await using connections = this.#cluster.openConnections();
    try {
      return await new ConsumerGroup(group, this.#cluster, connections).committed(null, signal);
    } catch (failure) {
      throw toKafkaError(failure, `Reading the offsets of group "${group}"`);
    }
  }

  async alter(
    group: string,
    connector: string,
    positions: readonly (TopicPartition & { readonly offset: bigint | null })[],
    signal: AbortSignal,
  ): Promise<void> {
    await using connections = this.#cluster.openConnections();
    try {
      const consumers = new ConsumerGroup(group, this.#cluster, connections);
      await consumers.requireNoMembers(signal);
      // The copy first: a copy that outlives its group offset would bring it back.
      const copies = positions.map(({ topic, partition, offset }) =>
        offset === null ? { partition: copyKey({ topic, partition }), offset: null } : copyOf({ topic, partition, offset }),
      );
      await appendOffsets(this.#cluster, this.#topic, { connector, positions: copies }, signal);
      await consumers.commit(
        positions.flatMap(({ topic, partition, offset }) => (offset === null ? [] : [{ topic, partition, offset }])),
        signal,
      );
      await consumers.remove(
        positions.filter(({ offset }) => offset === null),
        signal,
      );
    } catch (failure) {
      throw toKafkaError(failure, `Altering the offsets of group "${group}"`);
    }
  }
}

/** The settings that say who somebody is. */
const loginOf = (config: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(config).filter(([key]) => isLoginSetting(key)));
