/** Options that no other test is about: each is given, and what it asks for is seen. */
import { describe, expect, test } from '@jest/globals';
import type { Schema, SourceRecord, Struct } from '@headrace/connector-api';
import type { RawConfig } from '@headrace/foundation';
import { createDatabase, startRun, valueOf, type TestDatabase, type TestRun } from './harness.ts';

const TABLE = `CREATE TABLE t (id int PRIMARY KEY, note text, n int); ALTER TABLE t REPLICA IDENTITY FULL; INSERT INTO t VALUES (1, 'a', 1)`;

/** A run under an option, after its snapshot and the statement's `count` records. */
const runWith = async (
  raw: RawConfig,
  sql: { readonly ddl?: string; readonly change?: string; readonly count?: number },
  look: (run: TestRun, db: TestDatabase) => unknown,
): Promise<unknown> => {
  await using db = await createDatabase();
  await db.sql(sql.ddl ?? TABLE);
  await using run = await startRun({ ...db.config, ...raw });
  await run.untilSnapshotDone();
  const before = run.records.length;
  if (sql.change !== undefined) await db.sql(sql.change);
  await run.untilRecords(before + (sql.count ?? 0));
  return await look(run, db);
};

const fieldsOf = (schema: Schema | null | undefined): Readonly<Record<string, Schema>> =>
  schema?.type === 'struct' ? Object.fromEntries(schema.fields.map((field) => [field.name, field.schema])) : {};
const rowFields = (record: SourceRecord | undefined): Readonly<Record<string, Schema>> => fieldsOf(fieldsOf(record?.valueSchema)['after']);
const topics = (run: TestRun): readonly string[] => run.records.map(({ topic }) => topic);

describe('preparations', () => {
  test('database.initial.statements are run by every session, and change no form of output', async () => {
    const raw = {
      'database.initial.statements': "SET DateStyle = 'German'; INSERT INTO public.seen (note) VALUES ('a;;b');",
      'table.include.list': 'public.t',
    };
    const ddl = `CREATE TABLE seen (note text); CREATE TABLE t (id int PRIMARY KEY, d date); INSERT INTO t VALUES (1, '2024-02-29')`;
    const found = await runWith(raw, { ddl }, async ({ records: [record] }, db) => [
      (valueOf(record).get('after') as Struct).get('d'),
      await db.sql('SELECT DISTINCT note FROM seen'),
    ]);
    expect(found).toEqual([19_782, [{ note: 'a;b' }]]);
  });

  test('replica.identity.autoset.values are given to captured tables alone', async () => {
    const raw = {
      'replica.identity.autoset.values': 'public.(t|left_out):FULL, public.by_index:INDEX by_index_code, public.none:NOTHING',
      'table.exclude.list': 'public.left_out',
    };
    const ddl = `CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE left_out (id int PRIMARY KEY); CREATE TABLE none (id int PRIMARY KEY);
      CREATE TABLE by_index (id int PRIMARY KEY, code text NOT NULL); CREATE UNIQUE INDEX by_index_code ON by_index (code);
      INSERT INTO t VALUES (1)`;
    const identities = await runWith(raw, { ddl }, async (_, db) =>
      db.sql(`SELECT relname, relreplident FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1`),
    );
    expect(identities).toEqual([
      { relname: 'by_index', relreplident: 'i' },
      { relname: 'left_out', relreplident: 'd' },
      { relname: 'none', relreplident: 'n' },
      { relname: 't', relreplident: 'f' },
    ]);
  });

  test('more tables than guardrail.collections.max are named, or refused under guardrail.collections.limit.action=fail', async () => {
    const ddl = 'CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE u (id int PRIMARY KEY); INSERT INTO t VALUES (1)';
    const warnings = await runWith({ 'guardrail.collections.max': '1' }, { ddl }, ({ log }) =>
      log.filter(({ level }) => level === 'warn').map(({ message }) => message),
    );
    expect(warnings).toEqual(['2 tables are captured, and guardrail.collections.max is 1.']);
    const failing = { 'guardrail.collections.max': '1', 'guardrail.collections.limit.action': 'fail' };
    await expect(runWith(failing, { ddl }, () => null)).rejects.toMatchObject({ code: 'postgres.too_many_tables' });
  });
});

