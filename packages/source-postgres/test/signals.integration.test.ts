import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { FeedRecord, JsonMap, SourceRecord, Struct, TopicFeed } from '@headrace/connector-api';
import type { Meter, RawConfig } from '@headrace/foundation';
import { createDatabase, startRun, valueOf, type TestDatabase, type TestRun } from './harness.ts';
import { Oracle, tableRows } from './oracle.ts';
import { createTables, randomOf, underLoad } from './workload.ts';

const SIGNALS = 'CREATE TABLE signals (id varchar(42) PRIMARY KEY, type varchar(32), data varchar(2048))';
const source: RawConfig = { 'signal.data.collection': 'public.signals', 'snapshot.mode': 'no_data' };

let serial = 0;
const send = async (db: TestDatabase, type: string, data: object): Promise<void> => {
  await db.sql(`INSERT INTO signals VALUES ('s${String((serial += 1))}', '${type}', '${JSON.stringify(data).replaceAll("'", "''")}')`);
};
const execute = (tables: readonly string[], more: object = {}): object => ({ 'data-collections': tables, type: 'incremental', ...more });

const reads = (records: readonly SourceRecord[], topic = 'd.public.t'): readonly unknown[] =>
  records
    .filter((record) => record.topic === topic && record.value !== null && valueOf(record).get('op') === 'r')
    .map((record) => (valueOf(record).get('after') as Struct).values[0]);

const series = (from: number, to: number): readonly number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);

const isQuiet = (offset: JsonMap | null): boolean => offset?.['incremental_snapshot_collections'] === undefined;

/** Polls until the incremental snapshot that was asked for is over. */
const untilRead = async (run: TestRun): Promise<void> => {
  await run.until(() => !isQuiet(run.offset));
  await run.until(() => isQuiet(run.offset));
};

