import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { readFile } from 'node:fs/promises';
import { Product, unique } from '../support/product.ts';
import { gapsAndDoubles, isIn, Verifiable } from '../support/verifiable.ts';
import { until } from '../support/wait.ts';

const TASKS = 3;
/** Of each task at the end. */
const ENOUGH = 1_000;
const THROUGHPUT = 100;

const joinedLine = 'Starting connectors and tasks using config offset';

/** kafkatest's `test_bounce` and `test_exactly_once_source`: each worker in turn is restarted while three tasks count and three print. */
describe('workers that bounce', () => {
  let product: Product;
  let kafka: Kafka;

  beforeAll(async () => {
    product = await Product.start(3);
    kafka = new Kafka({ brokers: [...product.servers.kafkaBrokers], logLevel: logLevel.NOTHING });
  });

  afterAll(async () => {
    await product[Symbol.asyncDispose]();
  });

  const runs = async (...connectors: readonly Verifiable[]): Promise<void> => {
    const [worker] = product.workers;
    for (const connector of connectors) {
      await until(`${connector.name} runs`, async () => worker !== undefined && (await isIn(worker, connector, 'RUNNING')), {
        withinMs: 60_000,
      });
    }
  };

  const joins = async (log: string): Promise<number> => (await readFile(log, 'utf8')).split(joinedLine).length - 1;

  /** What an outsider reads of the topic, committed records only. */
  const committedIn = async (
    topic: string,
    isComplete: () => Promise<number>,
  ): Promise<readonly { readonly task: number; readonly seqno: number }[]> => {
    const seen: { task: number; seqno: number }[] = [];
    const consumer = kafka.consumer({ groupId: unique('reader'), readUncommitted: false });
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      eachMessage: ({ message }) => {
        const payloadOf = (bytes: Buffer | null): number => (JSON.parse(String(bytes)) as { readonly payload: number }).payload;
        seen.push({ task: payloadOf(message.key), seqno: payloadOf(message.value) });
        return Promise.resolve();
      },
    });
    const distinct = (): number => new Set(seen.map(({ task, seqno }) => `${String(task)} ${String(seqno)}`)).size;
    await until('all that is committed was read', async () => distinct() >= (await isComplete()), { withinMs: 60_000 });
    await consumer.disconnect();
    return seen;
  };

  test.each([
    ['asked to end', 'SIGTERM'],
    ['killed', 'SIGKILL'],
  ] as const)('lose and double no number when each is %s', async (_, signal) => {
    const topic = unique('bounce');
    const admin = kafka.admin();
    await admin.connect();
    // One for each of the sink's tasks: kafkatest leaves two of them idle.
    await admin.createTopics({ topics: [{ topic, numPartitions: TASKS, replicationFactor: 1 }] });
    await admin.disconnect();
    const source = Verifiable.source(product.rest, product.workers, topic, { tasks: TASKS, throughput: THROUGHPUT });
    const sink = Verifiable.sink(product.rest, product.workers, topic, { tasks: TASKS });
    await source.create();
    await sink.create();
    for (const { id, pid, log } of product.workers) {
      const before = await joins(log);
      process.kill(pid, signal);
      await until(`${id} is gone`, async () => (await product.refreshWorkers()).every((worker) => worker.id !== id), { withinMs: 60_000 });
      await product.scale(3);
      await until(`${id} takes connectors and tasks again`, async () => (await joins(log)) > before, { withinMs: 90_000 });
      await runs(source, sink);
    }
    await until('every task counted far enough', async () => gapsAndDoubles(await sink.flushed(), TASKS).shortest >= ENOUGH, {
      withinMs: 120_000,
    });

    expect((await product.rest.call('POST', `/connectors/${source.name}/restart?onlyFailed=true&includeTasks=true`)).status).toBe(202);
    await runs(source, sink);
    await product.rest.call('PUT', `/connectors/${source.name}/stop`);
    const committed = (): Promise<number> =>
      source.committed().then((lines) => new Set(lines.map(({ task, seqno }) => `${String(task)} ${String(seqno)}`)).size);
    const inTopic = await committedIn(topic, committed);
    const judged = gapsAndDoubles(inTopic, TASKS);
    expect([judged.gaps, judged.doubles]).toEqual([[], []]);
    expect(judged.shortest).toBeGreaterThanOrEqual(ENOUGH);
    for (const { name } of [sink, source]) await product.rest.call('DELETE', `/connectors/${name}`);

    // The sink is at-least-once: after an orderly end nothing is flushed twice, after a kill only what was not committed.
    const flushed = gapsAndDoubles(await sink.flushed(), TASKS);
    expect(flushed.gaps).toEqual([]);
    if (signal === 'SIGTERM') expect(flushed.doubles).toEqual([]);
    // What is printed as committed is in the topic; a kill may come between the commit and the line about it.
    const printed = gapsAndDoubles(await source.committed(), TASKS);
    expect(printed.doubles).toEqual([]);
    if (signal === 'SIGTERM') expect(printed.gaps).toEqual([]);
    expect(printed.shortest).toBeLessThanOrEqual(judged.shortest);
  });
});
