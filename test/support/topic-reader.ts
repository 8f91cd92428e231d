import avsc from 'avsc';
import { Kafka, logLevel, type Consumer } from 'kafkajs';
import { randomUUID } from 'node:crypto';
import { exactLong } from './exact-long.ts';
import { until } from './wait.ts';

/** One change event as an outsider sees it: bytes from Kafka, schema from the registry, decoded by avsc. */
export interface SeenEvent {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key: Readonly<Record<string, unknown>> | null;
  readonly value: Readonly<Record<string, unknown>> | null;
  readonly keySchemaId: number | null;
  readonly valueSchemaId: number | null;
}

export interface TopicReaderOptions {
  readonly brokers: readonly string[];
  readonly registryUrl: string;
  readonly topics: readonly string[];
  /** Whether only committed records are read. Default true. */
  readonly isCommitted?: boolean;
  /** Called for each event as it comes. */
  readonly onEvent?: (event: SeenEvent) => void;
}

/** Reads topics from their beginning, committed records only unless told otherwise, with clients that the product does not use. */
export class TopicReader implements AsyncDisposable {
  readonly events: SeenEvent[] = [];
  readonly #kafka: Kafka;
  readonly #consumer: Consumer;
  readonly #options: TopicReaderOptions;
  readonly #types = new Map<number, Promise<avsc.Type>>();
  /** Next offset by topic and partition. */
  readonly #next = new Map<string, bigint>();

  constructor(options: TopicReaderOptions) {
    this.#options = options;
    this.#kafka = new Kafka({
      brokers: [...options.brokers],
      clientId: 'oracle',
      logLevel: logLevel.NOTHING,
      retry: { retries: 60, initialRetryTime: 100, maxRetryTime: 1_000 },
    });
    this.#consumer = this.#kafka.consumer({ groupId: `oracle-${randomUUID()}`, readUncommitted: options.isCommitted === false });
  }

  async start(): Promise<void> {
    await this.#untilTopicsExist();
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: [...this.#options.topics], fromBeginning: true });
    await this.#consumer.run({
      eachMessage: async ({ topic, partition, message }) => {
        if (!this.#isNew(`${topic}/${String(partition)}`, BigInt(message.offset))) return;
        const [key, value] = [await this.#decode(message.key), await this.#decode(message.value)];
        const event = {
          topic,
          partition,
          offset: message.offset,
          key: key.value,
          value: value.value,
          keySchemaId: key.id,
          valueSchemaId: value.id,
        };
        this.events.push(event);
        this.#options.onEvent?.(event);
      },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#consumer.disconnect();
  }

  /** A consumer that lost its coordinator begins again where it last committed: that is no repetition in the topic. */
  #isNew(partition: string, offset: bigint): boolean {
    if (offset < (this.#next.get(partition) ?? 0n)) return false;
    this.#next.set(partition, offset + 1n);
    return true;
  }

  /** Asking for a topic that is not there would make the broker create it. */
  async #untilTopicsExist(): Promise<void> {
    const admin = this.#kafka.admin();
    await admin.connect();
    try {
      const { topics } = this.#options;
      const areThere = async (): Promise<boolean> => {
        const existing = new Set(await admin.listTopics());
        return topics.every((topic) => existing.has(topic));
      };
      await until(`the topics ${topics.join(', ')} exist`, areThere, { withinMs: 60_000 });
    } finally {
      await admin.disconnect();
    }
  }

  async #decode(bytes: Buffer | null): Promise<{ readonly id: number | null; readonly value: Readonly<Record<string, unknown>> | null }> {
    if (bytes === null) return { id: null, value: null };
    const id = bytes.readUInt32BE(1);
    let type = this.#types.get(id);
    if (type === undefined) {
      type = this.#fetchType(id);
      this.#types.set(id, type);
    }
    return { id, value: (await type).fromBuffer(bytes.subarray(5)) as Record<string, unknown> };
  }

  async #fetchType(id: number): Promise<avsc.Type> {
    const response = await fetch(`${this.#options.registryUrl}/schemas/ids/${String(id)}`);
    const { schema } = (await response.json()) as { readonly schema: string };
    return avsc.Type.forSchema(JSON.parse(schema) as avsc.Schema, { registry: { long: exactLong }, wrapUnions: false });
  }
}