describe('an incremental snapshot', () => {
  test('reads tables chunk by chunk while changes flow, each row marked incremental', async () => {
    await using db = await createDatabase();
    await db.sql(`${SIGNALS}; CREATE TABLE t (id int PRIMARY KEY, note text); CREATE TABLE u (id int PRIMARY KEY);
      INSERT INTO t SELECT n, 'x' FROM generate_series(1, 25) n; INSERT INTO u VALUES (7)`);
    await using run = await startRun({ ...db.config, ...source, 'incremental.snapshot.chunk.size': '10' });
    await send(db, 'execute-snapshot', execute(['public.t', 'public\\.u']));
    await untilRead(run);
    expect(reads(run.records)).toEqual(series(1, 25));
    expect(reads(run.records, 'd.public.u')).toEqual([7]);
    const row = run.records.find((record) => record.topic === 'd.public.t');
    expect((valueOf(row).get('source') as Struct).get('snapshot')).toBe('incremental');
    expect(run.batches.filter((batch) => reads(batch.records).length > 0).map((batch) => batch.records.length)).toEqual([10, 10, 5]);
  });

  test('reads only rows under a condition, by a surrogate key where the table has none', async () => {
    await using db = await createDatabase();
    await db.sql(`${SIGNALS}; CREATE TABLE t (id int, note text); ALTER TABLE t REPLICA IDENTITY FULL;
      INSERT INTO t SELECT n, 'x' FROM generate_series(1, 25) n`);
    await using run = await startRun({ ...db.config, ...source, 'incremental.snapshot.chunk.size': '4' });
    const conditions = [{ 'data-collection': 'public.t', filter: 'id > 15' }];
    await send(db, 'execute-snapshot', execute(['public.t'], { 'surrogate-key': 'id', 'additional-conditions': conditions }));
    await untilRead(run);
    expect(reads(run.records)).toEqual(series(16, 25));
  });

  test('pauses, resumes, stops', async () => {
    await using db = await createDatabase();
    await db.sql(`${SIGNALS}; CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 1000)`);
    await using run = await startRun({ ...db.config, ...source, 'incremental.snapshot.chunk.size': '10' });
    await send(db, 'execute-snapshot', execute(['public.t']));
    await run.until(() => reads(run.records).length > 0);
    await send(db, 'pause-snapshot', {});
    await run.until(() => JSON.stringify(run.offset).includes('isPaused\\":true'));
    for (let poll = 0; poll < 3; poll += 1) await run.step();
    const paused = reads(run.records).length;
    for (let poll = 0; poll < 2; poll += 1) await run.step();
    expect(reads(run.records)).toHaveLength(paused);
    await send(db, 'resume-snapshot', {});
    await run.until(() => reads(run.records).length > paused);
    await send(db, 'stop-snapshot', { 'data-collections': ['public.t'] });
    await run.until(() => isQuiet(run.offset));
    expect(reads(run.records).length).toBeLessThan(1_000);
  });

  test('writes nothing: a session held to reading serves it', async () => {
    await using db = await createDatabase();
    await db.sql(`${SIGNALS}; CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)`);
    await using run = await startRun({ ...db.config, ...source, 'read.only': 'true' });
    await send(db, 'execute-snapshot', execute(['public.t']));
    await untilRead(run);
    expect(reads(run.records)).toEqual([1]);
    const [session] = await db.sql(
      "SELECT query FROM pg_stat_activity WHERE application_name LIKE '% incremental' AND datname = current_database()",
    );
    expect(session).toBeDefined();
    expect(await db.sql('SELECT * FROM signals')).toHaveLength(1);
  });

  test.each([1, 2])('never lets a key go backwards, over crashes and under load (seed %d)', async (seed) => {
    await using db = await createDatabase();
    await db.sql(`${SIGNALS}; CREATE SEQUENCE versions START 10`);
    await createTables(db, 900);
    const raw = { ...db.config, ...source, 'incremental.snapshot.chunk.size': '37', 'max.batch.size': '500' };
    const oracle = new Oracle();
    const random = randomOf(seed);
    let offset: JsonMap | null = null;
    let crashes = 0;
    /** Some polls, of which the last are not stored. */
    const live = async (): Promise<void> => {
      await using run: TestRun = await startRun(raw, { offset });
      for (let poll = 0; poll < 20 + random(40); poll += 1) {
        const isBegun = !isQuiet(run.offset);
        await run.step();
        if (isBegun && isQuiet(run.offset)) break;
      }
      for (const batch of run.batches.slice(0, Math.max(0, run.batches.length - random(3)))) {
        oracle.apply(batch.records.filter((record) => !record.topic.endsWith('.signals')));
        offset = batch.positions.at(-1)?.offset ?? offset;
      }
      if (!isQuiet(offset)) crashes += 1;
    };
    await (await startRun(raw))[Symbol.asyncDispose]();
    await underLoad(db, seed, async () => {
      await send(db, 'execute-snapshot', execute(['public.a', 'public.b']));
      for (let life = 0; life < 12; life += 1) await live();
    });
    while (!isQuiet(offset)) await live();
    expect(crashes).toBeGreaterThan(1);
    await using last = await startRun(raw, { offset });
    await send(db, 'log', { message: 'end' });
    await last.until(() => last.records.some((record) => record.topic.endsWith('.signals')));
    oracle.apply(last.records.filter((record) => !record.topic.endsWith('.signals')));
    expect(oracle.violations).toEqual([]);
    expect(oracle.rows('d.public.a')).toEqual(await tableRows(db, 'a'));
    expect(oracle.rows('d.public.b')).toEqual(await tableRows(db, 'b'));
  });

  test('takes in a table made while the connector runs, with all rows and all changes', async () => {
    await using db = await createDatabase();
    await db.sql(`${SIGNALS}; CREATE TABLE t (id int PRIMARY KEY)`);
    await using run = await startRun({ ...db.config, ...source, 'publication.autocreate.mode': 'filtered' });
    await db.sql('CREATE TABLE u (id int PRIMARY KEY, note text); INSERT INTO u SELECT n, null FROM generate_series(1, 20) n');
    const writer = await db.connect();
    await writer.query("BEGIN; INSERT INTO u VALUES (100, 'open while the table is added')");
    await send(db, 'execute-snapshot', execute(['public.u']));
    await run.until(() => !isQuiet(run.offset));
    for (let poll = 0; poll < 20; poll += 1) await run.step();
    await writer.query('COMMIT');
    await run.until(() => isQuiet(run.offset));
    await db.sql("UPDATE u SET note = 'later' WHERE id = 1");
    await run.until(() => run.records.some((record) => record.topic === 'd.public.u' && valueOf(record).get('op') === 'u'));
    expect(reads(run.records, 'd.public.u')).toEqual([...series(1, 20), 100]);
    await writer.end();
  });

  test('of Debezium goes on from its list of tables', async () => {
    await using db = await createDatabase();
    await db.sql(`CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1), (2)`);
    await using before = await startRun({ ...db.config, 'snapshot.mode': 'no_data' });
    const [place] = await db.sql(
      "SELECT (confirmed_flush_lsn - '0/0')::text AS lsn FROM pg_replication_slots WHERE slot_name = current_database()",
    );
    await before[Symbol.asyncDispose]();
    const lsn = Number(place?.['lsn']);
    const offset: JsonMap = {
      lsn,
      lsn_proc: lsn,
      lsn_commit: lsn,
      incremental_snapshot_collections:
        '[{"incremental_snapshot_collections_id":"public.t","incremental_snapshot_collections_additional_condition":null,"incremental_snapshot_collections_surrogate_key":null}]',
      incremental_snapshot_primary_key: 'aced0005',
      incremental_snapshot_correlation_id: 'x',
    };
    await using run = await startRun(db.config, { offset });
    await run.until(() => reads(run.records).length === 2);
  });
});

