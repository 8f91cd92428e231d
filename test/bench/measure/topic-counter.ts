import { randomUUID } from 'node:crypto';
import { Kafka, logLevel, type Admin } from 'kafkajs';
import { waitFor } from '../wait.ts';

const readTimeoutMs = 600_000;
/** How long nothing may come before a reader gives up on missing records, or on records too many. */
const patienceMs = 10_000;
const enoughMs = 1_000;

/** Counts records in Kafka with a client that neither system uses. */
export class TopicCounter implements AsyncDisposable {
  readonly #kafka: Kafka;
  readonly #admin: Admin;

  constructor(brokers: readonly string[]) {
    this.#kafka = new Kafka({ brokers: [...brokers], clientId: 'headrace-bench', logLevel: logLevel.NOTHING });
    this.#admin = this.#kafka.admin();
  }

  async connect(): Promise<void> {
    await this.#admin.connect();
  }

  /** One partition, as brokers create topics unless told otherwise: the same for both systems. */
  async create(topics: readonly string[]): Promise<void> {
    await this.#admin.createTopics({ topics: topics.map((topic) => ({ topic, numPartitions: 1 })) });
  }

  /** Ignores topics that are not there. */
  async drop(topics: readonly string[]): Promise<void> {
    const existing = new Set(await this.#admin.listTopics());
    const present = topics.filter((topic) => existing.has(topic));
    if (present.length > 0) await this.#admin.deleteTopics({ topics: present });
  }

  /** Ignores a group that is not there or still has a member. */
  async dropGroup(groupId: string): Promise<void> {
    await this.#admin.deleteGroups([groupId]).catch(() => undefined);
  }

  /** Sum of the end offsets. Markers of transactions have offsets too, so this may run ahead of `committed` by a few. */
  async endOffset(topic: string): Promise<number> {
    const partitions = await this.#admin.fetchTopicOffsets(topic);
    return partitions.reduce((sum, { high }) => sum + Number(high), 0);
  }

  /**
   * Reads the whole topics as a consumer that sees committed records only, until `expected` are there or nothing more
   * comes. Too slow for use during a run.
   */
  async committed(topics: readonly string[], expected: number, signal: AbortSignal): Promise<number> {
    let records = 0;
    let lastAt = performance.now();
    const groupId = `headrace-bench-${randomUUID()}`;
    const consumer = this.#kafka.consumer({ groupId, readUncommitted: false, maxBytesPerPartition: 8 * 1_048_576 });
    const isQuiet = (): boolean => performance.now() - lastAt > (records < expected ? patienceMs : enoughMs);
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: [...topics], fromBeginning: true });
      await consumer.run({
        eachBatch: async ({ batch }) => {
          records += batch.messages.length;
          lastAt = performance.now();
          await Promise.resolve();
        },
      });
      const limits = { withinMs: readTimeoutMs, signal };
      await waitFor(`${topics.join(', ')} is read to its end`, async () => Promise.resolve(isQuiet() ? true : undefined), limits);
      return records;
    } finally {
      await consumer.disconnect();
      await this.dropGroup(groupId);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#admin.disconnect();
  }
}
