import { Door } from '@headrace/testkit';
import { describe, expect, test } from '@jest/globals';
import type { RawConfig } from '@headrace/foundation';
import type { SourceRecord, Struct } from '@headrace/connector-api';
import { postgresSource } from '../src/index.ts';
import { createDatabase, eventually, startRun, summary, valueOf, type TestDatabase, type TestRun } from './harness.ts';

const table = 'CREATE TABLE t (id int PRIMARY KEY, note text)';

const slotOf = async (db: TestDatabase): Promise<Record<string, unknown> | undefined> =>
  (await db.sql(`SELECT 1 FROM pg_replication_slots WHERE slot_name = '${db.name}'`))[0];

const problemsOf = (raw: RawConfig): readonly string[] => {
  const given = { 'topic.prefix': 'd', 'database.hostname': 'h', 'database.user': 'u', 'database.dbname': 'b', ...raw };
  return postgresSource.validate?.(postgresSource.config.parse(given).values, given).map((problem) => problem.key) ?? [];
};

const ids = (records: readonly SourceRecord[]): unknown[] => records.map((record) => (record.key as { values: unknown[] }).values[0]);
const markers = (records: readonly SourceRecord[]): unknown[] =>
  records.map((record) => (valueOf(record).get('source') as Struct).get('snapshot'));

describe('snapshot.mode', () => {
  const setup = `${table}; INSERT INTO t VALUES (1, 'a')`;

  test('no_data streams without reading rows', async () => {
    await using db = await createDatabase();
    await db.sql(setup);
    await using run = await startRun({ ...db.config, 'snapshot.mode': 'no_data' });
    await db.sql("INSERT INTO t VALUES (2, 'b')");
    await run.untilRecords(1);
    expect(run.records.map((record) => (record.key as { values: unknown[] }).values[0])).toEqual([2]);
  });

  test('initial_only reads rows once, keeps no slot and then rests', async () => {
    await using db = await createDatabase();
    await db.sql(setup);
    const raw = { ...db.config, 'snapshot.mode': 'initial_only' };
    await using run = await startRun(raw);
    await run.untilSnapshotDone();
    expect(run.records).toHaveLength(1);
    expect(await slotOf(db)).toBeUndefined();
    await using again = await startRun(raw, { offset: run.offset });
    expect(await again.step()).toBeNull();
  });

  test('always reads rows at each start, after the changes before it', async () => {
    await using db = await createDatabase();
    await db.sql(setup);
    const raw = { ...db.config, 'snapshot.mode': 'always' };
    let offset;
    {
      await using run = await startRun(raw);
      await run.untilSnapshotDone();
      offset = run.offset;
    }
    await db.sql("UPDATE t SET note = 'b'");
    await using again = await startRun(raw, { offset });
    await again.untilRecords(2);
    expect(again.records.map((record) => valueOf(record).get('op'))).toEqual(['u', 'r']);
    const [update, read] = again.records.map((record) => (valueOf(record).get('source') as Struct).toObject());
    expect(read).toMatchObject({ snapshot: 'last', sequence: `[null,"${String(read?.['lsn'])}"]` });
    expect(Number(read?.['lsn'])).toBeGreaterThan(Number(update?.['lsn']));
    expect(read?.['txId']).not.toBe(update?.['txId']);
  });

  test('configuration_based does what its flags say, and must be told to do something', async () => {
    await using db = await createDatabase();
    await db.sql(setup);
    const raw = { ...db.config, 'snapshot.mode': 'configuration_based' };
    const flag = 'snapshot.mode.configuration.based.';
    await using run = await startRun({ ...raw, [`${flag}snapshot.data`]: 'true' });
    await run.untilSnapshotDone();
    expect(run.records).toHaveLength(1);
    expect(await slotOf(db)).toBeUndefined();
    await using streaming = await startRun({ ...raw, [`${flag}start.stream`]: 'true' });
    await db.sql("INSERT INTO t VALUES (2, 'b')");
    await streaming.untilRecords(1);
    expect(summary(streaming.records)).toEqual([['c', { id: 2 }, { id: 2, note: 'b' }]]);
    expect(problemsOf({ 'snapshot.mode': 'configuration_based' })).toEqual(['snapshot.mode']);
    expect(problemsOf({ [`${flag}snapshot.data`]: 'true' })).toEqual([`${flag}snapshot.data`]);
  });

  test('never is no_data; custom is refused', async () => {
    await using db = await createDatabase();
    await db.sql(setup);
    await using run = await startRun({ ...db.config, 'snapshot.mode': 'never' });
    await db.sql("INSERT INTO t VALUES (2, 'b')");
    await run.untilRecords(1);
    expect(summary(run.records)).toEqual([['c', { id: 2 }, { id: 2, note: 'b' }]]);
    const { problems } = postgresSource.config.parse({ 'snapshot.mode': 'custom' });
    expect(problems.find((problem) => problem.key === 'snapshot.mode')?.message).toContain('must be one of');
  });
});

