import { randomBytes } from 'node:crypto';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { FusedLane } from '@headrace/connector-api';
import type { RawConfig } from '@headrace/foundation';
import { mariadbSource, mysqlSource } from '@headrace/source-mysql';
import { createConnection, type Connection } from 'mysql2/promise';
import { avroLane, LaneRun } from './lane-run.ts';

const types = [
  'i1 tinyint, i1u tinyint unsigned, i2 smallint, i2u smallint unsigned, i3 mediumint, i3u mediumint unsigned',
  'i4 int, i4u int unsigned, i8 bigint, i8u bigint unsigned, f float, f2 float(7,3), f8 double, flag boolean',
  'n decimal(12,2), n0 decimal(20,0), nbig decimal(65,30), b1 bit(1), b9 bit(9), y year',
  'c char(5), v varchar(40), v1 varchar(300) character set latin1, u16 varchar(20) character set utf16, t text, mt mediumtext',
  'bin binary(4), vb varbinary(300), bl blob, e enum("a","bü"), s set("x","y","z"), j json',
  'd date, dt datetime, dt6 datetime(6), ts timestamp null, ts6 timestamp(6) null, tm time, tm3 time(3), pt point',
].join(', ');

const rows = [
  `(1, -128, 255, -32768, 65535, -8388608, 16777215, -2147483648, 4294967295, -9223372036854775808, 18446744073709551615, 0.1, 1.5,
    -0.1, true, -99999.99, 12345678901234567890, -12345678901234567890.123456789012345678901234567890, b'1', b'100000001', 1999,
    'ab', 'vär', 'größe', '🌊', repeat('x', 1000), repeat('ü', 70000), x'0100', x'00ff', x'deadbeef', 'bü', 'x,z', '{"a": [1, 2.5]}',
    '2024-02-29', '2024-02-29 12:34:56', '1000-01-01 00:00:00.123456', '2024-02-29 23:59:59', '2038-01-19 03:14:07.999999',
    '-838:59:59', '00:00:01.5', ST_GeomFromText('POINT(1 2)'))`,
  `(2, 0, 0, 0, 0, 0, 0, 0, 0, 9007199254740993, 9223372036854775808, -1.5e30, 0, 1e300, false, 0, -1, 0, b'0', b'0', 0,
    '', '', '', '', '', '', x'00', x'', x'', 'a', '', 'null', '0000-00-00', '0000-00-00', '0000-00-00', '0000-00-00', '0000-00-00',
    '00:00:00', '-00:00:00.001', NULL)`,
  `(3${', NULL'.repeat(40)})`,
];

class Server {
  readonly database = `lanes_${randomBytes(4).toString('hex')}`;
  readonly name: 'mysql' | 'mariadb';
  readonly #url: URL;
  #serverId = 40_000 + Math.floor(Math.random() * 1_000_000);
  #client: Connection | undefined;

  constructor(name: 'mysql' | 'mariadb', url: string) {
    this.name = name;
    this.#url = new URL(url);
  }

  async change(sql: string): Promise<void> {
    this.#client ??= await this.#open();
    await this.#client.query(sql);
  }

