import type { JsonMap, SourcePosition } from '@headrace/connector-api';
import type { SourceOffsets } from '@headrace/ports';
import { toKafkaError } from '../cluster/broker-failure.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { OffsetRecords } from './offset-records.ts';
import type { OffsetsLog } from './offsets-log.ts';
import type { OffsetsTopic } from './offsets-topic.ts';

export class KafkaSourceOffsets implements SourceOffsets {
  readonly #cluster: Cluster;
  readonly #topic: OffsetsTopic;
  readonly #log: OffsetsLog;

  constructor(cluster: Cluster, topic: OffsetsTopic, log: OffsetsLog) {
    this.#cluster = cluster;
    this.#topic = topic;
    this.#log = log;
  }

  async positions(connector: string, signal: AbortSignal): Promise<readonly SourcePosition[]> {
    return await this.#named(`Reading the offsets of "${connector}"`, () => this.#log.positions(connector, signal));
  }

  async position(connector: string, partition: JsonMap, signal: AbortSignal): Promise<JsonMap | null> {
    return await this.#named(`Reading the offsets of "${connector}"`, () => this.#log.position(connector, partition, signal));
  }

  async alter(connector: string, positions: readonly SourcePosition[], signal: AbortSignal): Promise<void> {
    await this.#named(`Altering the offsets of "${connector}"`, async () => {
      const stored: SourcePosition[] = [];
      for (const { partition, offset } of positions) {
        stored.push({ partition: await this.#log.storedForm(connector, partition, signal), offset });
      }
      await appendOffsets(this.#cluster, this.#topic, { connector, positions: stored }, signal);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The connections belong to the cluster.
  }

  async #named<T>(what: string, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (failure) {
      throw toKafkaError(failure, what);
    }
  }
}

/** Writes positions of a connector nobody runs, outside any transaction. */
export const appendOffsets = async (
  cluster: Cluster,
  topic: OffsetsTopic,
  content: { readonly connector: string; readonly positions: readonly SourcePosition[] },
  signal: AbortSignal,
): Promise<void> => {
  await using connections = cluster.openConnections();
  const partitionCount = await topic.ensure(signal);
  const records = new OffsetRecords({ cluster, connections, topic: topic.name, partitionCount, session: undefined });
  try {
    await records.send(records.add(content.connector, content.positions), signal);
  } finally {
    records.close();
  }
};
