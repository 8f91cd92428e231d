import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Product, unique } from '../support/product.ts';
import type { ConnectorConfig } from '../support/rest.ts';
import { isIn, mockConnector, Verifiable } from '../support/verifiable.ts';
import { until } from '../support/wait.ts';

const JSON_CONVERTER = 'org.apache.kafka.connect.json.JsonConverter';
const SILENCE_MS = 3_000;

type Loggers = Readonly<Record<string, { readonly level: string; readonly last_modified: number | null }>>;

/** The scenarios of kafkatest's `connect_distributed_test` on three workers, but for the bounces, which have a file of their own. */
describe('the distributed scenarios of kafkatest', () => {
  let product: Product;
  let kafka: Kafka;
  let topic: string;

  beforeAll(async () => {
    product = await Product.start(3);
    kafka = new Kafka({ brokers: [...product.servers.kafkaBrokers], logLevel: logLevel.NOTHING });
  });

  beforeEach(async () => {
    topic = unique('kafkatest');
    const admin = kafka.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic, numPartitions: 1, replicationFactor: 1 }] });
    await admin.disconnect();
  });

  afterAll(async () => {
    await product[Symbol.asyncDispose]();
  });

  const restartAll = async (): Promise<void> => {
    const before = product.workers;
    for (const { pid } of before) process.kill(pid, 'SIGTERM');
    await until('all workers have left', async () => (await product.refreshWorkers()).length === 0, { withinMs: 60_000 });
    await product.scale(before.length);
  };

  const onEveryWorker = async (connector: Verifiable, state: string, withinMs = 30_000): Promise<void> => {
    for (const worker of product.workers) {
      await until(`${worker.id} tells ${state}`, () => isIn(worker, connector, state), { withinMs });
    }
  };

  const stateBecomes = (
    name: string,
    which: (state: { readonly connector: string; readonly task: string | undefined }) => boolean,
    withinMs: number,
  ) =>
    until(
      `${name} is as expected`,
      async () => {
        const state = await product.rest.state(name);
        return state !== undefined && which({ connector: state.connector.state, task: state.tasks[0]?.state });
      },
      { withinMs },
    );

  test.each([
    ['Sink', '/restart', 204],
    ['Source', '/restart', 204],
    ['Sink', '/restart?onlyFailed=true&includeTasks=false', 202],
  ] as const)('a failed connector of a Mock%s runs again after POST %s', async (kind, path, status) => {
    const name = unique('mock');
    await product.rest.create(name, mockConnector(kind, 'connector-failure', kind === 'Sink' ? { topics: topic } : {}));
    await stateBecomes(name, ({ connector, task }) => connector === 'FAILED' && task === 'RUNNING', 15_000);
    expect((await product.rest.call('POST', `/connectors/${name}${path}`)).status).toBe(status);
    await stateBecomes(name, ({ connector }) => connector === 'RUNNING', 10_000);
    await product.rest.call('DELETE', `/connectors/${name}`);
  });

  test.each([
    ['Sink', '/tasks/0/restart', 204],
    ['Source', '/tasks/0/restart', 204],
    ['Sink', '/restart?onlyFailed=false&includeTasks=true', 202],
    ['Source', '/restart?onlyFailed=false&includeTasks=true', 202],
  ] as const)('a failed task of a Mock%s runs again after POST %s', async (kind, path, status) => {
    const name = unique('mock');
    await product.rest.create(name, mockConnector(kind, 'task-failure', kind === 'Sink' ? { topics: topic } : {}));
    await stateBecomes(name, ({ connector, task }) => connector === 'RUNNING' && task === 'FAILED', 20_000);
    expect((await product.rest.call('POST', `/connectors/${name}${path}`)).status).toBe(status);
    await stateBecomes(name, ({ task }) => task === 'RUNNING', 10_000);
    await product.rest.call('DELETE', `/connectors/${name}`);
  });

  test('a paused source sends nothing, on every worker it is told so, and resumed it sends again', async () => {
    const source = Verifiable.source(product.rest, product.workers, topic);
    await source.create();
    await onEveryWorker(source, 'RUNNING');
    await until('it sends', async () => (await source.sent()).length > 0, { withinMs: 30_000 });
    await product.rest.call('PUT', `/connectors/${source.name}/pause`);
    await onEveryWorker(source, 'PAUSED');
    const before = (await source.sent()).length;
    await sleep(SILENCE_MS);
    expect((await source.sent()).length).toBe(before);
    await product.rest.call('PUT', `/connectors/${source.name}/resume`);
    await onEveryWorker(source, 'RUNNING');
    await until('it sends again', async () => (await source.sent()).length > before, { withinMs: 30_000 });
    await product.rest.call('DELETE', `/connectors/${source.name}`);
  });

  test('a paused sink receives nothing, and resumed it receives again', async () => {
    const source = Verifiable.source(product.rest, product.workers, topic);
    await source.create();
    await until('the source has committed', async () => (await source.committed()).length > 0, { withinMs: 30_000 });
    const sink = Verifiable.sink(product.rest, product.workers, topic);
    await sink.create();
    await onEveryWorker(sink, 'RUNNING');
    await until('it receives', async () => (await sink.sent()).length > 0, { withinMs: 30_000 });
    await product.rest.call('PUT', `/connectors/${sink.name}/pause`);
    await onEveryWorker(sink, 'PAUSED');
    const before = (await sink.sent()).length;
    await sleep(SILENCE_MS);
    expect((await sink.sent()).length).toBe(before);
    await product.rest.call('PUT', `/connectors/${sink.name}/resume`);
    await onEveryWorker(sink, 'RUNNING');
    await until('it receives again', async () => (await sink.sent()).length > before, { withinMs: 30_000 });
    for (const { name } of [sink, source]) await product.rest.call('DELETE', `/connectors/${name}`);
  });

  test('a pause outlives the workers', async () => {
    const source = Verifiable.source(product.rest, product.workers, topic);
    await source.create();
    await onEveryWorker(source, 'RUNNING');
    await product.rest.call('PUT', `/connectors/${source.name}/pause`);
    await restartAll();
    await onEveryWorker(source, 'PAUSED', 120_000);
    await product.rest.call('DELETE', `/connectors/${source.name}`);
  });

  test('levels of loggers are of one worker or of all, and end with the worker', async () => {
    const loggersOf = async ({ rest }: { readonly rest: string }): Promise<Loggers> =>
      (await (await fetch(`${rest}/admin/loggers`)).json()) as Loggers;
    const set = (base: string | undefined, namespace: string, level: string, scope = ''): Promise<Response> =>
      fetch(`${base ?? ''}/admin/loggers/${namespace}${scope}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ level }),
      });
    await restartAll();
    const [first, ...others] = product.workers;
    const initial = await Promise.all(product.workers.map(loggersOf));
    for (const loggers of initial) {
      expect(Object.keys(loggers).length).toBeGreaterThan(2);
      expect(loggers).toHaveProperty('root');
      expect(Object.values(loggers).every(({ last_modified: at }) => at === null)).toBe(true);
    }

    const namespace = 'org.apache.kafka.connect';
    const changed = (await (await set(first?.rest, namespace, 'ERROR')).json()) as readonly string[];
    expect(changed.length).toBeGreaterThan(0);
    expect(changed.every((name) => name.startsWith(namespace))).toBe(true);
    expect(await Promise.all(others.map(loggersOf))).toEqual(initial.slice(1));
    const afterFirst = first === undefined ? {} : await loggersOf(first);
    for (const [name, { level, last_modified: at }] of Object.entries(afterFirst)) {
      expect([name, level === 'ERROR', at !== null]).toEqual([name, name.startsWith(namespace), name.startsWith(namespace)]);
    }

    const askedAt = Date.now();
    const reply = await set(others[0]?.rest, namespace, 'DEBUG', '?scope=cluster');
    expect([reply.status, await reply.text()]).toEqual([204, '']);
    const areDebug = (loggers: Loggers): boolean =>
      Object.entries(loggers).every(
        ([name, { level, last_modified: at }]) => !name.startsWith(namespace) || (level === 'DEBUG' && at !== null && at >= askedAt),
      );
    for (const worker of product.workers) await until('it says DEBUG', async () => areDebug(await loggersOf(worker)), { withinMs: 10_000 });

    const before = await Promise.all(product.workers.map(loggersOf));
    await set(first?.rest, namespace, 'DEBUG', '?scope=cluster');
    await set(first?.rest, 'root', 'WARN', '?scope=cluster');
    const areWarn = (loggers: Loggers): boolean => Object.values(loggers).every(({ level }) => level === 'WARN');
    for (const [index, worker] of product.workers.entries()) {
      await until('it says WARN', async () => areWarn(await loggersOf(worker)), { withinMs: 10_000 });
      expect(Object.keys(before[index] ?? {})).toEqual(Object.keys(await loggersOf(worker)));
    }
    await restartAll();
    expect(await Promise.all(product.workers.map(loggersOf))).toEqual(initial);
  });

  describe('with files', () => {
    let dir: string;

    beforeAll(async () => {
      dir = await mkdtemp(join(tmpdir(), 'kafkatest-'));
    });

    afterAll(async () => {
      await rm(dir, { recursive: true });
    });

    const converters = { 'key.converter': JSON_CONVERTER, 'value.converter': JSON_CONVERTER, 'tasks.max': '1' };
    const createSource = async (label: string, more: ConnectorConfig = {}): Promise<string> => {
      const name = unique(label);
      await product.rest.create(name, { ...converters, 'connector.class': 'FileStreamSource', file: join(dir, label), topic, ...more });
      return name;
    };

    test('lines go from file to file before and after a restart of all workers', async () => {
      const names = [await createSource('lines'), unique('sink')];
      const output = join(dir, 'lines.out');
      await product.rest.create(names[1] ?? '', { ...converters, 'connector.class': 'FileStreamSink', file: output, topics: topic });
      const outputIs = (words: readonly string[], withinMs: number): Promise<boolean> =>
        until(
          `the output is ${words.join(' ')}`,
          async () =>
            JSON.stringify([...new Set((await readFile(output, 'utf8')).split('\n'))].toSorted()) ===
            JSON.stringify(['', ...words].toSorted()),
          { withinMs },
        );
      await appendFile(join(dir, 'lines'), 'foo\nbar\nbaz\n');
      await outputIs(['foo', 'bar', 'baz'], 70_000);
      await restartAll();
      await appendFile(join(dir, 'lines'), 'razz\nma\ntazz\n');
      await outputIs(['foo', 'bar', 'baz', 'razz', 'ma', 'tazz'], 150_000);
      for (const name of names) await product.rest.call('DELETE', `/connectors/${name}`);
    });

    test('transforms hoist a line into a field and stamp it with the time of its record', async () => {
      await appendFile(join(dir, 'hoisted'), 'foo\nbar\nbaz\n');
      const name = await createSource('hoisted', {
        transforms: 'hoistToStruct,insertTimestampField',
        'transforms.hoistToStruct.type': 'org.apache.kafka.connect.transforms.HoistField$Value',
        'transforms.hoistToStruct.field': 'content',
        'transforms.insertTimestampField.type': 'org.apache.kafka.connect.transforms.InsertField$Value',
        'transforms.insertTimestampField.timestamp.field': 'the_timestamp',
      });
      const seen: { readonly timestamp: number; readonly value: unknown }[] = [];
      const consumer = kafka.consumer({ groupId: unique('reader') });
      await consumer.connect();
      await consumer.subscribe({ topics: [topic], fromBeginning: true });
      await consumer.run({
        eachMessage: ({ message }) => {
          seen.push({ timestamp: Number(message.timestamp), value: JSON.parse(String(message.value)) as unknown });
          return Promise.resolve();
        },
      });
      await until('three records came', () => Promise.resolve(seen.length === 3), { withinMs: 60_000 });
      await consumer.disconnect();
      expect(seen.map(({ value }) => value)).toEqual(
        ['foo', 'bar', 'baz'].map((content, index) => ({
          schema: {
            type: 'struct',
            fields: [
              { type: 'string', optional: false, field: 'content' },
              { type: 'int64', optional: true, name: 'org.apache.kafka.connect.data.Timestamp', version: 1, field: 'the_timestamp' },
            ],
            optional: false,
          },
          payload: { content, the_timestamp: seen[index]?.timestamp },
        })),
      );
      await product.rest.call('DELETE', `/connectors/${name}`);
    });
  });
});
