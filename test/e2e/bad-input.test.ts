import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mariadbSource, postgresSource, Product, sqlSink, unique } from '../support/product.ts';
import type { ConnectorConfig } from '../support/rest.ts';

describe('bad input and broken surroundings', () => {
  let product: Product;

  beforeAll(async () => {
    product = await Product.start(2);
  });

  afterAll(async () => {
    await product[Symbol.asyncDispose]();
  });

  const failure = async (config: ConnectorConfig): Promise<string> => product.failureOf(config);

  test('an unknown class is 400 and named', async () => {
    const reply = await product.rest.call('POST', '/connectors', {
      name: unique('x'),
      config: { 'connector.class': 'org.example.Nothing' },
    });
    expect(reply.status).toBe(400);
    expect(JSON.stringify(reply.body)).toContain('org.example.Nothing');
  });

  test('every wrong option is listed at once, by key', async () => {
    const { database } = await product.postgres('opts');
    const config = {
      ...postgresSource(database.url, unique('x')),
      'database.port': 'many',
      'snapshot.mode': 'sometimes',
      'decimal.handling.mode': 'roughly',
    };
    const reply = await product.rest.call('POST', '/connectors', { name: unique('x'), config });
    expect(reply.status).toBe(400);
    for (const key of ['database.port', 'snapshot.mode', 'decimal.handling.mode']) expect(JSON.stringify(reply.body)).toContain(key);
  });

  test('an unreachable database fails the task with host and port', async () => {
    const { database } = await product.postgres('far');
    expect(await failure(postgresSource(database.url, unique('far'), { 'database.port': '1' }))).toMatch(/127\.0\.0\.1:1\b/);
  });

  test('a wrong password fails the task and names the user, never the password', async () => {
    const { database } = await product.postgres('pass');
    const trace = await failure(postgresSource(database.url, unique('pass'), { 'database.password': 'wrong-Secret-1' }));
    expect(trace).toContain(new URL(database.url).username);
    expect(trace).not.toContain('wrong-Secret-1');
  });

  test('a missing privilege fails the task and names it', async () => {
    const { database } = await product.postgres('priv');
    const user = unique('poor');
    await database.run('CREATE TABLE public.t (id int PRIMARY KEY)');
    await database.run(`CREATE ROLE ${user} LOGIN PASSWORD 'poor'`);
    expect(await failure(postgresSource(database.url, unique('priv'), { 'database.user': user, 'database.password': 'poor' }))).toMatch(
      /replication|privilege|permission/i,
    );
    await database.run(`DROP OWNED BY ${user}; DROP ROLE ${user}`);
  });

  test('a wrong MariaDB password fails the task and names the user', async () => {
    const { database } = await product.mariadb('mypass');
    expect(await failure(mariadbSource(database.url, unique('mypass'), { 'database.password': 'wrong' }))).toContain(
      new URL(database.url).username,
    );
  });

  test('a table without a key fails the sink task and names the table, while another task goes on', async () => {
    const { name, database } = await product.postgres('nokey');
    const { database: target } = await product.mariadb('nokey');
    await database.run('CREATE TABLE public.keyless (note text)');
    await database.run("INSERT INTO public.keyless VALUES ('one')");
    await product.rest.create(name, postgresSource(database.url, name));
    await product.rest.running(name);
    expect(await failure(sqlSink(target.url, `${name}\\.public\\.keyless`))).toContain('keyless');
    await product.rest.running(name);
  });
});