  run(fused: FusedLane | undefined, options: RawConfig = {}): LaneRun {
    const settings = {
      'topic.prefix': this.database,
      'database.hostname': this.#url.hostname,
      'database.port': this.#url.port,
      'database.user': decodeURIComponent(this.#url.username),
      'database.password': decodeURIComponent(this.#url.password),
      'database.server.id': String(this.#serverId++),
      'database.include.list': this.database,
      'snapshot.mode': 'no_data',
      'include.schema.changes': 'false',
      ...options,
    };
    return new LaneRun(this.name === 'mysql' ? mysqlSource : mariadbSource, settings, fused);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client?.query(`DROP DATABASE ${this.database}`);
    await this.#client?.end();
  }

  async #open(): Promise<Connection> {
    const client = await createConnection({
      host: this.#url.hostname,
      port: Number(this.#url.port),
      user: decodeURIComponent(this.#url.username),
      password: decodeURIComponent(this.#url.password),
      multipleStatements: true,
      charset: 'utf8mb4_general_ci',
    });
    await client.query(`SET SESSION time_zone = '+00:00', sql_mode = ''; CREATE DATABASE ${this.database} CHARACTER SET utf8mb4`);
    await client.query(`USE ${this.database}`);
    return client;
  }
}

const history = [
  ...rows.map((row) => `INSERT INTO all_types VALUES ${row}`),
  `UPDATE all_types SET i4 = 7, t = 'changed' WHERE id IN (1, 2)`,
  'UPDATE all_types SET id = 30 WHERE id = 3',
  `BEGIN; INSERT INTO plain WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 300)
   SELECT i, CONCAT('row ', i), i * 1.5, NOW(6) FROM n; DELETE FROM plain WHERE id % 3 = 0; COMMIT`,
  'ALTER TABLE plain ADD COLUMN extra int DEFAULT 5; UPDATE plain SET extra = id WHERE id < 10',
  `INSERT INTO keyless VALUES ('a', 1), (NULL, 2); UPDATE keyless SET n = 3 WHERE n = 2; DELETE FROM keyless`,
  `INSERT INTO two_keys VALUES (1, 'x', 'a'), (2, 'y', 'b'); UPDATE two_keys SET note = 'z'; UPDATE two_keys SET a = 'c' WHERE b = 1`,
  'TRUNCATE plain; DELETE FROM all_types',
];

const servers = (['mariadb', 'mysql'] as const).flatMap((name) => {
  const url = process.env[`${name.toUpperCase()}_URL`];
  return url === undefined || url === '' ? [] : [new Server(name, url)];
});

afterAll(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]();
});

describe.each(servers)('$name', (server) => {
  test('the fused lane gives the very bytes of the object lane, in the same order', async () => {
    await server.change(`
      CREATE TABLE all_types (id int PRIMARY KEY, ${types});
      CREATE TABLE plain (id int PRIMARY KEY, name varchar(20) NOT NULL, amount decimal(10,1) NOT NULL, at timestamp(6) NOT NULL);
      CREATE TABLE keyless (note text, n int);
      CREATE TABLE two_keys (b bigint, note text, a varchar(10), PRIMARY KEY (a, b));
      CREATE TABLE finish (id int PRIMARY KEY)`);
    await using objects = server.run(undefined);
    await using fused = server.run(avroLane());
    await objects.start();
    await fused.start();
    for (const sql of history) await server.change(sql);
    await server.change('INSERT INTO finish VALUES (1)');
    const finish = `${server.database}.${server.database}.finish`;
    await objects.readTo(finish);
    await fused.readTo(finish);
    expect(objects.records.length).toBeGreaterThan(500);
    expect(fused.records).toEqual(objects.records);
    expect(objects.encodedCount).toBe(0);
    expect(fused.encodedCount).toBeGreaterThan(objects.records.length * 0.9);
  });

  test('places in transactions have the same bytes in both lanes', async () => {
    const table = (name: string): string => `CREATE TABLE ${name} (id int PRIMARY KEY, note varchar(20))`;
    await server.change(['told', 'told_too', 'told_last'].map(table).join('; '));
    const options = { 'provide.transaction.metadata': 'true', 'table.include.list': `${server.database}.told.*` };
    await using objects = server.run(undefined, options);
    await using fused = server.run(avroLane(), options);
    await objects.start();
    await fused.start();
    await server.change(`BEGIN; INSERT INTO told VALUES (1, 'a'), (2, 'b'); INSERT INTO told_too VALUES (1, 'c'); UPDATE told SET id = 3 WHERE id = 2;
      DELETE FROM told WHERE id = 1; UPDATE told_too SET note = 'd'; COMMIT; INSERT INTO told_last VALUES (1, 'e')`);
    const last = `${server.database}.${server.database}.told_last`;
    await objects.readTo(last);
    await fused.readTo(last);
    expect(objects.records.filter(({ topic }) => topic === `${server.database}.transaction`).length).toBeGreaterThanOrEqual(3);
    expect(fused.records.slice(0, objects.records.length)).toEqual(objects.records.slice(0, fused.records.length));
    expect(fused.encodedCount).toBeGreaterThan(4);
  });

  test('a snapshot has the same bytes in both lanes, markers included', async () => {
    await server.change(`
      CREATE TABLE read_types (id int PRIMARY KEY, ${types});
      INSERT INTO read_types VALUES ${rows.join(', ')};
      CREATE TABLE read_plain (id int PRIMARY KEY, name varchar(300) NOT NULL);
      SET SESSION ${server.name === 'mysql' ? 'cte_max_recursion_depth' : 'max_recursive_iterations'} = 10000;
      INSERT INTO read_plain WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
      SELECT i, REPEAT(i % 10, i % 290) FROM n;
      CREATE TABLE read_none (id int PRIMARY KEY)`);
    const options = { 'snapshot.mode': 'initial_only', 'table.include.list': `${server.database}.read_.*`, 'snapshot.fetch.size': '700' };
    await using objects = server.run(undefined, options);
    await using fused = server.run(avroLane(), options);
    await objects.start();
    await fused.start();
    await objects.readCount(3_003);
    await fused.readCount(3_003);
    expect(fused.records).toEqual(objects.records);
    expect(fused.encodedCount).toBeGreaterThan(2_990);
  });
});
