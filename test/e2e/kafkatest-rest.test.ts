import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Product, unique } from '../support/product.ts';
import { until } from '../support/wait.ts';

const COMMON_KEYS = [
  ...['name', 'connector.class', 'connector.plugin.version', 'tasks.max', 'tasks.max.enforce', 'transforms', 'predicates'],
  ...['key.converter', 'value.converter', 'header.converter'].flatMap((key) => [key, `${key}.plugin.version`]),
  ...['config.action.reload', 'errors.retry.timeout', 'errors.retry.delay.max.ms', 'errors.tolerance'],
  ...['errors.log.enable', 'errors.log.include.messages', 'file'],
];
const SOURCE_KEYS = [
  ...COMMON_KEYS,
  ...['batch.size', 'topic', 'topic.creation.groups', 'exactly.once.support', 'transaction.boundary'],
  ...['transaction.boundary.interval.ms', 'offsets.storage.topic'],
];
const SINK_KEYS = [
  ...COMMON_KEYS,
  ...['topics', 'topics.regex', 'errors.deadletterqueue.topic.name', 'errors.deadletterqueue.topic.replication.factor'],
  'errors.deadletterqueue.context.headers.enable',
];
const SOURCE_CLASS = 'org.apache.kafka.connect.file.FileStreamSourceConnector';
const SINK_CLASS = 'org.apache.kafka.connect.file.FileStreamSinkConnector';
const STRING = 'org.apache.kafka.connect.storage.StringConverter';

/** The steps of kafkatest's `connect_rest_test`, in its order, with the topic's name behind a placeholder. */
describe('the REST scenario of kafkatest', () => {
  let product: Product;
  let dir: string;
  let source: Record<string, string | number>;
  let sink: Record<string, string | boolean | number>;
  const topic = unique('rest');

  beforeAll(async () => {
    product = await Product.start(2);
    dir = await mkdtemp(join(tmpdir(), 'kafkatest-'));
    await writeFile(join(dir, 'external.properties'), `topic.external=${topic}\n`);
    const placeholder = `\${file:${join(dir, 'external.properties')}:topic.external}`;
    const common = { 'tasks.max': 1, 'key.converter': STRING, 'value.converter': STRING };
    source = { ...common, name: unique('source'), 'connector.class': SOURCE_CLASS, file: join(dir, 'in'), topic: placeholder };
    sink = { ...common, name: unique('sink'), 'connector.class': SINK_CLASS, file: join(dir, 'out'), topics: placeholder };
    sink['key.converter.schemas.enable'] = true;
  });

  afterAll(async () => {
    await product[Symbol.asyncDispose]();
    await rm(dir, { recursive: true });
  });

  const texts = (config: Readonly<Record<string, unknown>>): Record<string, string> =>
    Object.fromEntries(Object.entries(config).map(([key, value]) => [key, String(value)]));

  const outputIs = (words: readonly string[]): Promise<boolean> =>
    until(
      `the output is ${words.join(' ')}`,
      async () => {
        const lines = (await readFile(join(dir, 'out'), 'utf8')).split('\n').filter((line) => line !== '');
        return JSON.stringify(lines.toSorted()) === JSON.stringify(words.toSorted());
      },
      { withinMs: 120_000 },
    );

  test('starts without connectors, and has both plugins', async () => {
    expect((await product.rest.call('GET', '/connectors')).body).toEqual([]);
    const { body } = await product.rest.call('GET', '/connector-plugins/');
    const classes = (body as readonly { readonly class: string }[]).map((plugin) => plugin.class);
    expect(classes).toEqual(expect.arrayContaining([SOURCE_CLASS, SINK_CLASS]));
  });

  test.each([
    [SOURCE_CLASS, { topic: 't' }, SOURCE_KEYS],
    [SINK_CLASS, { topics: 't' }, SINK_KEYS],
  ])('validates a configuration of %s with exactly the keys of Kafka Connect', async (className, own, keys) => {
    const config = { name: 'n', 'connector.class': className, 'tasks.max': 1, file: '/f', 'key.converter.schemas.enable': true, ...own };
    const { status, body } = await product.rest.call('PUT', `/connector-plugins/${className}/config/validate`, config);
    const result = body as { name: string; error_count: number; configs: { definition: { name: string } }[] };
    expect([status, result.name, result.error_count]).toEqual([200, className, 0]);
    expect(result.configs.map(({ definition }) => definition.name).toSorted()).toEqual(keys.toSorted());
  });

  test('creates both, and refuses to create one again', async () => {
    for (const config of [source, sink]) {
      expect((await product.rest.call('POST', '/connectors', { name: config['name'], config })).status).toBe(201);
    }
    const { body } = await product.rest.call('GET', '/connectors/');
    expect((body as string[]).toSorted()).toEqual([String(source['name']), String(sink['name'])].toSorted());
    expect((await product.rest.call('POST', '/connectors', { name: source['name'], config: source })).status).toBe(409);
  });

  test('brings lines from file to file', async () => {
    await appendFile(join(dir, 'in'), 'foo\nbar\nbaz\n');
    await outputIs(['foo', 'bar', 'baz']);
  });

  test('answers configurations and tasks as they were sent, placeholders untouched', async () => {
    for (const [config, type, taskClass] of [
      [source, 'source', 'FileStreamSourceTask'],
      [sink, 'sink', 'FileStreamSinkTask'],
    ] as const) {
      const name = String(config['name']);
      const task = { connector: name, task: 0 };
      expect((await product.rest.call('GET', `/connectors/${name}`)).body).toEqual({ name, config: texts(config), tasks: [task], type });
      expect((await product.rest.call('GET', `/connectors/${name}/config`)).body).toEqual(texts(config));
      expect((await product.rest.call('GET', `/connectors/${name}/tasks`)).body).toEqual([
        { id: task, config: { ...texts(config), 'task.class': `org.apache.kafka.connect.file.${taskClass}` } },
      ]);
    }
  });

  test('takes another file by PUT', async () => {
    await writeFile(join(dir, 'in2'), 'razz\nma\ntazz\n');
    const config = { ...source, file: join(dir, 'in2') };
    expect((await product.rest.call('PUT', `/connectors/${String(source['name'])}/config`, config)).status).toBe(200);
    await outputIs(['foo', 'bar', 'baz', 'razz', 'ma', 'tazz']);
  });

  test('deletes both', async () => {
    for (const { name } of [source, sink]) expect((await product.rest.call('DELETE', `/connectors/${String(name)}`)).status).toBe(204);
    expect((await product.rest.call('GET', '/connectors')).body).toEqual([]);
  });
});
