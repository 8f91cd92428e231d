import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Kafka, logLevel, type Admin, type Producer } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startWorkers } from '../support/cluster.ts';
import type { Database } from '../support/databases.ts';
import { Product, sqlSink, unique } from '../support/product.ts';
import { Rest, type ConnectorConfig } from '../support/rest.ts';
import { until } from '../support/wait.ts';

process.env['KAFKAJS_NO_PARTITIONER_WARNING'] = '1';

const workers = 3;

/** Rows are appended to a table without a key: one that is applied twice is there twice. */
const appending = (url: string, topic: string, tasks: number): ConnectorConfig =>
  sqlSink(url, topic, {
    'tasks.max': String(tasks),
    'insert.mode': 'insert',
    'primary.key.mode': 'none',
    'delete.enabled': 'false',
    'batch.size': '20',
    'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter.schemas.enable': 'true',
  });

const valueOf = (place: number, number: number): string =>
  JSON.stringify({
    schema: {
      type: 'struct',
      name: 'entry',
      fields: [
        { field: 'place', type: 'int32' },
        { field: 'number', type: 'int32' },
      ],
    },
    payload: { place, number },
  });

interface Owner {
  readonly connector: string;
  readonly task: number | null;
  readonly worker_id: string;
  readonly epoch: string;
}

describe('the partitions of a sink', () => {
  let product: Product;
  let admin: Admin;
  let producer: Producer;

  beforeAll(async () => {
    product = await Product.start(workers);
    const kafka = new Kafka({ brokers: [...product.servers.kafkaBrokers], logLevel: logLevel.NOTHING });
    admin = kafka.admin();
    producer = kafka.producer({ metadataMaxAge: 1_000 });
    await Promise.all([admin.connect(), producer.connect()]);
  });

  afterAll(async () => {
    await Promise.all([admin.disconnect(), producer.disconnect()]);
    await product[Symbol.asyncDispose]();
  });

  /** Numbers 0, 1, 2 ... into each partition, until it is ended; resolves with how many each has. */
  const write = (topic: string, partitions: () => number): { end(): Promise<number> } => {
    const ending = new AbortController();
    const written = (async () => {
      let total = 0;
      for (let number = 0; !ending.signal.aborted; number += 1) {
        const messages = Array.from({ length: partitions() }, (_, partition) => ({ partition, value: valueOf(partition, number) }));
        await producer.send({ topic, messages });
        total += messages.length;
        await sleep(20);
      }
      return total;
    })();
    return {
      end: async () => {
        ending.abort();
        return written;
      },
    };
  };

  const counted = async (target: Database, table: string): Promise<string> => {
    const [row] = await target.rows(
      `SELECT concat(count(*), ' rows, ', count(DISTINCT place * 1000000 + number), ' different') AS counted FROM ${table}`,
    );
    return row?.['counted'] ?? '';
  };

  const whole = (count: number): string => `${String(count)} rows, ${String(count)} different`;

  const ownersOf = async (rest: Rest, connector: string): Promise<readonly Owner[]> => {
    const { body } = await rest.call('GET', '/cluster');
    const { owners } = body as { readonly owners: readonly Owner[] };
    return owners.filter((owner) => owner.connector === connector && owner.task !== null);
  };

  const topicOf = async (partitions: number): Promise<string> => {
    const topic = unique('entries');
    await admin.createTopics({ topics: [{ topic, numPartitions: partitions }] });
    return topic;
  };

  test('I2: three tasks become one while the worker of the third is frozen: every row is there once, also after it is back', async () => {
    const topic = await topicOf(3);
    const { name, database } = await product.postgres('shrunk');
    const writing = write(topic, () => 3);
    await product.rest.create(name, appending(database.url, topic, 3));
    await product.rest.running(name, 3);
    await until('rows arrive', async () => (await counted(database, topic)) !== whole(0), { withinMs: 60_000 });
    const frozen = await product.ownerOf(name, 2);
    const rest = new Rest(() => product.workers.filter(({ id }) => id !== frozen.id).map((worker) => worker.rest));

    process.kill(frozen.pid, 'SIGSTOP');
    const { status } = await rest.call('PUT', `/connectors/${name}/config`, appending(database.url, topic, 1));
    expect(status).toBe(200);
    const alone = async (): Promise<boolean> => {
      const state = await rest.state(name);
      const [task, ...others] = state?.tasks ?? [];
      return task?.state === 'RUNNING' && task.worker_id !== frozen.id && others.length === 0;
    };
    await until('one task runs, on a worker that lives', alone, { withinMs: 60_000 });
    const before = await counted(database, topic);
    await until('it goes on', async () => (await counted(database, topic)) !== before, { withinMs: 60_000 });
    process.kill(frozen.pid, 'SIGCONT');
    await sleep(2_000);

    const count = await writing.end();
    await until('every row is there', async () => (await counted(database, topic)) === whole(count), { withinMs: 60_000 });
    await until('the frozen one is a healthy worker again', async () => (await fetch(`${frozen.rest}/health`)).status === 200, {
      withinMs: 30_000,
    });
    expect(await counted(database, topic)).toBe(whole(count));
    await product.rest.call('DELETE', `/connectors/${name}`);
  });

  test('that are added to its topic are read within seconds, and a task that gets none of them is not even touched', async () => {
    await startWorkers(workers);
    await product.refreshWorkers();
    const topic = await topicOf(2);
    const { name, database } = await product.postgres('grown');
    let partitions = 2;
    const writing = write(topic, () => partitions);
    await product.rest.create(name, appending(database.url, topic, 2));
    await product.rest.running(name, 2);
    const before = await ownersOf(product.rest, name);
    expect(before).toHaveLength(2);

    await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] });
    // The producer of this test learns of the partition.
    await sleep(2_000);
    partitions = 3;
    const hasThird = async (): Promise<boolean> => (await database.rows(`SELECT 1 FROM ${topic} WHERE place = 2 LIMIT 1`)).length === 1;
    await until('rows of the third partition arrive', hasThird, { withinMs: 20_000 });
    const epochs = new Set(before.map(({ epoch }) => epoch));
    const after = await ownersOf(product.rest, name);
    expect(after.filter(({ epoch }) => epochs.has(epoch))).toHaveLength(1);

    const count = await writing.end();
    await until('every row is there', async () => (await counted(database, topic)) === whole(count), { withinMs: 60_000 });
    await product.rest.call('DELETE', `/connectors/${name}`);
  });
});
