import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Database } from '../support/databases.ts';
import { Ledger } from '../support/ledger.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { faults, isComplete } from '../support/ledger-oracle.ts';
import { mariadbSource, postgresSource, Product } from '../support/product.ts';
import type { ConnectorConfig } from '../support/rest.ts';
import { until } from '../support/wait.ts';

interface Source {
  readonly name: string;
  readonly database: Database;
  readonly table: string;
  readonly topic: string;
}

describe('servers restarted under load', () => {
  let product: Product;

  beforeAll(async () => {
    product = await Product.start(2);
  });

  afterAll(async () => {
    await product[Symbol.asyncDispose]();
  });

  const postgres = async (): Promise<Source> => {
    const { name, database } = await product.postgres('pg');
    return { name, database, table: 'public.ledger', topic: `${name}.public.ledger` };
  };

  const mariadb = async (): Promise<Source> => {
    const { name, database } = await product.mariadb('my');
    return { name, database, table: 'ledger', topic: `${name}.${name}.ledger` };
  };

  /** `disturb` is given the table's ledger, which goes on all the time. */
  const surviving = async (source: Source, disturb: (ledger: Ledger) => Promise<void>, overrides: ConnectorConfig = {}): Promise<void> => {
    const { name, database, table, topic } = source;
    const ledger = new Ledger(database, table);
    await ledger.create(30);
    const config = database.kind === 'postgres' ? postgresSource : mariadbSource;
    await product.rest.create(name, config(database.url, name, overrides));
    await product.rest.running(name);
    const reader = await product.reader([topic]);
    await until('the snapshot is in Kafka', async () => reader.events.length >= 30, { withinMs: 60_000 });
    const writing = ledger.run();
    await until('changes flow', async () => reader.events.length >= 130, { withinMs: 60_000 });

    await disturb(ledger);
    const commits = ledger.commits;
    await until('the source goes on', async () => ledger.commits > commits + 100, { withinMs: 60_000 });
    ledger.stop();
    await writing;
    await until(`the topic has the end of every key`, async () => isComplete(ledger.histories, reader.events), { withinMs: 120_000 });
    expect(faults(ledger.histories, reader.events)).toEqual([]);
    await product.rest.running(name);
    await product.rest.call('DELETE', `/connectors/${name}`);
  };

  test.each(['etcd', 'kafka', 'registry', 'postgres'])('PostgreSQL capture goes on after %s was killed and started', async (service) => {
    await surviving(await postgres(), async () => product.restartServer(service, 'KILL'));
  });

  test('PostgreSQL capture goes on after the registry was away for a minute, in which new schemas were due', async () => {
    const source = await postgres();
    await surviving(source, async (ledger) => {
      await product.restartServer('registry', 'KILL', async () => {
        const backAt = Date.now() + 60_000;
        await source.database.run('ALTER TABLE ledger ADD COLUMN more integer');
        const commits = ledger.commits;
        await until('the minute is over, and the source has gone on', async () => Date.now() > backAt && ledger.commits > commits + 100, {
          withinMs: 90_000,
        });
      });
    });
  });

  test.each(['held', 'broken'])('PostgreSQL capture goes on after a network cut that left connections %s', async (fate) => {
    const source = await postgres();
    await using proxy = await FaultProxy.start(Number(new URL(source.database.url).port), Math.random);
    await surviving(
      source,
      async (ledger) => {
        proxy.become('cut');
        const commits = ledger.commits;
        await until('the source goes on behind the cut', async () => ledger.commits > commits + 300, { withinMs: 60_000 });
        if (fate === 'broken') proxy.breakAll();
        proxy.become('fair');
      },
      { 'database.port': String(proxy.port) },
    );
  });

  test.each(['kafka', 'mariadb'])('MariaDB capture goes on after %s was killed and started', async (service) => {
    await surviving(await mariadb(), async () => product.restartServer(service, 'KILL'));
  });
});