describe('what a snapshot reads', () => {
  test('is narrowed by snapshot.include.collection.list, and streaming is not', async () => {
    await using db = await createDatabase();
    await db.sql(
      'CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY); INSERT INTO a VALUES (1); INSERT INTO b VALUES (1)',
    );
    await using run = await startRun({ ...db.config, 'snapshot.include.collection.list': 'public\\.b' });
    await run.untilSnapshotDone();
    await db.sql('INSERT INTO a VALUES (2)');
    await run.untilRecords(2);
    expect(run.records.map((record) => [record.topic, ids([record])[0]])).toEqual([
      ['d.public.b', 1],
      ['d.public.a', 2],
    ]);
  });

  test('is selected by a statement of the user, from which a restart goes on by key', async () => {
    await using db = await createDatabase();
    await db.sql(`${table}; INSERT INTO t SELECT n, 'x' FROM generate_series(1, 100) n`);
    const raw = {
      ...db.config,
      'max.batch.size': '10',
      'snapshot.fetch.size': '10',
      'snapshot.select.statement.overrides': 'public.t',
      'snapshot.select.statement.overrides.public.t': 'SELECT * FROM public.t WHERE id % 2 = 0;',
    };
    const before: TestRun = await startRun(raw);
    await before.untilRecords(20);
    await before[Symbol.asyncDispose]();
    await using run = await startRun(raw, { offset: before.offset });
    await run.untilSnapshotDone();
    expect(ids([...before.records, ...run.records])).toEqual(Array.from({ length: 50 }, (_, index) => 2 * index + 2));
    expect(problemsOf({ 'snapshot.select.statement.overrides': 'public.t' })).toEqual(['snapshot.select.statement.overrides']);
    expect(problemsOf({ 'snapshot.select.statement.overrides.public.t': 'SELECT 1' })).toHaveLength(1);
  });

  test('comes in the order of the estimated sizes on demand', async () => {
    await using db = await createDatabase();
    await db.sql(`CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY); CREATE TABLE c (id int PRIMARY KEY);
      INSERT INTO a SELECT generate_series(1, 2); INSERT INTO b SELECT generate_series(1, 3); INSERT INTO c VALUES (1); ANALYZE`);
    const topics = async (order: string): Promise<string> => {
      await using run = await startRun({ ...db.config, 'snapshot.mode': 'initial_only', 'snapshot.tables.order.by.row.count': order });
      await run.untilSnapshotDone();
      return [...new Set(run.records.map((record) => record.topic.at(-1)))].join('');
    };
    expect(await topics('ascending')).toBe('cab');
    expect(await topics('descending')).toBe('bac');
    expect(await topics('disabled')).toBe('abc');
  });
});

