import avsc from 'avsc';
import { Kafka, logLevel, type IHeaders, type KafkaMessage } from 'kafkajs';
import { randomUUID } from 'node:crypto';
import { exactLong } from '../support/exact-long.ts';
import { until } from '../support/wait.ts';

/** Bytes of a topic with the schema they were written under; null: no bytes. */
export interface Decoded {
  readonly schema: string;
  readonly value: unknown;
}

export interface DumpedRecord {
  readonly partition: number;
  readonly key: Decoded | null;
  readonly value: Decoded | null;
  /** In their order; a header's value as text. */
  readonly headers: readonly (readonly [string, string])[];
}

/** Every record of a set of topics as an outsider sees it. Offsets are counts: nothing here is written in transactions. */
export class TopicDump implements AsyncDisposable {
  readonly #kafka: Kafka;
  readonly #admin: ReturnType<Kafka['admin']>;
  readonly #registryUrl: string;
  readonly #schemas = new Map<number, Promise<{ readonly text: string; readonly type: avsc.Type }>>();

  private constructor(brokers: readonly string[], registryUrl: string) {
    this.#kafka = new Kafka({ brokers: [...brokers], clientId: 'parity', logLevel: logLevel.NOTHING });
    this.#admin = this.#kafka.admin();
    this.#registryUrl = registryUrl;
  }

  static async open(brokers: readonly string[], registryUrl: string): Promise<TopicDump> {
    const dump = new TopicDump(brokers, registryUrl);
    await dump.#admin.connect();
    return dump;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#admin.disconnect();
  }

  async topics(prefix: string): Promise<readonly string[]> {
    return (await this.#admin.listTopics()).filter((topic) => topic.includes(prefix)).toSorted();
  }

  /** Records in a topic; 0 where there is none of that name. */
  async count(topic: string): Promise<number> {
    if (!(await this.#admin.listTopics()).includes(topic)) return 0;
    const partitions = await this.#admin.fetchTopicOffsets(topic);
    return partitions.reduce((sum, { high }) => sum + Number(high), 0);
  }

  async read(topics: readonly string[]): Promise<ReadonlyMap<string, readonly DumpedRecord[]>> {
    let expected = 0;
    // One by one: at once, the client may ask for a topic before it knows its partitions.
    for (const topic of topics) expected += await this.count(topic);
    const messages: { readonly topic: string; readonly partition: number; readonly message: KafkaMessage }[] = [];
    const consumer = this.#kafka.consumer({ groupId: `parity-${randomUUID()}` });
    await consumer.connect();
    try {
      await consumer.subscribe({ topics: [...topics], fromBeginning: true });
      await consumer.run({
        eachMessage: async (message) => {
          messages.push(message);
        },
      });
      await until('all records are read', async () => messages.length >= expected, { withinMs: 60_000, everyMs: 50 });
    } finally {
      await consumer.disconnect();
    }
    const dumped = new Map<string, DumpedRecord[]>(topics.map((topic) => [topic, []]));
    for (const { topic, partition, message } of messages) {
      const record = { partition, key: await this.#decode(topic, message.key), value: await this.#decode(topic, message.value) };
      dumped.get(topic)?.push({ ...record, headers: headersOf(message.headers) });
    }
    return dumped;
  }

  async #decode(topic: string, bytes: Buffer | null): Promise<Decoded | null> {
    if (bytes === null) return null;
    const id = bytes.readUInt32BE(1);
    const known = this.#schemas.get(id) ?? this.#fetch(topic, id);
    this.#schemas.set(id, known);
    const { text, type } = await known;
    return { schema: text, value: type.fromBuffer(bytes.subarray(5)) };
  }

  async #fetch(topic: string, id: number): Promise<{ readonly text: string; readonly type: avsc.Type }> {
    // Its own API: the Confluent one cannot give back a schema with the default `{}`, which it takes for no schema at all.
    const response = await fetch(new URL(`/apis/registry/v2/ids/contentIds/${String(id)}`, this.#registryUrl));
    if (!response.ok) throw new Error(`Schema ${String(id)} of ${topic}: ${await response.text()}`);
    const schema = await response.text();
    return { text: schema, type: avsc.Type.forSchema(withoutDefaults(schema), { typeHook: longHook, wrapUnions: false }) };
  }
}

/** What was written is read without them, and avsc takes no long that is beyond the safe integers for one. */
const withoutDefaults = (schema: string): avsc.Schema =>
  JSON.parse(schema, (key, value: unknown) => (key === 'default' ? undefined : value)) as avsc.Schema;

const headersOf = (headers: IHeaders | undefined): readonly (readonly [string, string])[] =>
  Object.entries(headers ?? {}).flatMap(([key, value]) => [value ?? ''].flat().map((item) => [key, item.toString()] as const));

/** Logical or not: a long with properties is a schema of its own to avsc. */
const longHook = (schema: avsc.Schema): avsc.Type | undefined =>
  schema === 'long' || (typeof schema === 'object' && 'type' in schema && schema.type === 'long') ? exactLong : undefined;
