import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Database } from '../support/databases.ts';
import { Ledger } from '../support/ledger.ts';
import { faults, isComplete } from '../support/ledger-oracle.ts';
import { mariadbSource, postgresSource, Product } from '../support/product.ts';
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

  const surviving = async (source: Source, disturb: () => Promise<void>): Promise<void> => {
    const { name, database, table, topic } = source;
    const ledger = new Ledger(database, table);
    await ledger.create(30);
    await product.rest.create(name, database.kind === 'postgres' ? postgresSource(database.url, name) : mariadbSource(database.url, name));
    await product.rest.running(name);
    const reader = await product.reader([topic]);
    await until('the snapshot is in Kafka', async () => reader.events.length >= 30, { withinMs: 60_000 });
    const writing = ledger.run();
    await until('changes flow', async () => reader.events.length >= 130, { withinMs: 60_000 });

    await disturb();
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

  test.each(['kafka', 'mariadb'])('MariaDB capture goes on after %s was killed and started', async (service) => {
    await surviving(await mariadb(), async () => product.restartServer(service, 'KILL'));
  });
});
