import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../support/databases.ts';
import { mariadbPair, postgresPair } from '../support/failover-pair.ts';
import { mariadbSource, Product, sqlSink } from '../support/product.ts';
import { runScript } from '../support/scripts.ts';
import { until } from '../support/wait.ts';

interface Circuit {
  readonly state: string;
  readonly target: string;
  readonly error?: string;
}

/** How often somebody comes to a port whose server is away; whoever comes is turned away. */
const knocksAt = async (port: number, forMs: number): Promise<number> => {
  let knocks = 0;
  const door = createServer((client) => {
    knocks += 1;
    client.destroy();
  });
  await new Promise<void>((resolve) => door.listen(port, '127.0.0.1', resolve));
  await sleep(forMs);
  await new Promise((resolve) => door.close(resolve));
  return knocks;
};

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
    const late = ['late_1', 'late_2', 'late_3'];
    const server = new URL(target.url).host;
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
      return new RegExp(`^headrace_target_circuit_state\\{target="${server}"\\} (\\S+)`, 'm').exec(text)?.[1];
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
      expect(open.circuit?.target).toBe(server);
      await until('the metrics say so', async () => (await gauge()) === '2', { withinMs: 30_000 });
      const starting = { 'target.circuit.open.ms': '1000', 'flush.retry.delay.ms': '10' };
      for (const table of late) {
        const config = sqlSink(target.url, `${name}\\.${name}\\.t`, { ...starting, 'collection.name.format': table });
        await product.rest.create(`${name}-${table}`, config);
        const waiting = await until(
          'its circuit is open',
          async () => ((await task(`${name}-${table}`))?.circuit?.state === 'open' ? task(`${name}-${table}`) : undefined),
          { withinMs: 60_000 },
        );
        expect(waiting.state).toBe('UNASSIGNED');
        expect(waiting.circuit?.error).toContain('connecting');
      }
      const knocks = await knocksAt(Number(new URL(target.url).port), 5_000);
      // Four tasks that know nothing of each other would come twenty times.
      expect(knocks).toBeGreaterThanOrEqual(2);
      expect(knocks).toBeLessThanOrEqual(7);
    } finally {
      await runScript('stack', ['start', 'postgres']);
    }
    const both = [
      { id: '1', note: 'one' },
      { id: '2', note: 'two' },
    ];
    await until('the second row is copied', async () => (await copied()).length === 2, { withinMs: 60_000 });
    expect(await copied()).toEqual(both);
    for (const table of late) {
      await until('the other sinks copy them too', async () => (await copied(table)).length === 2, { withinMs: 60_000 });
      expect(await copied(table)).toEqual(both);
      await until('they run', async () => (await task(`${name}-${table}`))?.state === 'RUNNING', { withinMs: 30_000 });
      expect((await task(`${name}-${table}`))?.circuit?.state).toBe('closed');
    }
    await until('the circuit is closed', async () => (await task())?.circuit?.state === 'closed', { withinMs: 30_000 });
    await until('the metrics say so', async () => (await gauge()) === '0', { withinMs: 30_000 });
  });

  test.each([
    ['PostgreSQL', postgresPair],
    ['MariaDB', mariadbPair],
  ] as const)(
    'goes on with a standby that was promoted and lacks the last commits: no row is lost, none is there twice, in %s',
    async (_, start) => {
      await using pair = await start();
      const { name, database: source } = await product.mariadb('promoted');
      const sink = `${name}-sink`;
      const add = (from: number, to: number): Promise<void> =>
        source.run(`INSERT INTO t SELECT seq FROM seq_${String(from)}_to_${String(to)}`);
      const holds = async (server: Database, count: number): Promise<void> => {
        const counted = `SELECT concat(count(*), ' rows, ', count(DISTINCT id), ' different') AS counted FROM copies`;
        const isThere = async (): Promise<boolean> =>
          (await server.rows(counted))[0]?.['counted'] === `${String(count)} rows, ${String(count)} different`;
        await until(`${String(count)} rows are there`, isThere, { withinMs: 60_000 });
      };
      /** The group's offset, which would lead past what the standby lacks. */
      const isMirrored = async (): Promise<boolean> => {
        const { body } = await product.rest.call('GET', `/connectors/${sink}/offsets`);
        const [mirrored] = (body as { readonly offsets: readonly { readonly offset: { readonly kafka_offset: number } }[] }).offsets;
        return (mirrored?.offset.kafka_offset ?? 0) >= 200;
      };

      await source.run('CREATE TABLE t (id int PRIMARY KEY)');
      await add(1, 100);
      await product.rest.create(`${name}-source`, mariadbSource(source.url, name));
      // Into a table without a key.
      const config = sqlSink(pair.first.url, `${name}\\.${name}\\.t`, {
        ...{ 'insert.mode': 'insert', 'primary.key.mode': 'none', 'delete.enabled': 'false' },
        'connection.url': pair.jdbcUrl,
        'collection.name.format': 'copies',
        'target.circuit.open.ms': '1000',
      });
      await product.rest.create(sink, config);
      await holds(pair.second, 100);

      await pair.cutOff();
      await add(101, 200);
      await holds(pair.first, 200);
      await until('Kafka knows of the last commit too', isMirrored, { withinMs: 30_000 });
      await pair.failOver();
      await add(201, 300);
      await holds(pair.second, 300);
      expect((await product.rest.state(sink))?.tasks[0]?.state).toBe('RUNNING');
    },
    240_000,
  );
});
