import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startWorkers, type WorkerProcess } from '../support/cluster.ts';
import type { Database } from '../support/databases.ts';
import { hasFallen } from '../support/process-state.ts';
import { postgresSource, Product, sqlSink } from '../support/product.ts';
import { until } from '../support/wait.ts';

const rows = 200;

/**
 * The crash points are listed, with what they mean, in `packages/foundation/src/lifecycle/crash-point.ts`. The sink appends to
 * a table without a key: a batch that is applied twice would be there twice, whatever the rows are.
 */
describe('a worker whose SQL sink', () => {
  let product: Product;

  beforeAll(async () => {
    product = await Product.start(1);
  });

  afterAll(async () => {
    await product[Symbol.asyncDispose]();
  });

  const startDoomed = async (point: string): Promise<WorkerProcess> => {
    for (const worker of await product.refreshWorkers()) {
      process.kill(worker.pid, 'SIGCONT');
      process.kill(worker.pid, 'SIGKILL');
    }
    await product.refreshWorkers();
    const [doomed] = await startWorkers(1, { environment: { CRASH_POINT: point } });
    await product.refreshWorkers();
    if (doomed === undefined) throw new Error('No worker was started.');
    return doomed;
  };

  const insert = (source: Database, from: number, to: number): Promise<unknown> =>
    source.run(`INSERT INTO entries SELECT g, 'entry ' || g FROM generate_series(${String(from)}, ${String(to)}) g`);

  const counted = async (target: Database, table: string): Promise<string> => {
    const [row] = await target
      .rows(`SELECT concat(count(*), ' rows, ', count(DISTINCT id), ' of them different') AS counted FROM ${table}`)
      .catch(() => []);
    return row?.['counted'] ?? 'no table';
  };

  const whole = (count: number): string => `${String(count)} rows, ${String(count)} of them different`;

  test.each([
    ['sink.fence-held:3', 'postgres'],
    ['sink.before-commit:3', 'postgres'],
    ['sink.after-commit:3', 'postgres'],
    ['sink.before-commit:3', 'mariadb'],
    ['sink.after-commit:3', 'mariadb'],
    ['sink.before-commit:3:SIGSTOP', 'postgres'],
    ['sink.after-commit:3:SIGSTOP', 'postgres'],
    ['sink.fence-held:3:SIGSTOP', 'mariadb'],
    ['sink.before-commit:3:SIGSTOP', 'mariadb'],
  ] as const)('falls at %s leaves every row once in %s', async (point, kind) => {
    const doomed = await startDoomed(point);
    const { name, database: source } = await product.postgres('entries');
    const { database: target } = kind === 'postgres' ? await product.postgres('appended') : await product.mariadb('appended');
    await source.run('CREATE TABLE entries (id int PRIMARY KEY, note text)');
    await insert(source, 1, rows);
    await product.rest.create(name, postgresSource(source.url, name));
    const appending = { 'insert.mode': 'insert', 'primary.key.mode': 'none', 'delete.enabled': 'false', 'batch.size': '20' };
    const table = `${name}_public_entries`;
    await product.rest.create(`${name}-sink`, sqlSink(target.url, `${name}\\.public\\.entries`, appending));
    await until('the worker has fallen', () => hasFallen(doomed.pid), { withinMs: 60_000 });

    const isFrozen = point.endsWith('SIGSTOP');
    await startWorkers(isFrozen ? 2 : 1);
    await until('all rows are there', async () => (await counted(target, table)) === whole(rows), { withinMs: 60_000 });
    if (isFrozen) process.kill(doomed.pid, 'SIGCONT');
    await insert(source, rows + 1, rows + 20);
    await until('later rows are there', async () => (await counted(target, table)) === whole(rows + 20), { withinMs: 60_000 });
    await product.refreshWorkers();
    await product.rest.call('DELETE', `/connectors/${name}-sink`);
    await product.rest.call('DELETE', `/connectors/${name}`);
    expect(await counted(target, table)).toBe(whole(rows + 20));
  });
});
