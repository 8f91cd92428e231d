import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mariadbSource, Product, sqlSink } from '../support/product.ts';
import { runScript } from '../support/scripts.ts';
import { until } from '../support/wait.ts';

interface Circuit {
  readonly state: string;
  readonly target: string;
  readonly error?: string;
}

describe('a sink whose target is away', () => {
  let product: Product;

  beforeAll(async () => {
    product = await Product.start(1);
  });

  afterAll(async () => {
    await product[Symbol.asyncDispose]();
  });

  test('stays RUNNING, or UNASSIGNED where it starts then, with an open circuit in status and metrics, and applies every row later', async () => {
    const { name, database: source } = await product.mariadb('away');
    const { database: target } = await product.postgres('away');
    const sink = `${name}-sink`;
    const late = `${name}-late`;
    await source.run('CREATE TABLE t (id int PRIMARY KEY, note varchar(20))');
    await source.run("INSERT INTO t VALUES (1, 'one')");
    await product.rest.create(`${name}-source`, mariadbSource(source.url, name));
    await product.rest.create(sink, sqlSink(target.url, `${name}\\.${name}\\.t`, { 'target.circuit.open.ms': '1000' }));
    const copied = async (table = `${name}_${name}_t`): Promise<readonly unknown[]> => {
      const [there] = await target.rows(`SELECT to_regclass('${table}')::text AS name`);
      return there?.['name'] == null ? [] : target.rows(`SELECT id::text, note FROM ${table} ORDER BY id`);
    };
    const task = async (connector = sink): Promise<{ readonly state: string; readonly circuit?: Circuit } | undefined> =>
      (await product.rest.state(connector))?.tasks[0];
    const gauge = async (): Promise<string | undefined> => {
      const text = await (await fetch(`${product.workers[0]?.rest ?? ''}/metrics`)).text();
      return new RegExp(`^\\S*sink_sql_circuit_state\\{[^}]*"${sink}"[^}]*\\} (\\S+)`, 'm').exec(text)?.[1];
    };
    await until('the first row is copied', async () => (await copied()).length === 1, { withinMs: 60_000 });
    expect((await task())?.circuit?.state).toBe('closed');

    await runScript('stack', ['stop', 'postgres', '--signal', 'KILL']);
    try {
      await source.run("INSERT INTO t VALUES (2, 'two')");
      const open = await until('the circuit is open', async () => ((await task())?.circuit?.state === 'open' ? task() : undefined), {
        withinMs: 60_000,
      });
      expect(open.state).toBe('RUNNING');
      expect(open.circuit?.target).toBe(target.url.slice(target.url.indexOf('@') + 1));
      await until('the metrics say so', async () => (await gauge()) === '2', { withinMs: 30_000 });
      const starting = { 'collection.name.format': 'late', 'target.circuit.open.ms': '1000', 'flush.retry.delay.ms': '10' };
      await product.rest.create(late, sqlSink(target.url, `${name}\\.${name}\\.t`, starting));
      const waiting = await until(
        'the circuit of the second is open',
        async () => ((await task(late))?.circuit?.state === 'open' ? task(late) : undefined),
        { withinMs: 60_000 },
      );
      expect(waiting.state).toBe('UNASSIGNED');
      expect(waiting.circuit?.error).toContain('connecting');
    } finally {
      await runScript('stack', ['start', 'postgres']);
    }
    const both = [
      { id: '1', note: 'one' },
      { id: '2', note: 'two' },
    ];
    await until('the second row is copied', async () => (await copied()).length === 2, { withinMs: 60_000 });
    expect(await copied()).toEqual(both);
    await until('the second sink copies them too', async () => (await copied('late')).length === 2, { withinMs: 60_000 });
    expect(await copied('late')).toEqual(both);
    await until('it runs', async () => (await task(late))?.state === 'RUNNING', { withinMs: 30_000 });
    expect((await task(late))?.circuit?.state).toBe('closed');
    await until('the circuit is closed', async () => (await task())?.circuit?.state === 'closed', { withinMs: 30_000 });
    await until('the metrics say so', async () => (await gauge()) === '0', { withinMs: 30_000 });
  });
});
