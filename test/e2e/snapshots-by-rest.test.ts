import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Database } from '../support/databases.ts';
import { postgresSource, Product } from '../support/product.ts';
import { until } from '../support/wait.ts';

interface SnapshotState {
  readonly kind: string;
  readonly state: string;
  readonly rows: number;
  readonly rows_expected: number;
  readonly percent: number;
  readonly tables_remaining: number;
}

interface Notification {
  readonly id: string;
  readonly aggregate_type: string;
  readonly type: string;
}

describe('snapshots of PostgreSQL, seen and asked for by REST', () => {
  let product: Product;
  let name: string;
  let database: Database;

  beforeAll(async () => {
    product = await Product.start(2);
    ({ name, database } = await product.postgres('progress'));
    await database.run('CREATE TABLE public.t (id int PRIMARY KEY, note text)');
    await database.run("INSERT INTO public.t SELECT n, 'x' FROM generate_series(1, 3000) n");
    await database.run('ANALYZE');
  });

  afterAll(async () => {
    await product[Symbol.asyncDispose]();
  });

  const snapshotOf = async (): Promise<SnapshotState | undefined> => {
    const { body } = await product.rest.call('GET', `/connectors/${name}/tasks/0/status`);
    return (body as { readonly snapshot?: SnapshotState }).snapshot;
  };

  const notifications = async (): Promise<readonly Notification[]> =>
    (await product.rest.call('GET', `/connectors/${name}/notifications`)).body as readonly Notification[];

  test('the status of a task tells how far its snapshot is, and metrics tell it by table', async () => {
    await product.rest.create(name, postgresSource(database.url, name, { 'incremental.snapshot.chunk.size': '100' }));
    await product.rest.running(name);
    const done = await until(
      'the snapshot is complete',
      async () => {
        const snapshot = await snapshotOf();
        return snapshot?.state === 'COMPLETED' ? snapshot : undefined;
      },
      { withinMs: 60_000 },
    );
    expect(done).toMatchObject({ kind: 'initial', rows: 3_000, rows_expected: 3_000, percent: 100, tables_remaining: 0 });
    const owner = await product.ownerOf(name);
    await until(
      'the rows are in the metrics',
      async () => {
        const metrics = await (await fetch(`${owner.rest}/metrics`)).text();
        return metrics.split('\n').some((line) => line.startsWith('debezium_metrics_RowsScanned{') && line.endsWith('"public.t"} 3000'));
      },
      { withinMs: 30_000 },
    );
  });

  test('a signal to any worker is carried out by the owner of the task; its notifications can be read', async () => {
    const reader = await product.reader([`${name}.public.t`]);
    await until('the snapshot is in Kafka', async () => reader.events.length === 3_000, { withinMs: 60_000 });
    for (const { rest } of product.workers) {
      const response = await fetch(`${rest}/connectors/${name}/signals`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ type: 'execute-snapshot', data: { 'data-collections': ['public.t'] } }),
      });
      expect(response.status).toBe(202);
      const { id } = (await response.json()) as { readonly id: string };
      await until(
        'the incremental snapshot is complete',
        async () => (await notifications()).some((notification) => notification.id === id && notification.type === 'COMPLETED'),
        { withinMs: 60_000 },
      );
    }
    await until('both are in Kafka', async () => reader.events.length === 9_000, { withinMs: 60_000 });
    await until('the status tells of the last', async () => (await snapshotOf())?.kind === 'incremental', { withinMs: 30_000 });
  });

  test('a signal that makes no sense is refused with a sentence', async () => {
    const refused = await product.rest.call('POST', `/connectors/${name}/signals`, { type: 'execute-snapshot', data: {} });
    expect(refused).toEqual({
      status: 400,
      body: { error_code: 400, message: 'The signal is refused: data-collections names no table.' },
    });
  });

  test('a signal that was given while the connector was stopped is carried out once it runs', async () => {
    await product.rest.call('PUT', `/connectors/${name}/stop`);
    const { status, body } = await product.rest.call('POST', `/connectors/${name}/signals`, {
      ...{ id: 'later', type: 'execute-snapshot', data: { 'data-collections': ['public.t'], type: 'blocking' } },
    });
    expect({ status, body }).toEqual({ status: 202, body: { id: 'later' } });
    const reader = await product.reader([`${name}.public.t`]);
    await product.rest.call('PUT', `/connectors/${name}/resume`);
    await until('the blocking snapshot is in Kafka', async () => reader.events.length === 12_000, { withinMs: 60_000 });
  });
});