describe('a blocking snapshot', () => {
  test('rests the stream, reads the tables by a statement where one is given, and streaming goes on', async () => {
    await using db = await createDatabase();
    await db.sql(`${SIGNALS}; CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 100)`);
    const raw = { ...db.config, ...source, 'max.batch.size': '10', 'snapshot.fetch.size': '10' };
    const before = await startRun(raw);
    const conditions = [{ 'data-collection': 'public.t', filter: 'SELECT * FROM public.t WHERE id <= 50' }];
    await send(db, 'execute-snapshot', { 'data-collections': ['public.t'], type: 'blocking', 'additional-conditions': conditions });
    await before.until(() => reads(before.records).length >= 20);
    expect(before.offset).toMatchObject({ snapshot: 'BLOCKING', snapshot_completed: false });
    await before[Symbol.asyncDispose]();
    await using run = await startRun(raw, { offset: before.offset });
    await db.sql('INSERT INTO t VALUES (101)');
    await run.until(() => run.records.some((record) => valueOf(record).get('op') === 'c'));
    expect([...reads(before.records), ...reads(run.records)]).toEqual(series(1, 50));
  });
});

/** A topic of signals, as the runtime would read it. */
const feedOf = (records: readonly FeedRecord[]): TopicFeed => {
  const waiting = [...records];
  return { poll: () => Promise.resolve(waiting.splice(0)), [Symbol.asyncDispose]: () => Promise.resolve() };
};

