import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Struct, type FusedLane } from '@headrace/connector-api';
import type { RawConfig } from '@headrace/foundation';
import { postgresSource } from '@headrace/source-postgres';
import pg from 'pg';
import { avroLane, converters, env, LaneRun, type Wire } from './lane-run.ts';

const database = `lanes_${randomBytes(4).toString('hex')}`;
const url = new URL(env('POSTGRES_URL'));
let admin: pg.Client;
let client: pg.Client;

beforeAll(async () => {
  admin = new pg.Client({ connectionString: url.href });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${database} TEMPLATE template0`);
  client = new pg.Client({ connectionString: new URL(`/${database}`, url).href });
  await client.connect();
  await client.query('CREATE EXTENSION hstore');
});

afterAll(async () => {
  await client.end();
  await admin.query(`SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = '${database}'`);
  await admin.query(`DROP DATABASE ${database} WITH (FORCE)`);
  await admin.query(`SELECT pg_replication_origin_drop('${database}')`);
  await admin.end();
});

const laneRun = (slot: string, fused: FusedLane | undefined, options: RawConfig = {}): LaneRun =>
  new LaneRun(
    postgresSource,
    {
      'topic.prefix': database,
      'database.hostname': url.hostname,
      'database.port': url.port,
      'database.user': url.username,
      'database.password': url.password,
      'database.dbname': database,
      'slot.name': slot,
      'publication.name': database,
      'snapshot.mode': 'no_data',
      ...options,
    },
    fused,
  );

/** As values, without what is the run's own: the place, time and transaction of its snapshot. */
const decoded = async ({ topic, key, value }: Wire): Promise<unknown> => {
  const read = async (text: string | null): Promise<unknown> => {
    const { value: struct } = await converters.value.decode(topic, text === null ? null : Buffer.from(text, 'hex'));
    return struct instanceof Struct ? struct.toObject() : struct;
  };
  const { source, ...event } = (await read(value)) as { readonly source: Record<string, unknown> };
  return { topic, key, ...event, source: { ...source, lsn: 0, sequence: '', txId: 0, ts_ms: 0, ts_us: 0, ts_ns: 0 } };
};

const types = [
  'i2 smallint, i4 integer, i8 bigint, f4 real, f8 double precision, flag boolean',
  'n numeric, n2 numeric(12,2), n0 numeric(20,0), nbig numeric(38,10), cash money',
  'c char(5), v varchar(40), t text, u uuid, j jsonb, x xml, e mood, doc text',
  'd date, ts timestamp, ts3 timestamp(3), tz timestamptz, tz0 timestamptz(0), tm time, tmz timetz, iv interval',
  'b bytea, b1 bit, b8 bit varying(8), ip inet, r int4range, list integer[], texts text[], pt point',
].join(', ');

const rows = [
  `(1, -32768, 2147483647, 9223372036854775807, 1.5, -0.1, true, 12.340, 99999.99, 12345678901234567890, 1.5, '$1,234.56', 'ab', 'vär', 'x', '00000000-0000-0000-0000-000000000001', '{"a":1}', '<a/>', 'glad', 'short', '2024-02-29', '2024-02-29 12:34:56.789012', '2024-02-29 12:34:56.789', '2024-02-29 12:34:56.789+02', '2024-02-29 12:34:56+00', '23:59:59.999999', '12:00:00+02', '1 year 2 days 03:04:05', '\\xdeadbeef', B'1', B'1011', '10.0.0.1', '[1,5)', '{1,2,3}', '{a,NULL}', '(1,2)')`,
  `(2, 0, -1, -9007199254740993, 'NaN', 'Infinity', false, 0.00, -0.01, -1, -0.0000000001, '-$0.01', '', '', repeat('ü', 100), 'ffffffff-ffff-ffff-ffff-ffffffffffff', 'null', '<b>ö</b>', 'sad', '', '0044-03-15 BC', 'infinity', '-infinity', '-infinity', 'infinity', '00:00:00', '00:00:00-12', '-1 day', '', B'0', B'', '::1', 'empty', '{}', '{}', '(-1.5,2.25)')`,
  `(3${', NULL'.repeat(35)})`,
];

const change = async (sql: string): Promise<void> => {
  await client.query(sql);
};

const historyOf = async (): Promise<void> => {
  for (const row of rows) await change(`INSERT INTO all_types VALUES ${row}`);
  await change(`UPDATE all_types SET i4 = 7, t = 'changed' WHERE id IN (1, 2)`);
  await change('UPDATE all_types SET id = 30 WHERE id = 3');
  await change(
    `BEGIN; INSERT INTO plain SELECT n, 'row ' || n, n * 1.5 FROM generate_series(1, 300) n; DELETE FROM plain WHERE id % 3 = 0; COMMIT`,
  );
  await change(`SELECT pg_replication_origin_create('${database}'); SELECT pg_replication_origin_session_setup('${database}');
    BEGIN; SELECT pg_replication_origin_xact_setup('1/2', now()); UPDATE plain SET amount = 0 WHERE id < 5; COMMIT;
    SELECT pg_replication_origin_session_reset()`);
  await change('ALTER TABLE plain ADD COLUMN extra integer DEFAULT 5; UPDATE plain SET extra = id WHERE id < 10');
  await change(`INSERT INTO whole VALUES (1, repeat(md5('x'), 300), 1), (2, NULL, 2)`);
  await change('UPDATE whole SET n = n + 1; UPDATE whole SET id = 20 WHERE id = 2; DELETE FROM whole WHERE id = 1');
  await change(`INSERT INTO toasted SELECT 1, string_agg(md5(n::text), ''), 1 FROM generate_series(1, 400) n`);
  await change('UPDATE toasted SET n = 2; DELETE FROM toasted');
  await change(`INSERT INTO keyless VALUES ('a'), (NULL)`);
  await change('TRUNCATE plain; DELETE FROM all_types');
  await change('ALTER TABLE late ALTER COLUMN note DROP NOT NULL; INSERT INTO late VALUES (2, NULL)');
};

test('the fused lane gives the very bytes of the object lane, in the same order', async () => {
  await change(`
    CREATE TYPE mood AS ENUM ('sad', 'glad');
    CREATE TABLE all_types (id integer PRIMARY KEY, ${types});
    CREATE TABLE plain (id integer PRIMARY KEY, name text NOT NULL, amount numeric(10,1) NOT NULL);
    CREATE TABLE whole (id integer PRIMARY KEY, big text, n integer); ALTER TABLE whole REPLICA IDENTITY FULL;
    ALTER TABLE whole ALTER COLUMN big SET STORAGE EXTERNAL;
    CREATE TABLE toasted (id integer PRIMARY KEY, big text, n integer); ALTER TABLE toasted ALTER COLUMN big SET STORAGE EXTERNAL;
    CREATE TABLE keyless (note text);
    CREATE TABLE late (id integer PRIMARY KEY, note text NOT NULL); INSERT INTO late VALUES (1, 'x');
    CREATE TABLE first (id integer PRIMARY KEY); CREATE TABLE finish (id integer PRIMARY KEY);
    CREATE PUBLICATION ${database} FOR ALL TABLES`);
  await using objects = laneRun(`${database}_o`, undefined);
  await using fused = laneRun(`${database}_f`, avroLane());
  await objects.start();
  await fused.start();
  // The transaction before the first one is known to neither run.
  await change('INSERT INTO first VALUES (1)');
  await historyOf();
  await change('INSERT INTO finish VALUES (1)');
  await objects.readTo(`${database}.public.finish`);
  await fused.readTo(`${database}.public.finish`);
  const ofHistory = (records: readonly Wire[]): readonly Wire[] => records.filter(({ topic }) => !topic.endsWith('.first'));
  const expected = ofHistory(objects.records);
  expect(expected.length).toBeGreaterThan(500);
  expect(ofHistory(fused.records)).toEqual(expected);
  expect(objects.encodedCount).toBe(0);
  expect(fused.encodedCount).toBeGreaterThan(expected.length * 0.8);
});

test('masked columns and places in transactions have the same bytes in both lanes', async () => {
  await change(`
    CREATE TABLE masked (id text PRIMARY KEY, name text NOT NULL, card text, note text); ALTER TABLE masked REPLICA IDENTITY FULL;
    CREATE TABLE masked_first (id integer PRIMARY KEY); CREATE TABLE masked_finish (id integer PRIMARY KEY)`);
  const options = {
    'table.include.list': 'public\\.masked.*',
    'column.mask.hash.v2.SHA-256.with.salt.s': 'public\\.masked\\.(id|name)',
    'column.mask.with.4.chars': 'public\\.masked\\.card',
    'column.truncate.to.2.chars': 'public\\.masked\\.note',
    'column.propagate.source.type': '.*',
    'provide.transaction.metadata': 'true',
  };
  await using objects = laneRun(`${database}_mo`, undefined, options);
  await using fused = laneRun(`${database}_mf`, avroLane(), options);
  await objects.start();
  await fused.start();
  await change('INSERT INTO masked_first VALUES (1)');
  await change(`INSERT INTO masked VALUES ('1', 'ü', 'secret', 'abc'), ('2', 'x', NULL, NULL)`);
  await change(`UPDATE masked SET note = 'xyz', card = NULL; DELETE FROM masked`);
  await change('INSERT INTO masked_finish VALUES (1)');
  await objects.readTo(`${database}.public.masked_finish`);
  await fused.readTo(`${database}.public.masked_finish`);
  const changesOf = (run: LaneRun): readonly Wire[] =>
    run.records.filter(({ topic }) => !topic.endsWith('.masked_first') && topic !== `${database}.transaction`);
  const transactionsOf = (run: LaneRun): readonly Wire[] =>
    run.records.filter(({ topic }) => topic === `${database}.transaction`).slice(2, 7);
  expect(changesOf(objects)).toHaveLength(9);
  expect(changesOf(fused)).toEqual(changesOf(objects));
  expect(transactionsOf(objects)).toHaveLength(5);
  expect(transactionsOf(fused)).toEqual(transactionsOf(objects));
  expect(fused.encodedCount).toBe(10);
});

test('values that are read again have the same bytes in both lanes; rows that lack none stay in the fused one', async () => {
  await change(`
    CREATE TABLE again (id integer PRIMARY KEY, big text, pairs hstore, n integer);
    ALTER TABLE again ALTER COLUMN big SET STORAGE EXTERNAL;
    CREATE TABLE again_first (id integer PRIMARY KEY); CREATE TABLE again_finish (id integer PRIMARY KEY)`);
  const options = {
    'table.include.list': 'public\\.again.*',
    'hstore.handling.mode': 'map',
    'post.processors': 'p',
    'p.type': 'io.debezium.processors.reselect.ReselectColumnsPostProcessor',
    'p.reselect.null.values': 'false',
  };
  await using objects = laneRun(`${database}_ao`, undefined, options);
  await using fused = laneRun(`${database}_af`, avroLane(), options);
  await objects.start();
  await fused.start();
  await change('INSERT INTO again_first VALUES (1)');
  await change(`INSERT INTO again SELECT n, repeat(md5(n::text), 200), 'b=>1,a=>NULL', n FROM generate_series(1, 100) n`);
  await change('UPDATE again SET n = 0 WHERE id % 2 = 0; INSERT INTO again_finish VALUES (1)');
  await objects.readTo(`${database}.public.again_finish`);
  await fused.readTo(`${database}.public.again_finish`);
  const changesOf = (run: LaneRun): readonly Wire[] => run.records.filter(({ topic }) => topic.endsWith('.again'));
  expect(changesOf(objects)).toHaveLength(150);
  expect(changesOf(fused)).toEqual(changesOf(objects));
  expect(fused.encodedCount).toBe(102);
  const last = changesOf(fused).at(-1);
  expect(last === undefined ? '' : inspect(await decoded(last), { depth: 5 })).not.toContain('unavailable');
});

test('a snapshot has the same bytes in both lanes, markers included', async () => {
  await change(`
    CREATE TABLE read_types (id integer PRIMARY KEY, ${types});
    INSERT INTO read_types VALUES ${rows.join(', ')};
    CREATE TABLE read_plain AS SELECT n AS id, 'row ' || n AS name FROM generate_series(1, 3000) n;
    ALTER TABLE read_plain ADD PRIMARY KEY (id);
    CREATE TABLE read_without (id integer PRIMARY KEY)`);
  const options = { 'snapshot.mode': 'initial_only', 'table.include.list': 'public.read_.*' };
  await using objects = laneRun(`${database}_so`, undefined, options);
  await using fused = laneRun(`${database}_sf`, avroLane(), options);
  await objects.start();
  await fused.start();
  await objects.readCount(3_003);
  await fused.readCount(3_003);
  expect(fused.encodedCount).toBeGreaterThan(3_000);
  const expected = await Promise.all(objects.records.map(decoded));
  expect(await Promise.all(fused.records.map(decoded))).toEqual(expected);
  expect(new Set(expected.map((event) => (event as { readonly source: { readonly snapshot: string } }).source.snapshot))).toEqual(
    new Set(['first', 'true', 'first_in_data_collection', 'last_in_data_collection', 'last']),
  );
});
