import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { EncodedRecords, Struct, type Converter, type FusedLane, type SourceRecord, type SourceTask } from '@headrace/connector-api';
import { silentLogger, silentMeter, systemClock, type RawConfig } from '@headrace/foundation';
import { avroConverter } from '@headrace/schema-registry';
import { postgresSource } from '@headrace/source-postgres';
import pg from 'pg';

/** A record in the bytes that would go to Kafka. */
interface Wire {
  readonly topic: string;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly string[];
}

const { signal } = new AbortController();
const env = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run eval "$(./scripts/stack env)" first.`);
  return value;
};
const hex = (bytes: Uint8Array | null): string | null => (bytes === null ? null : Buffer.from(bytes).toString('hex'));
const converter = (isKey: boolean): Converter => avroConverter.create({ 'schema.registry.url': env('SCHEMA_REGISTRY_URL') }, isKey);
const converters = { key: converter(true), value: converter(false) };

const laneOf = ({ key, value }: typeof converters): FusedLane => {
  const [keys, values] = [key.binary, value.binary];
  if (keys === undefined || values === undefined) throw new Error('The Avro converter has no binary form.');
  return {
    form: values.form,
    headersOf: async (topic, keySchema, valueSchema) => ({
      key: keySchema === null ? new Uint8Array(0) : await keys.headerOf(topic, keySchema, signal),
      value: await values.headerOf(topic, valueSchema, signal),
    }),
  };
};

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
});

afterAll(async () => {
  await client.end();
  await admin.query(`SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = '${database}'`);
  await admin.query(`DROP DATABASE ${database} WITH (FORCE)`);
  await admin.end();
});

/** A running task of one lane, and what it has handed out after the marker row. */
class LaneRun implements AsyncDisposable {
  readonly records: Wire[] = [];
  encodedCount = 0;
  readonly #task: SourceTask;

  constructor(slot: string, fused: FusedLane | undefined, options: RawConfig = {}) {
    const settings = {
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
    };
    const { values, problems } = postgresSource.config.parse(settings);
    if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('\n'));
    this.#task = postgresSource.createTask(values, {
      id: { connector: 'lanes', task: 0 },
      clusterId: 'test',
      readTopic: () => Promise.reject(new Error('Signals are not read here.')),
      epoch: { incarnation: 1, revision: 1n },
      log: silentLogger,
      meter: silentMeter,
      // Both lanes build their events at one and the same instant.
      clock: {
        now: () => 1_700_000_000_123,
        sinceBoot: () => systemClock.sinceBoot(),
        random: () => systemClock.random(),
        monotonic: () => systemClock.monotonic(),
        sleep: (ms, sleeping) => systemClock.sleep(ms, sleeping),
      },
      confirmOwnership: () => Promise.resolve(true),
      settings,
      position: () => Promise.resolve(null),
      ...(fused === undefined ? {} : { fused }),
    });
  }

  async start(): Promise<void> {
    await this.#task.start(signal);
  }

  async readTo(topic: string): Promise<void> {
    while (!this.records.some((record) => record.topic === topic)) await this.#poll();
  }

  async readCount(count: number): Promise<void> {
    while (this.records.length < count) await this.#poll();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#task[Symbol.asyncDispose]();
  }

  async #poll(): Promise<void> {
    for (const item of (await this.#task.poll(signal))?.records ?? []) {
      if (item instanceof EncodedRecords) this.#addEncoded(item);
      else this.records.push(await wireOf(item));
    }
  }

  #addEncoded(records: EncodedRecords): void {
    this.encodedCount += records.count;
    for (let record = 0; record < records.count; record += 1) {
      const topic = records.topics[records.topicOf(record)] ?? '';
      this.records.push({ topic, key: hex(records.key(record)), value: hex(records.value(record)), headers: namesOf(records.headers) });
    }
    // What is released may be written over: nothing of it may be used any more.
    records.bytes.fill(0xff);
    records.release();
  }
}

const namesOf = (headers: SourceRecord['headers']): readonly string[] => headers.map(({ key }) => key);

const wireOf = async ({ topic, keySchema, key, valueSchema, value, headers }: SourceRecord): Promise<Wire> => ({
  topic,
  key: hex((await converters.key.encoderFor(topic, keySchema, signal))(key)),
  value: hex((await converters.value.encoderFor(topic, valueSchema, signal))(value)),
  headers: namesOf(headers),
});

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
  await using objects = new LaneRun(`${database}_o`, undefined);
  await using fused = new LaneRun(`${database}_f`, laneOf(converters));
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

test('a snapshot has the same bytes in both lanes, markers included', async () => {
  await change(`
    CREATE TABLE read_types (id integer PRIMARY KEY, ${types});
    INSERT INTO read_types VALUES ${rows.join(', ')};
    CREATE TABLE read_plain AS SELECT n AS id, 'row ' || n AS name FROM generate_series(1, 3000) n;
    ALTER TABLE read_plain ADD PRIMARY KEY (id);
    CREATE TABLE read_none (id integer PRIMARY KEY)`);
  const options = { 'snapshot.mode': 'initial_only', 'table.include.list': 'public.read_.*' };
  await using objects = new LaneRun(`${database}_so`, undefined, options);
  await using fused = new LaneRun(`${database}_sf`, laneOf(converters), options);
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
