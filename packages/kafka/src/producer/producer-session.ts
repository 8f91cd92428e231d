import type { TopicPartition } from '@headrace/connector-api';
import { addOffsetsToTxnV3, addPartitionsToTxnV3, endTxnV3, initProducerIdV4 } from '@platformatic/kafka';
import type { Cluster } from '../cluster/cluster.ts';
import type { Connections } from '../cluster/connections.ts';
import { Coordinator } from '../cluster/coordinator.ts';

/** After this the coordinator ends a transaction by itself; ours take a second at most. */
export const transactionTimeoutMs = 60_000;

/** Partitions in one request to the coordinator when fencing. */
const partitionsPerRequest = 1_000;

export interface ProducerSessionOptions {
  readonly cluster: Cluster;
  readonly connections: Connections;
  readonly transactionalId: string;
}

/**
 * A transactional id with the producer id and epoch it was given, and the requests to its coordinator. Taking the epoch is
 * what fences the former owner; whoever calls `open` must have asked for ownership.
 */
export class ProducerSession {
  readonly transactionalId: string;
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly #coordinator: Coordinator;

  private constructor(transactionalId: string, coordinator: Coordinator, producerId: bigint, producerEpoch: number) {
    this.transactionalId = transactionalId;
    this.#coordinator = coordinator;
    this.producerId = producerId;
    this.producerEpoch = producerEpoch;
  }

  /** InitProducerId; resolves when a transaction the former owner left open is aborted, markers written. */
  static async open(options: ProducerSessionOptions, signal: AbortSignal): Promise<ProducerSession> {
    const { cluster, connections, transactionalId } = options;
    const coordinator = new Coordinator({ cluster, connections, kind: 'transaction', key: transactionalId });
    const { producerId, producerEpoch } = await coordinator.call(
      initProducerIdV4.api,
      [transactionalId, transactionTimeoutMs, -1n, -1],
      signal,
    );
    return new ProducerSession(transactionalId, coordinator, producerId, producerEpoch);
  }

  /** Version 3: later ones are for brokers and ask for rights over the cluster. Waits for the markers of the transaction before. */
  async addPartitions(partitions: readonly TopicPartition[], signal: AbortSignal): Promise<void> {
    if (partitions.length === 0) return;
    const { transactionalId, producerId, producerEpoch } = this;
    const byTopic = new Map<string, number[]>();
    for (const { topic, partition } of partitions) {
      const known = byTopic.get(topic);
      if (known === undefined) byTopic.set(topic, [partition]);
      else known.push(partition);
    }
    const topics = [...byTopic].map(([name, indexes]) => ({ name, partitions: indexes }));
    const transaction = { transactionalId, producerId, producerEpoch, verifyOnly: false, topics };
    await this.#coordinator.call(addPartitionsToTxnV3.api, [[transaction]], signal);
  }

  async addGroup(group: string, signal: AbortSignal): Promise<void> {
    await this.#coordinator.call(addOffsetsToTxnV3.api, [this.transactionalId, this.producerId, this.producerEpoch, group], signal);
  }

  /** Resolves when the outcome is decided for good; its markers may still be on their way. */
  async end(isCommit: boolean, signal: AbortSignal): Promise<void> {
    await this.#coordinator.call(endTxnV3.api, [this.transactionalId, this.producerId, this.producerEpoch, isCommit], signal);
  }

  /**
   * One aborted transaction over these partitions: its markers carry our epoch, and from then on the brokers refuse plain
   * batches of an older one. Resolves when all markers are written.
   */
  async fence(partitions: readonly TopicPartition[], signal: AbortSignal): Promise<void> {
    if (partitions.length === 0) return;
    for (let start = 0; start < partitions.length; start += partitionsPerRequest) {
      await this.addPartitions(partitions.slice(start, start + partitionsPerRequest), signal);
    }
    await this.end(false, signal);
    // Asked again, the coordinator answers CONCURRENT_TRANSACTIONS until the last marker is written, then agrees.
    await this.end(false, signal);
  }
}
