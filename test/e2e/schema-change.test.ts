import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mariadbSource, postgresSource, Product } from '../support/product.ts';
import { until } from '../support/wait.ts';

describe('schema changes under the registry', () => {
  let product: Product;

  beforeAll(async () => {
    product = await Product.start(2);
  });

  afterAll(async () => {
    await product[Symbol.asyncDispose]();
  });

  const registry = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${product.servers.registryUrl}${path}`, {
      method,
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path} answered ${String(response.status)}: ${await response.text()}`);
    return response.json();
  };

  test.each(['postgres', 'mariadb'] as const)(
    'I5: columns added and dropped at %s become new versions and the flow goes on',
    async (kind) => {
      const { name, database } = await product[kind]('evolve');
      const table = kind === 'postgres' ? 'public.t' : 't';
      const topic = kind === 'postgres' ? `${name}.public.t` : `${name}.${name}.t`;
      await database.run(`CREATE TABLE ${table} (id int PRIMARY KEY, note varchar(20))`);
      await database.run(`INSERT INTO ${table} VALUES (1, 'one')`);
      await product.rest.create(name, kind === 'postgres' ? postgresSource(database.url, name) : mariadbSource(database.url, name));
      await product.rest.running(name);
      const reader = await product.reader([topic]);
      await until('the snapshot is in Kafka', async () => reader.events.length === 1, { withinMs: 60_000 });
      await database.run(`ALTER TABLE ${table} ADD COLUMN extra int`);
      await database.run(`INSERT INTO ${table} VALUES (2, 'two', 22)`);
      await database.run(`ALTER TABLE ${table} DROP COLUMN note`);
      await database.run(`INSERT INTO ${table} VALUES (3, 33)`);
      await until('all rows are in Kafka', async () => reader.events.length === 3, { withinMs: 60_000 });
      expect(reader.events.map(({ value }) => value?.['after'])).toEqual([
        { id: 1, note: 'one' },
        { id: 2, note: 'two', extra: 22 },
        { id: 3, extra: 33 },
      ]);
      expect(await registry('GET', `/subjects/${topic}-value/versions`)).toEqual([1, 2, 3]);
    },
  );

  test('a change that the rule of the subject forbids fails that task with the reason, and nothing is lost', async () => {
    const { name, database } = await product.postgres('rule');
    const topic = `${name}.public.t`;
    await database.run('CREATE TABLE public.t (id int PRIMARY KEY, note text NOT NULL)');
    await database.run("INSERT INTO public.t VALUES (1, 'one')");
    await product.rest.create(name, postgresSource(database.url, name));
    await product.rest.running(name);
    const reader = await product.reader([topic]);
    await until('the snapshot is in Kafka', async () => reader.events.length === 1, { withinMs: 60_000 });
    await registry('PUT', `/config/${topic}-value`, { compatibility: 'FULL' });
    await database.run('ALTER TABLE public.t ALTER COLUMN note TYPE integer USING 0');
    await database.run('INSERT INTO public.t VALUES (2, 2)');
    const trace = await product.rest.failed(name);
    expect(trace).toContain(`${topic}-value`);
    await registry('PUT', `/config/${topic}-value`, { compatibility: 'NONE' });
    await product.rest.call('POST', `/connectors/${name}/restart?includeTasks=true&onlyFailed=true`);
    await until('the refused row is in Kafka', async () => reader.events.length === 2, { withinMs: 60_000 });
    expect(reader.events[1]?.value?.['after']).toEqual({ id: 2, note: 2 });
  });
});