describe('names', () => {
  test.each<[RawConfig, readonly string[]]>([
    [{ 'topic.delimiter': '-' }, ['d-public-t']],
    [{ 'topic.heartbeat.prefix': 'beat', 'heartbeat.interval.ms': '3600000' }, ['d.public.t', 'beat.d']],
    [{ 'topic.heartbeat.name': 'beats', 'heartbeat.interval.ms': '3600000' }, ['d.public.t', 'beats']],
    [{ 'topic.prefix': 'e' }, ['e.public.t']],
    [{ 'topic.prefix': 'a_b', 'topic.naming.strategy': 'io.debezium.schema.SchemaUnicodeTopicNamingStrategy' }, ['a_u005fb.public.t']],
  ])('topics are called as %p says', async (raw, expected) => {
    expect(await runWith(raw, {}, topics)).toEqual(expected);
  });

  test('schemas and fields are adjusted to Avro by schema.name.adjustment.mode and field.name.adjustment.mode', async () => {
    const raw = { 'topic.prefix': 'd-1', 'schema.name.adjustment.mode': 'avro', 'field.name.adjustment.mode': 'avro' };
    const names = await runWith(
      raw,
      { ddl: 'CREATE TABLE t ("a-b" int PRIMARY KEY); INSERT INTO t VALUES (1)' },
      ({ records: [record] }) => [record?.keySchema?.name, Object.keys(rowFields(record))],
    );
    expect(names).toEqual(['d_1.public.t.Key', ['a_b']]);
  });

  test('slot and publication are called as slot.name and publication.name say', async () => {
    const found = await runWith({ 'publication.name': 'Own one' }, {}, async (_, db) => [
      await db.sql('SELECT pubname FROM pg_publication'),
      await db.sql(`SELECT count(*)::int AS n FROM pg_replication_slots WHERE slot_name = '${db.name}'`),
    ]);
    expect(found).toEqual([[{ pubname: 'Own one' }], [{ n: 1 }]]);
  });

  test('signals are read from signal.kafka.topic, or from the topic of the prefix', async () => {
    const asked = (raw: RawConfig): Promise<unknown> =>
      runWith({ 'signal.enabled.channels': 'kafka', ...raw }, { change: 'UPDATE t SET n = 2', count: 1 }, (run) => run.topicsRead);
    expect(await asked({})).toEqual(['d-signal']);
    expect(await asked({ 'signal.kafka.topic': 'wishes' })).toEqual(['wishes']);
  });
});

describe('events', () => {
  test('column.include.list leaves the key and what it names', async () => {
    const raw = { 'column.include.list': 'public\\.t\\.note' };
    expect(await runWith(raw, {}, ({ records: [record] }) => Object.keys(rowFields(record)))).toEqual(['id', 'note']);
  });

  test('table.ignore.builtin=false captures the table of coordinate systems that PostGIS brings', async () => {
    const ddl = `${TABLE}; CREATE TABLE spatial_ref_sys (srid int PRIMARY KEY); INSERT INTO spatial_ref_sys VALUES (4326)`;
    expect(await runWith({}, { ddl }, topics)).toEqual(['d.public.t']);
    expect(await runWith({ 'table.ignore.builtin': 'false' }, { ddl }, topics)).toEqual(['d.public.spatial_ref_sys', 'd.public.t']);
  });

  test('schema.exclude.list leaves out what it names', async () => {
    const ddl = 'CREATE SCHEMA s; CREATE TABLE s.t (id int); INSERT INTO s.t VALUES (1); CREATE TABLE t (id int); INSERT INTO t VALUES (1)';
    expect(await runWith({ 'schema.exclude.list': 's' }, { ddl }, topics)).toEqual(['d.public.t']);
  });

  test('skip.messages.without.change leaves updates out that change nothing', async () => {
    const change = 'UPDATE t SET n = 1; UPDATE t SET n = 5';
    const seen = await runWith({ 'skip.messages.without.change': 'true' }, { change, count: 1 }, ({ records }) =>
      records.slice(1).map((record) => (valueOf(record).get('after') as Struct).get('n')),
    );
    expect(seen).toEqual([5]);
  });

  test('tombstones.on.delete=false: nothing follows a delete', async () => {
    const change = 'DELETE FROM t; INSERT INTO t VALUES (2)';
    const ops = await runWith({ 'tombstones.on.delete': 'false' }, { change, count: 2 }, ({ records }) =>
      records.slice(1).map((record) => valueOf(record).get('op')),
    );
    expect(ops).toEqual(['d', 'c']);
  });

  test('extended.headers.enabled=false: records have no headers', async () => {
    const count = ({ records: [record] }: TestRun): unknown => record?.headers.length;
    expect(await runWith({}, {}, count)).toBe(4);
    expect(await runWith({ 'extended.headers.enabled': 'false' }, {}, count)).toBe(0);
  });

  test('include.schema.comments: comments of columns are told', async () => {
    const doc = ({ records: [record] }: TestRun): unknown => rowFields(record)['note']?.doc;
    const ddl = `${TABLE}; COMMENT ON COLUMN t.note IS 'words'`;
    expect(await runWith({}, { ddl }, doc)).toBeUndefined();
    expect(await runWith({ 'include.schema.comments': 'true' }, { ddl }, doc)).toBe('words');
  });

  test('unavailable.value.placeholder stands for what the log does not hold', async () => {
    const ddl = `CREATE TABLE t (id int PRIMARY KEY, big text, n int); ALTER TABLE t ALTER big SET STORAGE EXTERNAL; INSERT INTO t VALUES (1, repeat('x', 9000), 1)`;
    const big = await runWith({ 'unavailable.value.placeholder': 'gone' }, { ddl, change: 'UPDATE t SET n = 2', count: 1 }, ({ records }) =>
      (valueOf(records[1]).get('after') as Struct).get('big'),
    );
    expect(big).toBe('gone');
  });

  test('headrace.reported.version is what the source block says', async () => {
    const version = ({ records: [record] }: TestRun): unknown => (valueOf(record).get('source') as Struct).get('version');
    expect(await runWith({ 'headrace.reported.version': '9.9' }, {}, version)).toBe('9.9');
  });

  test('money.fraction.digits is the scale of money', async () => {
    const ddl = `CREATE TABLE t (id int PRIMARY KEY, m money); INSERT INTO t VALUES (1, '1.50')`;
    expect(
      await runWith({ 'money.fraction.digits': '4' }, { ddl }, ({ records: [record] }) => rowFields(record)['m']?.parameters),
    ).toMatchObject({ scale: '4' });
  });
});

