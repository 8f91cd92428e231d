import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { alterOrders, createShop, addedColumn, tables } from '../demo/shop.ts';
import { ShopLoad } from '../demo/load.ts';
import { compareTable, type ComparedTable, type Difference } from '../support/compare.ts';
import type { Database } from '../support/databases.ts';
import { mariadbSource, postgresSource, Product, sqlSink } from '../support/product.ts';
import { until } from '../support/wait.ts';

describe('copies between real databases', () => {
  let product: Product;

  beforeAll(async () => {
    product = await Product.start(3);
  });

  afterAll(async () => {
    await product[Symbol.asyncDispose]();
  });

  const differences = async (source: Database, target: Database, copies: readonly ComparedTable[]): Promise<readonly Difference[]> =>
    (await Promise.all(copies.map(async (copy) => (await compareTable(source, target, copy)).differences))).flat();

  test('a shop in PostgreSQL and its copy in MariaDB are equal after live changes and an ALTER TABLE', async () => {
    const { name, database: source } = await product.postgres('shop');
    const { database: target } = await product.mariadb('copy');
    await createShop(source);
    const load = new ShopLoad(source, 1);
    await load.fill(300, 3);
    await product.rest.create(`${name}-source`, postgresSource(source.url, name, { 'schema.include.list': 'shop' }));
    await product.rest.create(`${name}-sink`, sqlSink(target.url, `${name}\\.shop\\..*`, { 'tasks.max': '2' }));
    for (let step = 0; step < 200; step += 1) await load.step();
    await alterOrders(source);
    load.usePriority();
    for (let step = 0; step < 200; step += 1) await load.step();
    await source.run("INSERT INTO shop.probes VALUES (1, 'x')");
    const copies = tables.map((table) => ({
      ...table,
      columns: table.name === 'orders' ? [...table.columns, addedColumn] : table.columns,
      source: `shop.${table.name}`,
      target: `${name}_shop_${table.name}`,
    }));
    let last: readonly Difference[] = [];
    await until('both sides are equal', async () => (last = await differences(source, target, copies)).length === 0, {
      withinMs: 90_000,
      everyMs: 500,
    }).catch((failure: unknown) => {
      throw new Error(`${String(failure)} ${JSON.stringify(last.slice(0, 5))}`);
    });
  });

  test('redelivery changes nothing: the group rewound to the beginning leaves the copy as it was', async () => {
    const { name, database: source } = await product.mariadb('again');
    const { database: target } = await product.postgres('again');
    await source.run('CREATE TABLE t (id int PRIMARY KEY, note varchar(20))');
    await source.run("INSERT INTO t VALUES (1, 'one'), (2, 'two'), (3, 'three')");
    await product.rest.create(`${name}-source`, mariadbSource(source.url, name));
    await product.rest.create(`${name}-sink`, sqlSink(target.url, `${name}\\.${name}\\.t`));
    await source.run("UPDATE t SET note = 'changed' WHERE id = 2");
    await source.run('DELETE FROM t WHERE id = 3');
    const copy: ComparedTable = {
      source: 't',
      target: `${name}_${name}_t`,
      key: ['id'],
      columns: [
        { name: 'id', kind: 'integer' },
        { name: 'note', kind: 'text' },
      ],
    };
    await until('both sides are equal', async () => (await differences(source, target, [copy])).length === 0, { withinMs: 90_000 });
    await product.rest.call('PUT', `/connectors/${name}-sink/stop`);
    await until('the sink is stopped', async () => (await product.rest.state(`${name}-sink`))?.tasks.length === 0, { withinMs: 30_000 });
    // Both memories of what was delivered go: Kafka's group, and the position that the target keeps beside the rows.
    const reset = await until(
      'the offsets are reset',
      async () => {
        const reply = await product.rest.call('DELETE', `/connectors/${name}-sink/offsets`);
        return reply.status === 200 ? reply : undefined;
      },
      { withinMs: 30_000 },
    );
    expect(JSON.stringify(reset.body)).toContain('have been reset successfully');
    expect(await target.rows('SELECT connector FROM headrace_positions')).toEqual([]);
    await product.rest.call('PUT', `/connectors/${name}-sink/resume`);
    await product.rest.running(`${name}-sink`);
    await source.run("INSERT INTO t VALUES (4, 'four')");
    await until('the row after the redelivery has come', async () => (await differences(source, target, [copy])).length === 0, {
      withinMs: 60_000,
    });
  });
});
