import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel, type Admin, type KafkaMessage } from 'kafkajs';
import { buildWorker, OwnWorker } from './own-worker.ts';
import { propertiesText } from './properties.ts';
import { root } from './scripts.ts';
import { startStack } from './stack.ts';
import { until } from './wait.ts';

const STRING = 'org.apache.kafka.connect.storage.StringConverter';

/** One worker without etcd on a real broker, with the awkward connectors of this folder, looked at by a client of its own. */
export class LoneWorker implements AsyncDisposable {
  readonly worker: OwnWorker;
  readonly kafka: Kafka;
  /** For files of connectors; gone at the end. */
  readonly folder: string;
  readonly registryUrl: string;
  readonly #admin: Admin;

  private constructor(worker: OwnWorker, kafka: Kafka, folder: string, registryUrl: string) {
    this.worker = worker;
    this.kafka = kafka;
    this.folder = folder;
    this.registryUrl = registryUrl;
    this.#admin = kafka.admin();
  }

  /** `only`: the servers that it needs. */
  static async start(settings: Readonly<Record<string, string>> = {}, only = 'kafka'): Promise<LoneWorker> {
    const servers = await startStack(['--only', only]);
    await buildWorker();
    const folder = await mkdtemp(join(tmpdir(), 'headrace-lone-'));
    const id = `lone-${String(process.pid)}`;
    await writeFile(
      join(folder, 'worker.properties'),
      propertiesText({
        'bootstrap.servers': servers.kafkaBrokers.join(','),
        'plugin.path': join(root, 'test/support/awkward'),
        'offset.storage.file.filename': join(folder, 'state'),
        'offset.storage.topic': `${id}-offsets`,
        'cluster.id': id,
        'offset.flush.interval.ms': '500',
        'key.converter': STRING,
        'value.converter': STRING,
        ...settings,
      }),
    );
    const worker = await OwnWorker.start({ args: ['worker.properties'], cwd: folder });
    const kafka = new Kafka({ brokers: [...servers.kafkaBrokers], logLevel: logLevel.NOTHING });
    const lone = new LoneWorker(worker, kafka, folder, servers.registryUrl);
    await lone.#admin.connect();
    return lone;
  }

  /** Texts, in order, into partition 0 of a topic that is made for them. */
  async produce(topic: string, values: readonly string[]): Promise<void> {
    const producer = this.kafka.producer();
    await producer.connect();
    await producer.send({ topic, messages: values.map((value) => ({ value, partition: 0 })) });
    await producer.disconnect();
  }

  /** What is in a topic once it has at least `count` committed messages. */
  async messages(topic: string, count: number, withinMs = 60_000): Promise<readonly KafkaMessage[]> {
    await until(`topic ${topic} exists`, async () => (await this.#admin.listTopics()).includes(topic), { withinMs });
    const consumer = this.kafka.consumer({ groupId: `look-${topic}-${String(performance.now())}` });
    const found: KafkaMessage[] = [];
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachMessage: ({ message }) => {
        found.push(message);
        return Promise.resolve();
      },
    });
    try {
      await until(`${String(count)} messages in ${topic}`, () => Promise.resolve(found.length >= count), { withinMs });
    } finally {
      await consumer.disconnect();
    }
    return found;
  }

  /** A counter of a task at /metrics; undefined when it is not there. */
  /** Offset behind the last of all that partition 0 of a topic has, markers of transactions included. */
  async endOf(topic: string): Promise<number> {
    const offsets = await this.#admin.fetchTopicOffsets(topic);
    return Number(offsets.find(({ partition }) => partition === 0)?.high ?? 0);
  }

  async metric(name: string, connector: string): Promise<number | undefined> {
    const text = await (await fetch(`${this.worker.address}/metrics`)).text();
    const line = text.split('\n').find((each) => each.startsWith(`${name}{connector="${connector}",task="0"}`));
    return line === undefined ? undefined : Number(line.split(' ').at(-1));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#admin.disconnect();
    await this.worker[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true });
  }
}

/** The texts of messages. */
export const textsOf = (messages: readonly KafkaMessage[]): readonly string[] => messages.map(({ value }) => String(value));

/** A context header of a dead letter. */
export const errorHeader = (message: KafkaMessage | undefined, name: string): string =>
  String(message?.headers?.[`__connect.errors.${name}`]);
