import { randomUUID } from 'node:crypto';
import { silentLogger, silentMeter, systemClock } from '@headrace/foundation';
import { incomingRecord, type IncomingRecord, type Isolation, type KafkaPorts } from '@headrace/ports';
import type { ForeignTransaction, KafkaHarness } from '@headrace/ports/contract';
import { Kafka, logLevel, type Consumer, type EachBatchPayload, type IHeaders, type KafkaMessage, type Producer } from 'kafkajs';
import { createKafka } from '../src/index.ts';

/** A broker that has just started loads its coordinators when they are first asked for. */
const patient = { retries: 60, initialRetryTime: 100, maxRetryTime: 1_000 };

process.env['KAFKAJS_NO_PARTITIONER_WARNING'] = '1';

/** Addresses of the stack's brokers, or one clear sentence. */
export const brokersOfStack = (): string => {
  const brokers = process.env['KAFKA_BROKERS'];
  if (brokers === undefined || brokers === '') throw new Error('KAFKA_BROKERS is not set: run eval "$(./scripts/stack env)" first.');
  return brokers;
};

const signal = new AbortController().signal;

/** A cluster of real brokers; what is written is read back by kafkajs, which shares no code with us. */
export const openKafkajsHarness = async (brokers: string = brokersOfStack(), offsetsTopicPartitions = 3): Promise<KafkaHarness> => {
  const run = randomUUID().slice(0, 8);
  const offsetsTopic = `test-${run}-offsets`;
  const kafka = new Kafka({ clientId: `checker-${run}`, brokers: brokers.split(','), logLevel: logLevel.NOTHING, retry: patient });
  const admin = kafka.admin();
  await admin.connect();
  const ports = (clientId: string): KafkaPorts =>
    createKafka({
      settings: { 'bootstrap.servers': brokers },
      clientId,
      offsetsTopic,
      offsetsTopicPartitions,
      stableDeadlineMs: 2_000,
      clock: systemClock,
      log: silentLogger,
      meter: silentMeter,
    });
  const ours = ports(`test-${run}-a`);
  const others = ports(`test-${run}-b`);
  const foreign = new ForeignProducers(kafka);
  return {
    ports: ours,
    otherPorts: others,
    offsetsTopic,
    name: (kind) => `test-${run}-${kind}-${randomUUID().slice(0, 8)}`,
    read: async (topic, isolation) => {
      await untilDecided(ours, topic);
      return await whenGroupsAreLoaded(() => readAll(kafka, topic, isolation));
    },
    begin: (transactionalId) => foreign.begin(transactionalId),
    trim: async (topic, partition, offset) => {
      // Loads the metadata that the next call wants to have.
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(offset) }] });
    },
    deleteGroup: async (group) => {
      await admin.deleteGroups([group]);
    },
    setOffset: async (group, { topic, partition, offset }) => {
      await admin.setOffsets({ groupId: group, topic, partitions: [{ partition, offset: String(offset) }] });
    },
    join: async (group, topic) => {
      const consumer = kafka.consumer({ groupId: group, maxWaitTimeInMs: 100 });
      await consumer.connect();
      await consumer.subscribe({ topic });
      const joined = Promise.withResolvers<unknown>();
      consumer.on(consumer.events.GROUP_JOIN, joined.resolve);
      await consumer.run({ eachMessage: () => Promise.resolve() });
      await joined.promise;
      return async () => {
        await consumer.disconnect();
      };
    },
    close: async () => {
      await foreign.close();
      await ours[Symbol.asyncDispose]();
      await others[Symbol.asyncDispose]();
      const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(`test-${run}-`));
      if (topics.length > 0) await admin.deleteTopics({ topics });
      await admin.disconnect();
    },
  };
};

class ForeignProducers {
  readonly #kafka: Kafka;
  readonly #producers = new Map<string, Producer>();

  constructor(kafka: Kafka) {
    this.#kafka = kafka;
  }