describe('signals', () => {
  test('come by a topic under the key of the connector, and their place is kept in the offset', async () => {
    await using db = await createDatabase();
    await db.sql('CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)');
    const record = (offset: bigint, key: string, data: object): FeedRecord => ({
      offset,
      key: Buffer.from(key),
      value: Buffer.from(JSON.stringify({ id: 'k', type: 'execute-snapshot', data })),
    });
    const feed = feedOf([record(4n, 'someone else', execute(['public.t'])), record(5n, 'd', execute(['public.t']))]);
    await using run = await startRun({ ...db.config, 'snapshot.mode': 'no_data', 'signal.enabled.channels': 'kafka' }, { feed });
    await untilRead(run);
    expect(reads(run.records)).toEqual([1]);
    expect(run.offset?.['headrace_signal_offset']).toBe(6);
  });

  test('come by a file, which is emptied; a broken line is named', async () => {
    await using db = await createDatabase();
    await db.sql('CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)');
    const folder = await mkdtemp(join(tmpdir(), 'signals-'));
    const file = join(folder, 'signals.txt');
    await writeFile(file, 'no json\n');
    await appendFile(file, `${JSON.stringify({ id: 'f', type: 'execute-snapshot', data: execute(['public.t']) })}\n`);
    await using run = await startRun({ ...db.config, 'snapshot.mode': 'no_data', 'signal.enabled.channels': 'file', 'signal.file': file });
    await untilRead(run);
    expect(reads(run.records)).toEqual([1]);
    expect(await readFile(file, 'utf8')).toBe('');
    expect(run.log.some((line) => line.level === 'warn' && String(line.fields['reason']).includes('no json'))).toBe(true);
    await rm(folder, { recursive: true });
  });

  test('come by REST; each is carried out once, and is done when that is stored', async () => {
    await using db = await createDatabase();
    await db.sql('CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 30)');
    const done: string[] = [];
    const waiting = [{ id: 'r', token: '5 r', type: 'execute-snapshot', data: JSON.stringify(execute(['public.t'])) }];
    const signals = { waiting: () => waiting, done: (tokens: readonly string[]) => void done.push(...tokens) };
    const raw = { ...db.config, 'snapshot.mode': 'no_data', 'incremental.snapshot.chunk.size': '10' };
    const before: TestRun = await startRun(raw, { signals });
    await before.until(() => reads(before.records).length >= 10);
    await before[Symbol.asyncDispose]();
    expect(done).toEqual([]);
    await using run = await startRun(raw, { signals, offset: before.offset });
    await untilRead(run);
    run.acknowledge();
    expect(done).toEqual(['5 r']);
    expect([...reads(before.records), ...reads(run.records)]).toEqual(series(1, 30));
    expect(run.notifications.map(({ id, aggregate, type }) => `${id} ${aggregate} ${type}`)).toContain('r Incremental Snapshot COMPLETED');
  });

  test('that cannot be carried out are named in the log and harm nothing', async () => {
    await using db = await createDatabase();
    await db.sql(`${SIGNALS}; CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)`);
    await using run = await startRun({ ...db.config, ...source });
    await send(db, 'execute-snapshot', execute(['public.none']));
    await send(db, 'dance', {});
    await send(
      db,
      'execute-snapshot',
      execute(['public.t'], { 'additional-conditions': [{ 'data-collection': 'public.t', filter: 'nonsense' }] }),
    );
    await send(db, 'log', { message: 'still here' });
    await run.until(() => run.log.some((line) => line.message === 'Signal: still here'));
    const reasons = run.log.filter((line) => line.message === 'A signal is not carried out.').map((line) => String(line.fields['reason']));
    expect(reasons).toEqual(['no captured table is named by public.none', 'type "dance" is not known']);
    await run.until(() => isQuiet(run.offset));
  });
});

describe('the course of a snapshot', () => {
  test('is told in the topic of notifications, in the log and by metrics', async () => {
    await using db = await createDatabase();
    await db.sql(`${SIGNALS}; CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 30); ANALYZE t`);
    const gauges = new Map<string, number>();
    const meter: Meter = { add: () => undefined, observe: () => undefined, set: (name, value) => void gauges.set(name, value) };
    const raw = {
      ...db.config,
      'signal.data.collection': 'public.signals',
      'notification.enabled.channels': 'sink,log',
      'notification.sink.topic.name': 'news',
      'incremental.snapshot.chunk.size': '20',
    };
    await using run = await startRun(raw, { meter });
    await run.untilSnapshotDone();
    expect(Object.fromEntries(gauges)).toMatchObject({
      headrace_postgres_snapshot_rows: 30,
      headrace_postgres_snapshot_rows_expected: 30,
      headrace_postgres_snapshot_percent: 100,
      headrace_postgres_snapshot_tables_remaining: 0,
    });
    await send(db, 'execute-snapshot', execute(['public.t']));
    await untilRead(run);
    await run.until(() => news(run).includes('Incremental Snapshot COMPLETED'));
    expect(news(run)).toEqual([
      'Initial Snapshot STARTED',
      'Initial Snapshot TABLE_SCAN_COMPLETED',
      'Initial Snapshot TABLE_SCAN_COMPLETED',
      'Initial Snapshot COMPLETED',
      'Incremental Snapshot STARTED',
      'Incremental Snapshot IN_PROGRESS',
      'Incremental Snapshot TABLE_SCAN_COMPLETED',
      'Incremental Snapshot COMPLETED',
    ]);
    expect(run.log.map((line) => line.message)).toContain('Incremental Snapshot: COMPLETED');
  });
});

const news = (run: TestRun): readonly string[] =>
  run.records
    .filter((record) => record.topic === 'news')
    .map((record) => `${String(valueOf(record).get('aggregate_type'))} ${String(valueOf(record).get('type'))}`);