describe('how a snapshot reads', () => {
  test('snapshot.fetch.size says how many rows one fetch brings', async () => {
    await using db = await createDatabase();
    await db.sql(`${table}; INSERT INTO t SELECT n, 'x' FROM generate_series(1, 100) n`);
    await using run = await startRun({ ...db.config, 'snapshot.fetch.size': '7', 'max.batch.size': '7' });
    await run.untilRecords(7);
    const [session] = await db.sql("SELECT query FROM pg_stat_activity WHERE query LIKE 'FETCH%' AND datname = current_database()");
    expect(session?.['query']).toContain('FETCH FORWARD 7 ');
  });

  test('several connections share a table by ranges of its key: each row once, the last row marked last', async () => {
    await using db = await createDatabase();
    await db.sql(
      `${table}; INSERT INTO t SELECT n, 'x' FROM generate_series(1, 2000) n; CREATE TABLE u (a int); INSERT INTO u VALUES (1), (2)`,
    );
    await using run = await startRun({ ...db.config, 'snapshot.max.threads': '3', 'snapshot.fetch.size': '50' });
    await run.until(() => run.records.length > 0);
    const sessions = await db.sql(
      "SELECT 1 FROM pg_stat_activity WHERE application_name LIKE '% snapshot' AND datname = current_database()",
    );
    expect(sessions).toHaveLength(3);
    await run.untilSnapshotDone();
    const rows = run.records.filter((record) => record.topic === 'd.public.t');
    expect(ids(rows).toSorted((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 2_000 }, (_, index) => index + 1));
    expect(ids(rows)).not.toEqual(Array.from({ length: 2_000 }, (_, index) => index + 1));
    expect(run.records).toHaveLength(2_002);
    const told = markers(run.records);
    expect(told[0]).toBe('first');
    expect(told.at(-1)).toBe('last');
    expect(told.filter((marker) => marker !== 'true')).toHaveLength(4);
  });

  test('legacy.snapshot.max.threads leaves a table to one connection', async () => {
    await using db = await createDatabase();
    await db.sql(`${table}; INSERT INTO t SELECT n, 'x' FROM generate_series(1, 2000) n`);
    await using run = await startRun({ ...db.config, 'snapshot.max.threads': '3', 'legacy.snapshot.max.threads': 'true' });
    await run.untilSnapshotDone();
    expect(ids(run.records)).toEqual(Array.from({ length: 2_000 }, (_, index) => index + 1));
  });

  test('a parallel snapshot that dies goes on in each range where it was', async () => {
    await using db = await createDatabase();
    await db.sql(`${table}; INSERT INTO t SELECT n, 'x' FROM generate_series(1, 2000) n`);
    const raw = {
      ...db.config,
      'snapshot.max.threads': '2',
      'snapshot.max.threads.multiplier': '2',
      'snapshot.fetch.size': '20',
      'max.batch.size': '50',
    };
    const seen: SourceRecord[] = [];
    let offset: TestRun['offset'] = null;
    for (let life = 0; life < 5; life += 1) {
      await using run: TestRun = await startRun(raw, { offset });
      for (let poll = 0; poll < 4; poll += 1) await run.step();
      seen.push(...run.records);
      offset = run.offset;
    }
    expect((JSON.parse(offset?.['headrace_snapshot'] as string) as { pieces: unknown[] }).pieces.length).toBeGreaterThan(1);
    await using last = await startRun(raw, { offset });
    await last.untilSnapshotDone();
    expect(ids([...seen, ...last.records]).toSorted((a, b) => Number(a) - Number(b))).toEqual(
      Array.from({ length: 2_000 }, (_, index) => index + 1),
    );
  });

  test('snapshot.locking.mode=shared holds all tables until they are read', async () => {
    await using db = await createDatabase();
    await db.sql('CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY); INSERT INTO a SELECT generate_series(1, 100)');
    const raw = { ...db.config, 'snapshot.locking.mode': 'shared', 'snapshot.fetch.size': '10', 'max.batch.size': '10' };
    const locks =
      "SELECT 1 FROM pg_locks WHERE relation = 'b'::regclass AND mode = 'AccessShareLock' AND granted AND pid <> pg_backend_pid()";
    {
      await using run = await startRun(raw);
      await run.untilRecords(10);
      expect(await db.sql(locks)).toHaveLength(1);
    }
    {
      await using run = await startRun({ ...raw, 'snapshot.locking.mode': 'none' });
      await run.untilRecords(10);
      expect(await db.sql(locks)).toHaveLength(0);
    }
  });

  test('snapshot.lock.timeout.ms ends the wait for a table that another session has locked, and names the table', async () => {
    await using db = await createDatabase();
    await db.sql(`${table}; INSERT INTO t VALUES (1, 'a')`);
    await using door = await Door.before(db.config);
    const raw = { ...db.config, ...door.config, 'database.sslmode': 'disable', 'snapshot.locking.mode': 'shared' };
    // A lock from before would hold up the place of the snapshot: it has to come between the two.
    const lock = (): Promise<void> => door.keepBack('LOCK TABLE', () => db.sql('BEGIN; LOCK TABLE t'));
    const begun = performance.now();
    const refused = expect(startRun({ ...raw, 'snapshot.lock.timeout.ms': '300' })).rejects.toMatchObject({
      code: 'postgres.table_locked',
      message: expect.stringContaining('public.t'),
    });
    await lock();
    await refused;
    // By default it would be ten seconds.
    expect(performance.now() - begun).toBeLessThan(8_000);
    await db.sql('ROLLBACK');
    const patient = startRun({ ...raw, 'snapshot.lock.timeout.ms': '60000' });
    await lock();
    await eventually(async () => expect(await db.sql('SELECT 1 FROM pg_locks WHERE NOT granted')).toHaveLength(1));
    await db.sql('ROLLBACK');
    await using run = await patient;
    await run.untilSnapshotDone();
    expect(ids(run.records)).toEqual([1]);
  });

  test('snapshot.delay.ms and streaming.delay.ms wait', async () => {
    await using db = await createDatabase();
    await db.sql(`${table}; INSERT INTO t VALUES (1, 'a')`);
    const begun = performance.now();
    await using run = await startRun({ ...db.config, 'snapshot.delay.ms': '300', 'streaming.delay.ms': '700' });
    expect(performance.now() - begun).toBeGreaterThan(300);
    await run.untilSnapshotDone();
    const read = performance.now();
    await db.sql("INSERT INTO t VALUES (2, 'b')");
    await run.untilRecords(2);
    expect(performance.now() - read).toBeGreaterThan(650);
  });

  test('weaker isolation than one consistent place is refused', () => {
    expect(problemsOf({ 'snapshot.isolation.mode': 'read_committed' })).toEqual(['snapshot.isolation.mode']);
    expect(problemsOf({ 'snapshot.isolation.mode': 'repeatable_read' })).toEqual([]);
  });
});