  async begin(transactionalId: string): Promise<ForeignTransaction> {
    const transaction = await (await this.#producer(transactionalId)).transaction();
    return {
      send: async (topic, partition, entries) => {
        await transaction.send({ topic, messages: entries.map(({ key, value }) => ({ key, value, partition })) });
      },
      commit: () => transaction.commit(),
      abort: () => transaction.abort(),
    };
  }

  async close(): Promise<void> {
    for (const producer of this.#producers.values()) await producer.disconnect();
  }

  async #producer(transactionalId: string): Promise<Producer> {
    const known = this.#producers.get(transactionalId);
    if (known !== undefined) return known;
    const producer = this.#kafka.producer({ transactionalId, idempotent: true, maxInFlightRequests: 1, transactionTimeout: 30_000 });
    await producer.connect();
    this.#producers.set(transactionalId, producer);
    return producer;
  }
}

/** The markers of a transaction that just ended may still be on their way. */
const untilDecided = async (ports: KafkaPorts, topic: string): Promise<void> => {
  const count = (await ports.admin.partitionCount(topic, signal)) ?? 0;
  const places = Array.from({ length: count }, (_, partition) => ({ topic, partition }));
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const ends = await ports.admin.offsets(places, 'latest', signal);
    const stable = await ports.admin.offsets(places, 'last-stable', signal);
    if (places.every((place) => ends.get(place) === stable.get(place))) return;
    await systemClock.sleep(20, signal);
  }
};

/** A broker that has just started loads its groups first; kafkajs does not wait for that when it joins. */
const whenGroupsAreLoaded = async <T>(read: () => Promise<T>): Promise<T> => {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await read();
    } catch (error) {
      const { type } = error as { type?: string };
      if (attempt === 50 || (type !== 'GROUP_LOAD_IN_PROGRESS' && type !== 'GROUP_COORDINATOR_NOT_AVAILABLE')) throw error;
      await systemClock.sleep(200, signal);
    }
  }
};

/** Fetches in a row from one broker without a record: the consumer has seen the end of every partition there. */
const quietFetches = 3;

const readAll = async (kafka: Kafka, topic: string, isolation: Isolation): Promise<readonly IncomingRecord[]> => {
  const leaders = await leadersOf(kafka, topic);
  const consumer = kafka.consumer({
    groupId: `checker-${randomUUID()}`,
    readUncommitted: isolation === 'read_uncommitted',
    maxWaitTimeInMs: 20,
  });
  await consumer.connect();
  try {
    await consumer.subscribe({ topic, fromBeginning: true });
    const records = await consumeToEnd(consumer, leaders);
    return records.toSorted((a, b) => a.partition - b.partition || Number(a.offset - b.offset));
  } finally {
    await consumer.disconnect();
  }
};

const leadersOf = async (kafka: Kafka, topic: string): Promise<ReadonlySet<string>> => {
  const admin = kafka.admin();
  await admin.connect();
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  await admin.disconnect();
  return new Set(topics.flatMap(({ partitions }) => partitions.map(({ leader }) => String(leader))));
};

const consumeToEnd = async (consumer: Consumer, leaders: ReadonlySet<string>): Promise<readonly IncomingRecord[]> => {
  const records: IncomingRecord[] = [];
  const ended = Promise.withResolvers<undefined>();
  const quiet = new Map<string, { readonly fetches: number; readonly seen: number }>();
  consumer.on(consumer.events.FETCH, ({ payload }) => {
    // A number by its type, a string in fact.
    const node = String(payload.nodeId);
    const before = quiet.get(node);
    quiet.set(node, { fetches: before?.seen === records.length ? before.fetches + 1 : 0, seen: records.length });
    if ([...leaders].every((leader) => (quiet.get(leader)?.fetches ?? 0) >= quietFetches)) ended.resolve(undefined);
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    ended.reject(payload.error);
  });
  await consumer.run({
    eachBatch: ({ batch }: EachBatchPayload) => {
      for (const message of batch.messages) records.push(recordOf(batch.topic, batch.partition, message));
      return Promise.resolve();
    },
  });
  await ended.promise;
  return records;
};

const recordOf = (topic: string, partition: number, message: KafkaMessage): IncomingRecord =>
  incomingRecord({
    topic,
    partition,
    offset: BigInt(message.offset),
    timestamp: Number(message.timestamp),
    key: message.key,
    value: message.value,
    headers: headersOf(message.headers),
  });

/** kafkajs's types know no header without a value; its decoder gives null for it. */
const headersOf = (headers: IHeaders | undefined): IncomingRecord['headers'] =>
  Object.entries(headers ?? {}).map(([key, value]: [string, unknown]) => ({
    key,
    value: Buffer.isBuffer(value) || typeof value === 'string' ? Buffer.from(value) : null,
  }));
