import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Kafka, logLevel, type KafkaMessage } from 'kafkajs';
import { postgresSource, Product, sqlSink, unique } from '../support/product.ts';
import { until } from '../support/wait.ts';

describe('a row that the target refuses', () => {
  let product: Product;

  beforeAll(async () => {
    product = await Product.start(1);
  });

  afterAll(async () => {
    await product[Symbol.asyncDispose]();
  });

  const queued = async (queue: string, count: number): Promise<readonly KafkaMessage[]> => {
    const consumer = new Kafka({ brokers: [...product.servers.kafkaBrokers], logLevel: logLevel.NOTHING }).consumer({
      groupId: unique('dlq'),
    });
    const messages: KafkaMessage[] = [];
    await consumer.connect();
    try {
      await consumer.subscribe({ topic: queue, fromBeginning: true });
      await consumer.run({
        eachMessage: async ({ message }) => {
          messages.push(message);
          await Promise.resolve();
        },
      });
      await until(`${String(count)} records are in the queue`, async () => messages.length >= count, { withinMs: 60_000 });
    } finally {
      await consumer.disconnect();
    }
    return messages;
  };

  test('goes to the dead letter queue alone, with what comes later for its key where that is asked for', async () => {
    const { name, database: source } = await product.postgres('refused');
    const { database: target } = await product.mariadb('refused');
    const queue = `${name}-dead`;
    await source.run('CREATE TABLE t (id int PRIMARY KEY, amount int)');
    await source.run('INSERT INTO t SELECT i, i FROM generate_series(1, 200) AS i');
    await source.run('UPDATE t SET amount = -1 WHERE id = 77');
    await target.run('CREATE TABLE copied (id int PRIMARY KEY, amount int CHECK (amount >= 0))');
    await product.rest.create(`${name}-source`, postgresSource(source.url, name));
    await product.rest.create(
      `${name}-sink`,
      sqlSink(target.url, `${name}\\.public\\.t`, {
        ...{ 'collection.name.format': 'copied', 'errors.tolerance': 'all', 'refused.row.stops': 'key' },
        ...{ 'errors.deadletterqueue.topic.name': queue, 'errors.deadletterqueue.topic.replication.factor': '1' },
        'errors.deadletterqueue.context.headers.enable': 'true',
      }),
    );
    const rows = async (): Promise<number> => Number((await target.rows('SELECT count(*) AS n FROM copied'))[0]?.['n']);
    await until('the other rows are copied', async () => (await rows()) === 199, { withinMs: 60_000 });
    await source.run('UPDATE t SET amount = 77 WHERE id = 77');
    await source.run('UPDATE t SET amount = 1000 WHERE id = 78');
    await until(
      'a later change of another key is applied',
      async () => (await target.rows('SELECT amount FROM copied WHERE id = 78'))[0]?.['amount']?.toString() === '1000',
      { withinMs: 60_000 },
    );
    const letters = await queued(queue, 2);
    expect(letters.map(({ headers }) => String(headers?.['__connect.errors.stage']))).toEqual(['TASK_PUT', 'TASK_PUT']);
    expect(letters.map(({ headers }) => String(headers?.['__connect.errors.exception.message']))).toEqual([
      expect.stringContaining('check constraint'),
      expect.stringContaining('An earlier row of the same key'),
    ]);
    expect(await rows()).toBe(199);
    await product.rest.running(`${name}-sink`);
  });
});