describe('snapshots and sessions', () => {
  test('configuration_based: flags say what is read, and what follows', async () => {
    await using db = await createDatabase();
    await db.sql(TABLE);
    {
      await using run = await startRun({
        ...db.config,
        'snapshot.mode': 'configuration_based',
        'snapshot.mode.configuration.based.snapshot.data': 'true',
      });
      await run.untilSnapshotDone();
      expect(topics(run)).toEqual(['d.public.t']);
    }
    await using run = await startRun({
      ...db.config,
      'snapshot.mode': 'configuration_based',
      'snapshot.mode.configuration.based.start.stream': 'true',
    });
    await db.sql('UPDATE t SET n = 2');
    await run.untilRecords(1);
    expect(valueOf(run.records[0]).get('op')).toBe('u');
  });

  test('a lost slot is read anew under snapshot.mode.configuration.based.snapshot.on.data.error', async () => {
    await using db = await createDatabase();
    await db.sql(TABLE);
    const raw = { ...db.config, 'snapshot.mode': 'configuration_based', 'snapshot.mode.configuration.based.start.stream': 'true' };
    const offset = { lsn: 1, lsn_proc: 1, lsn_commit: 1 };
    await expect(startRun(raw, { offset })).rejects.toMatchObject({ code: 'postgres.slot_missing' });
    await using run = await startRun({ ...raw, 'snapshot.mode.configuration.based.snapshot.on.data.error': 'true' }, { offset });
    await run.untilSnapshotDone();
    expect(run.records).toHaveLength(1);
  });

  test('a query ends after database.query.timeout.ms', async () => {
    await using db = await createDatabase();
    await db.sql(TABLE);
    const slow = {
      'snapshot.select.statement.overrides': 'public.t',
      'snapshot.select.statement.overrides.public.t': 'SELECT id, note, n FROM public.t, pg_sleep(5)',
    };
    await using run = await startRun({ ...db.config, ...slow, 'database.query.timeout.ms': '300' });
    await expect(run.untilSnapshotDone()).rejects.toMatchObject({ message: expect.stringContaining('statement timeout') as unknown });
  });

  test('flush.lsn.source=false: the slot is not moved', async () => {
    const confirmed = (raw: RawConfig): Promise<unknown> =>
      runWith({ 'status.update.interval.ms': '100', ...raw }, { change: 'UPDATE t SET n = 7', count: 1 }, async (run, db) => {
        const place = Number(run.offset?.['lsn_commit']);
        run.acknowledge();
        for (let poll = 0; poll < 2; poll += 1) await run.step();
        const [slot] = await db.sql(
          `SELECT (confirmed_flush_lsn - '0/0')::float8 AS lsn FROM pg_replication_slots WHERE slot_name = '${db.name}'`,
        );
        return Number(slot?.['lsn']) >= place;
      });
    expect(await confirmed({})).toBe(true);
    expect(await confirmed({ 'flush.lsn.source': 'false' })).toBe(false);
  });
});
