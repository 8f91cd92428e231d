import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { OwnServers } from '@headrace/testkit';
import pg from 'pg';
import { openMariadb, openPostgres } from '../support/databases.ts';
import { mariadbSource, postgresSource, Product, unique } from '../support/product.ts';
import type { ConnectorConfig } from '../support/rest.ts';
import { until } from '../support/wait.ts';

describe('servers that are not set up for capture', () => {
  let product: Product;

  beforeAll(async () => {
    product = await Product.start(2);
  });

  afterAll(async () => {
    await product[Symbol.asyncDispose]();
  });

  /** First line of the trace of the task, which fails; another connector goes on meanwhile. */
  const failure = async (config: ConnectorConfig): Promise<string> => {
    const { name: bystander, database } = await product.postgres('other');
    await database.run('CREATE TABLE public.t (id int PRIMARY KEY)');
    await product.rest.create(bystander, postgresSource(database.url, bystander));
    await product.rest.running(bystander);
    const trace = await product.failureOf(config);
    await product.rest.running(bystander);
    await product.rest.call('DELETE', `/connectors/${bystander}`);
    return trace;
  };

  test('PostgreSQL without logical log fails the task with the setting and the cure', async () => {
    await using servers = await OwnServers.start(['postgres']);
    const url = servers.variable('POSTGRES_URL');
    const database = openPostgres(url);
    await database.run("ALTER SYSTEM SET wal_level = 'replica'");
    await database.close();
    await servers.kill('postgres');
    await servers.restart('postgres');
    expect(await failure(postgresSource(url, unique('replica')))).toMatch(/wal_level = replica.*wal_level = logical/);
  });

  test("a slot in a stranger's use fails the task with the slot and the session that holds it", async () => {
    const { name, database } = await product.postgres('taken');
    await database.run('CREATE TABLE public.t (id int PRIMARY KEY)');
    await database.run(`SELECT pg_create_logical_replication_slot('${name}', 'pgoutput')`);
    await database.run(`CREATE PUBLICATION ${name} FOR TABLE public.t`);
    const options = { connectionString: database.url, replication: 'database', application_name: 'somebody else' };
    const stranger = new pg.Client(options);
    stranger.on('error', () => undefined);
    await stranger.connect();
    // Streams until its connection is ended: the call does not come back before.
    const streaming = stranger
      .query(`START_REPLICATION SLOT "${name}" LOGICAL 0/0 (proto_version '1', publication_names '${name}')`)
      .catch(() => undefined);
    await until(
      'the stranger streams',
      async () => {
        const rows = await database.rows(`SELECT active_pid FROM pg_replication_slots WHERE slot_name = '${name}' AND active`);
        return rows.length > 0;
      },
      { withinMs: 10_000 },
    );
    const retries = { 'slot.max.retries': '2', 'slot.retry.delay.ms': '200' };
    const trace = await failure(postgresSource(database.url, name, retries));
    expect(trace).toContain(`"${name}" is used by another session`);
    expect(trace).toContain('"somebody else"');
    await stranger.end();
    await streaming;
  });

  test('a binlog of statements fails the task with the setting and the cure', async () => {
    await using servers = await OwnServers.start(['mariadb']);
    const url = servers.variable('MARIADB_URL');
    const name = unique('rows');
    const own = new URL(url);
    const admin = openMariadb(url);
    await admin.run("SET GLOBAL binlog_format = 'STATEMENT'");
    await admin.run(`CREATE DATABASE ${name}`);
    own.pathname = `/${name}`;
    expect(await failure(mariadbSource(own.href, name))).toMatch(/binlog_format.*STATEMENT.*ROW/);
    await admin.close();
  });
});
