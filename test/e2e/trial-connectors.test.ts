import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Product } from '../support/product.ts';
import { until } from '../support/wait.ts';

const strings = {
  'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
  'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
};

const plainJson = {
  'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
  'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'value.converter.schemas.enable': 'false',
};

describe('connectors for trying, by REST under the names of Kafka Connect', () => {
  let product: Product;
  let folder: string;
  const unique = `trial${String(process.pid)}`;

  beforeAll(async () => {
    product = await Product.start(1);
    folder = await mkdtemp(join(tmpdir(), 'headrace-trial-'));
  });

  afterAll(async () => {
    await product.rest.deleteAll();
    await product[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const create = async (name: string, config: Record<string, string>): Promise<void> => {
    const reply = await product.rest.call('POST', '/connectors', { name, config });
    expect(reply).toMatchObject({ status: 201 });
    await product.rest.running(name);
  };

  const linesOf = async (path: string): Promise<readonly string[]> =>
    (await readFile(path, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');

  test('lines go from a file that comes later through Kafka into another, once each over a restart', async () => {
    const [input, output] = [join(folder, 'in.txt'), join(folder, 'out.txt')];
    const [source, sink] = [`${unique}-source`, `${unique}-sink`];
    await create(source, { 'connector.class': 'FileStreamSource', file: input, topic: `${unique}.lines`, 'tasks.max': '1', ...strings });
    await appendFile(input, 'one\ntwo\nhalf');
    await create(sink, {
      'connector.class': 'org.apache.kafka.connect.file.FileStreamSinkConnector',
      file: output,
      topics: `${unique}.lines`,
      ...strings,
    });
    await until('two lines came', async () => (await linesOf(output)).length === 2, { withinMs: 60_000 });
    await until(
      'the position is stored',
      async () => {
        const { body } = await product.rest.call('GET', `/connectors/${source}/offsets`);
        return JSON.stringify(body).includes('"position":8');
      },
      { withinMs: 60_000 },
    );
    const reply = await product.rest.call('POST', `/connectors/${source}/restart?includeTasks=true`);
    expect(reply.status).toBe(202);
    await product.rest.running(source);
    await appendFile(input, ' a line\n');
    await until('the last line came', async () => (await linesOf(output)).length >= 3, { withinMs: 60_000 });
    expect(await linesOf(output)).toEqual(['one', 'two', 'half a line']);
  });

  test('generated records reach a file, as many as asked for, changed by a filter and a router', async () => {
    const output = join(folder, 'generated.txt');
    const topic = `${unique}.users`;
    await create(`${unique}-datagen`, {
      'connector.class': 'io.confluent.kafka.connect.datagen.DatagenConnector',
      'kafka.topic': topic,
      quickstart: 'users',
      iterations: '300',
      'max.interval': '0',
      'random.seed': '1',
      transforms: 'some,route',
      'transforms.some.type': 'io.debezium.transforms.Filter',
      'transforms.some.language': 'jsr223.groovy',
      'transforms.some.condition': "value.gender == 'MALE' || value.regionid.endsWith('_1')",
      'transforms.route.type': 'RegexRouter',
      'transforms.route.regex': '(.*)',
      'transforms.route.replacement': '$1.some',
      ...plainJson,
    });
    await create(`${unique}-out`, { 'connector.class': 'FileStreamSink', file: output, topics: `${topic}.some`, ...plainJson });
    await until(
      'the generator rests',
      async () => {
        const { body } = await product.rest.call('GET', `/connectors/${unique}-datagen/offsets`);
        return JSON.stringify(body).includes('"current.iteration":300');
      },
      { withinMs: 60_000 },
    );
    await until('records came', async () => (await linesOf(output)).length > 50, { withinMs: 60_000 });
    const lines = await linesOf(output);
    expect(lines.length).toBeLessThan(250);
    for (const line of lines) expect(line).toMatch(/gender=MALE|regionid=Region_1/);
  });

  test('what cannot work is refused before it starts', async () => {
    const reply = await product.rest.call('POST', '/connectors', {
      name: `${unique}-bad`,
      config: { 'connector.class': 'FileStreamSource', topic: 't', ...strings },
    });
    expect(reply).toMatchObject({ status: 400, body: { message: expect.stringContaining('give the path of a file') } });
  });
});
