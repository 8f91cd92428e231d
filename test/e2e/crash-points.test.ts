import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startWorkers } from '../support/cluster.ts';
import { Ledger } from '../support/ledger.ts';
import { faults, isComplete } from '../support/ledger-oracle.ts';
import { postgresSource, Product } from '../support/product.ts';
import { until } from '../support/wait.ts';

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** The crash points are listed, with what they mean, in `packages/foundation/src/lifecycle/crash-point.ts`. */
describe('I4, I6, I7: a worker that dies by SIGKILL', () => {
  let product: Product;

  beforeAll(async () => {
    product = await Product.start(1);
  });

  afterAll(async () => {
    await product[Symbol.asyncDispose]();
  });

  test.each([
    'snapshot.mid-chunk:4',
    'snapshot.between-chunks:2',
    'snapshot.hand-over:1',
    'writer.before-produce:6',
    'writer.before-commit:6',
    'writer.after-commit:6',
  ])('at %s, while the database is written, loses, doubles and reorders nothing', async (point) => {
    for (const worker of await product.refreshWorkers()) process.kill(worker.pid, 'SIGKILL');
    const [doomed] = await startWorkers(1, { environment: { CRASH_POINT: point } });
    await product.refreshWorkers();
    const { name, database } = await product.postgres('crash');
    const ledger = new Ledger(database, 'public.ledger');
    await ledger.create(1_000);
    const writing = ledger.run();
    const small = { 'max.batch.size': '40', 'snapshot.fetch.size': '20', 'snapshot.max.threads': '2' };
    await product.rest.create(name, postgresSource(database.url, name, small));
    await until('the worker is dead', () => Promise.resolve(!isAlive(doomed?.pid ?? 0)), { withinMs: 60_000 });

    await product.scale(1);
    await product.rest.running(name);
    const reader = await product.reader([`${name}.public.ledger`]);
    const commits = ledger.commits;
    await until('more is written', () => Promise.resolve(ledger.commits > commits + 100), { withinMs: 60_000 });
    ledger.stop();
    await writing;
    await until('the topic has the end of every key', () => Promise.resolve(isComplete(ledger.histories, reader.events, true)), {
      withinMs: 60_000,
    });
    expect(faults(ledger.histories, reader.events, true)).toEqual([]);
    await product.rest.call('DELETE', `/connectors/${name}`);
  });
});
