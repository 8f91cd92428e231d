import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Kafka, logLevel, type KafkaMessage } from 'kafkajs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Product, unique } from '../support/product.ts';
import { until } from '../support/wait.ts';

const STRING = 'org.apache.kafka.connect.storage.StringConverter';
const LINES = 60;
/** Every second line is no JSON. */
const lines = Array.from({ length: LINES }, (_, index) =>
  index % 2 === 0 ? `{"some_key":${String(index)}}` : `not json ${String(index)}`,
);
const badLines = lines.filter((line) => line.startsWith('not'));

/** kafkatest's `test_skip_and_log_to_dlq`, with context headers. */
describe('records that cannot be read', () => {
  let product: Product;
  let dir: string;
  const topic = unique('lines');

  beforeAll(async () => {
    product = await Product.start(2);
    dir = await mkdtemp(join(tmpdir(), 'record-errors-'));
    await writeFile(join(dir, 'in'), `${lines.join('\n')}\n`);
    await product.rest.create(unique('lines-source'), {
      ...{ 'connector.class': 'FileStreamSource', file: join(dir, 'in'), topic },
      ...{ 'key.converter': STRING, 'value.converter': STRING },
    });
  });

  afterAll(async () => {
    await product[Symbol.asyncDispose]();
    await rm(dir, { recursive: true });
  });

  const startSink = async (tolerance: 'all' | 'none'): Promise<{ readonly name: string; readonly queue: string; readonly out: string }> => {
    const name = unique(`sink-${tolerance}`);
    const out = join(dir, `out-${tolerance}`);
    const queue = `${name}-errors`;
    await product.rest.create(name, {
      ...{ 'connector.class': 'FileStreamSink', file: out, topics: topic, 'key.converter': STRING },
      ...{ 'value.converter': 'org.apache.kafka.connect.json.JsonConverter', 'value.converter.schemas.enable': 'false' },
      ...{ 'errors.tolerance': tolerance, 'errors.deadletterqueue.topic.name': queue },
      ...{ 'errors.deadletterqueue.topic.replication.factor': '1', 'errors.deadletterqueue.context.headers.enable': 'true' },
    });
    return { name, queue, out };
  };

  /** What an independent client finds in the queue once there are at least `count` records. */
  const queued = async (queue: string, count: number): Promise<readonly KafkaMessage[]> => {
    const kafka = new Kafka({ brokers: [...product.servers.kafkaBrokers], logLevel: logLevel.NOTHING });
    const consumer = kafka.consumer({ groupId: unique('dlq') });
    const messages: KafkaMessage[] = [];
    await until('the queue exists', async () => (await topicsOf(kafka)).includes(queue), { withinMs: 60_000 });
    await consumer.connect();
    await consumer.subscribe({ topic: queue, fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ message }) => {
        messages.push(message);
      },
    });
    await until(`${String(count)} dead letters`, async () => messages.length >= count, { withinMs: 60_000 });
    await consumer.disconnect();
    return messages;
  };

  const topicsOf = async (kafka: Kafka): Promise<readonly string[]> => {
    const admin = kafka.admin();
    await admin.connect();
    try {
      return await admin.listTopics();
    } finally {
      await admin.disconnect();
    }
  };

  const headerOf = (message: KafkaMessage | undefined, name: string): string => String(message?.headers?.[`__connect.errors.${name}`]);

  test('are skipped under errors.tolerance=all, and are in the queue in their order, saying why', async () => {
    const { name, queue, out } = await startSink('all');
    const messages = await queued(queue, badLines.length);
    expect(messages.map(({ value }) => String(value))).toEqual(badLines);
    const [first] = messages;
    expect(
      ['topic', 'partition', 'offset', 'connector.name', 'task.id', 'stage', 'class.name'].map((header) => headerOf(first, header)),
    ).toEqual([...[topic, '0', '1', name, '0', 'VALUE_CONVERTER', 'org.apache.kafka.connect.json.JsonConverter']]);
    expect(headerOf(first, 'exception.message')).not.toBe('undefined');
    await until(
      'the good lines are in the file',
      async () => (await readFile(out, 'utf8')).trim().split('\n').length === LINES - badLines.length,
      { withinMs: 30_000 },
    );
    expect((await product.rest.running(name)).tasks[0]?.state).toBe('RUNNING');
  });

  test('fail the task under errors.tolerance=none; the queue holds the first, and the metrics stay', async () => {
    const { name, queue } = await startSink('none');
    const failed = await until(
      'the task is FAILED',
      async () => (await product.rest.state(name))?.tasks.find(({ state }) => state === 'FAILED'),
      { withinMs: 60_000 },
    );
    expect(failed.trace).toContain('Tolerance exceeded in error handler');
    expect((await queued(queue, 1)).map(({ value }) => String(value))).toEqual(badLines.slice(0, 1));
    const owner = product.workers.find(({ id }) => id === failed.worker_id);
    const labels = `{connector="${name}",task="0"}`;
    await until(
      'the failure is counted',
      async () => (await (await fetch(`${owner?.rest ?? ''}/metrics`)).text()).includes(`total_record_failures${labels} 1`),
      { withinMs: 10_000 },
    );
    const text = await (await fetch(`${owner?.rest ?? ''}/metrics`)).text();
    expect(text).toContain(`kafka_connect_connector_task_metrics_status{connector="${name}",task="0",status="failed"} 1`);
  });
});
