import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Database } from '../support/databases.ts';
import { postgresSource, Product } from '../support/product.ts';
import { runScript } from '../support/scripts.ts';
import { until } from '../support/wait.ts';

describe('the life of a connector by REST', () => {
  let product: Product;
  let name: string;
  let database: Database;

  beforeAll(async () => {
    product = await Product.start(3);
    ({ name, database } = await product.postgres('life'));
    await database.run('CREATE TABLE public.t (id int PRIMARY KEY, note text)');
    await database.run("INSERT INTO public.t VALUES (1, 'one')");
  });

  afterAll(async () => {
    await product[Symbol.asyncDispose]();
  });

  const onEveryWorker = async (path: string): Promise<readonly unknown[]> =>
    Promise.all(product.workers.map(async ({ rest }) => (await fetch(`${rest}${path}`)).json()));

  test('a created connector is seen by every worker at once', async () => {
    const [first] = product.workers;
    const response = await fetch(`${first?.rest ?? ''}/connectors`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name, config: postgresSource(database.url, name) }),
    });
    expect(response.status).toBe(201);
    expect(response.headers.get('location')).toBe(`${first?.rest ?? ''}/connectors/${name}`);
    for (const names of await onEveryWorker('/connectors')) expect(names).toContain(name);
    await product.rest.running(name);
  });

  test('the command of the checkout lists it, asking a worker at a given address', async () => {
    const [first] = product.workers;
    const table = await runScript('headrace', ['connectors', 'list', '--url', first?.rest ?? '']);
    expect(table.split('\n').find((line) => line.startsWith(name))).toMatch(/source +RUNNING +1/);
  });

  test('creating it again is 409', async () => {
    const reply = await product.rest.call('POST', '/connectors', { name, config: postgresSource(database.url, name) });
    expect(reply).toEqual({ status: 409, body: { error_code: 409, message: `Connector ${name} already exists` } });
  });

  test('its status tells the way of its records: fused, and by objects where a transform looks at them', async () => {
    expect((await product.rest.state(name))?.tasks[0]).toMatchObject({ lane: 'fused' });
    const other = `${name}_seen`;
    const transforms = { transforms: 'route', 'transforms.route.type': 'org.apache.kafka.connect.transforms.RegexRouter' };
    const route = { 'transforms.route.regex': '(.*)', 'transforms.route.replacement': 'seen_$1' };
    await product.rest.create(other, postgresSource(database.url, other, { ...transforms, ...route }));
    await product.rest.running(other);
    expect((await product.rest.state(other))?.tasks[0]).toMatchObject({ lane: 'object' });
    const reader = await product.reader([`seen_${other}.public.t`]);
    await until('the snapshot is in Kafka', async () => reader.events.length === 1, { withinMs: 60_000 });
    await product.rest.call('DELETE', `/connectors/${other}`);
  });

  test('paused, it takes nothing; resumed, it goes on where it was', async () => {
    const reader = await product.reader([`${name}.public.t`]);
    await until('the snapshot is in Kafka', async () => reader.events.length === 1, { withinMs: 60_000 });
    expect((await product.rest.call('PUT', `/connectors/${name}/pause`)).status).toBe(202);
    await until('it is paused', async () => (await product.rest.state(name))?.tasks[0]?.state === 'PAUSED', { withinMs: 30_000 });
    await database.run("INSERT INTO public.t VALUES (2, 'two')");
    expect((await product.rest.call('PUT', `/connectors/${name}/resume`)).status).toBe(202);
    await until('the change came', async () => reader.events.length === 2, { withinMs: 30_000 });
    expect(reader.events.map(({ value }) => value?.['op'])).toEqual(['r', 'c']);
  });

  test('its offsets are those of Debezium', async () => {
    const { body } = await product.rest.call('GET', `/connectors/${name}/offsets`);
    expect(body).toMatchObject({ offsets: [{ partition: { server: name }, offset: { lsn: expect.any(Number) } }] });
  });

  test('stopped, it has no tasks', async () => {
    expect((await product.rest.call('PUT', `/connectors/${name}/stop`)).status).toBe(204);
    await until('it is stopped', async () => (await product.rest.state(name))?.connector.state === 'STOPPED', { withinMs: 30_000 });
    await until('no tasks are left', async () => (await product.rest.state(name))?.tasks.length === 0, { withinMs: 30_000 });
    await product.rest.call('PUT', `/connectors/${name}/resume`);
    await product.rest.running(name);
  });

  test('a changed configuration restarts its task, one key at a time by PATCH', async () => {
    const reply = await product.rest.call('PATCH', `/connectors/${name}/config`, { 'max.batch.size': '1024' });
    expect(reply.status).toBe(200);
    for (const config of await onEveryWorker(`/connectors/${name}/config`)) expect(config).toMatchObject({ 'max.batch.size': '1024' });
    await product.rest.running(name);
  });

  test('restart answers 202 with what is being restarted', async () => {
    const reply = await product.rest.call('POST', `/connectors/${name}/restart?includeTasks=true`);
    expect(reply.status).toBe(202);
    await product.rest.running(name);
  });

  test('deleted, it is gone everywhere', async () => {
    expect((await product.rest.call('DELETE', `/connectors/${name}`)).status).toBe(204);
    for (const names of await onEveryWorker('/connectors')) expect(names).not.toContain(name);
    expect((await product.rest.call('GET', `/connectors/${name}`)).status).toBe(404);
  });

  test('the OpenAPI document names what is served', async () => {
    const { body } = await product.rest.call('GET', '/openapi.json');
    expect(Object.keys((body as { paths: object }).paths)).toEqual(expect.arrayContaining(['/connectors']));
  });
});
