import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { shortLease, startWorkers, stopWorkers } from '../support/cluster.ts';
import { Ledger } from '../support/ledger.ts';
import { faults, isComplete } from '../support/ledger-oracle.ts';
import { mariadbSource, mysqlSource, postgresSource, Product } from '../support/product.ts';
import type { ConnectorConfig } from '../support/rest.ts';
import { startMysql } from '../support/stack.ts';
import { until } from '../support/wait.ts';

/** A database with a connector for it. */
interface Captured {
  readonly name: string;
  readonly ledger: Ledger;
  readonly topic: string;
  readonly config: ConnectorConfig;
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

const hasMysql = await startMysql();

/** The crash points are listed, with what they mean, in `packages/foundation/src/lifecycle/crash-point.ts`. */
describe('I4, I6, I7: a worker that dies by SIGKILL', () => {
  let product: Product;

  beforeAll(async () => {
    product = await Product.start(1);
  });

  afterAll(async () => {
    await product[Symbol.asyncDispose]();
    await stopWorkers();
  });

  /** Batches and pieces so small that every point is met in the middle of things. */
  const small = { 'max.batch.size': '40', 'snapshot.fetch.size': '20' };

  const sources = {
    PostgreSQL: async (): Promise<Captured> => {
      const { name, database } = await product.postgres('crash');
      const config = postgresSource(database.url, name, { ...small, 'snapshot.max.threads': '2' });
      return { name, ledger: new Ledger(database, 'public.ledger'), topic: `${name}.public.ledger`, config };
    },
    MariaDB: async (): Promise<Captured> => {
      const { name, database } = await product.mariadb('crash');
      return {
        name,
        ledger: new Ledger(database, 'ledger'),
        topic: `${name}.${name}.ledger`,
        config: mariadbSource(database.url, name, { ...small, 'snapshot.max.threads': '2' }),
      };
    },
    MySQL: async (): Promise<Captured> => {
      const { name, database } = await product.mysql('crash');
      return {
        name,
        ledger: new Ledger(database, 'ledger'),
        topic: `${name}.${name}.ledger`,
        config: mysqlSource(database.url, name, { ...small, 'snapshot.max.threads': '2' }),
      };
    },
  };

  const points = [
    'snapshot.mid-chunk:4',
    'snapshot.between-chunks:2',
    'snapshot.hand-over:1',
    'writer.before-produce:6',
    'writer.before-commit:6',
    'writer.after-commit:6',
  ];
  const cases = Object.entries(sources)
    .filter(([kind]) => kind !== 'MySQL' || hasMysql)
    .flatMap(([kind, open]) => points.map((point) => [point, kind, open] as const));

  test.each(cases)('at %s, while %s is written, loses, doubles and reorders nothing', async (point, _kind, open) => {
    for (const worker of await product.refreshWorkers()) process.kill(worker.pid, 'SIGKILL');
    const [doomed] = await startWorkers(1, { environment: { ...shortLease, CRASH_POINT: point } });
    await product.refreshWorkers();
    const { name, ledger, topic, config } = await open();
    await ledger.create(1_000);
    const writing = ledger.run();
    await product.rest.create(name, config);
    await until('the worker is dead', () => Promise.resolve(!isAlive(doomed?.pid ?? 0)), { withinMs: 60_000 });

    await product.scale(1, { environment: shortLease });
    await product.rest.running(name);
    const reader = await product.reader([topic]);
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
