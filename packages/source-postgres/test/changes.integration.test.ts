import { describe, expect, test } from '@jest/globals';
import type { SourceRecord, Struct } from '@headrace/connector-api';
import type { RawConfig } from '@headrace/foundation';
import { createDatabase, startRun, summary, valueOf, type TestDatabase } from './harness.ts';

/** Records of what `statements` changed, after a snapshot of empty tables. */
const changesOf = async (
  setup: string,
  statements: readonly string[],
  raw: RawConfig = {},
  count = 1,
): Promise<readonly SourceRecord[]> => {
  await using db = await createDatabase();
  await db.sql(setup);
  return await recordsOf(db, statements, raw, count);
};

const recordsOf = async (
  db: TestDatabase,
  statements: readonly string[],
  raw: RawConfig,
  count: number,
): Promise<readonly SourceRecord[]> => {
  await using run = await startRun({ ...db.config, ...raw });
  await run.untilSnapshotDone();
  const before = run.records.length;
  for (const statement of statements) await db.sql(statement);
  await run.untilRecords(before + count);
  return run.records.slice(before);
};

const before = (record: SourceRecord | undefined): unknown => (valueOf(record).get('before') as Struct | null)?.toObject() ?? null;
const after = (record: SourceRecord | undefined): Record<string, unknown> => (valueOf(record).get('after') as Struct).toObject();
const source = (record: SourceRecord | undefined): Record<string, unknown> => (valueOf(record).get('source') as Struct).toObject();

describe('changes', () => {
  test('a key change becomes delete, tombstone and create', async () => {
    const records = await changesOf(
      'CREATE TABLE t (id int PRIMARY KEY, note text NOT NULL)',
      ["INSERT INTO t VALUES (1, 'a')", 'UPDATE t SET id = 2'],
      {},
      4,
    );
    expect(summary(records.slice(1))).toEqual([
      ['d', { id: 1 }, null],
      [null, { id: 1 }, null],
      ['c', { id: 2 }, { id: 2, note: 'a' }],
    ]);
    // Beyond the key, the old row holds what its schema demands and the log does not tell.
    expect(before(records[1])).toEqual({ id: 1, note: '' });
  });

  test('replica identity full gives the whole old row', async () => {
    const records = await changesOf(
      'CREATE TABLE t (id int PRIMARY KEY, note text); ALTER TABLE t REPLICA IDENTITY FULL',
      ["INSERT INTO t VALUES (1, 'a')", "UPDATE t SET note = 'b'", 'DELETE FROM t'],
      {},
      4,
    );
    expect(before(records[1])).toEqual({ id: 1, note: 'a' });
    expect(before(records[2])).toEqual({ id: 1, note: 'b' });
  });

  test('without a key, rows have no key and full identity still tells old rows', async () => {
    const records = await changesOf(
      'CREATE TABLE t (a int, b int); ALTER TABLE t REPLICA IDENTITY FULL',
      ['INSERT INTO t VALUES (1, 2)', 'UPDATE t SET a = 3', 'DELETE FROM t'],
      {},
      4,
    );
    expect(records.map((record) => [record.key, record.value === null ? 'tombstone' : valueOf(record).get('op')])).toEqual([
      [null, 'c'],
      [null, 'u'],
      [null, 'd'],
      [null, 'tombstone'],
    ]);
    expect(before(records[2])).toEqual({ a: 3, b: 2 });
  });

  test('an unchanged TOAST value is marked, and comes from the old row under full identity', async () => {
    const big = 'repeat(md5(random()::text), 4000)';
    const statements = [`INSERT INTO t VALUES (1, ${big}, ${big}::bytea)`, 'UPDATE t SET n = 1'];
    const table =
      'CREATE TABLE t (id int PRIMARY KEY, doc text, raw bytea, n int); ALTER TABLE t ALTER doc SET STORAGE EXTERNAL, ALTER raw SET STORAGE EXTERNAL';
    const [, update] = await changesOf(table, statements, {}, 2);
    expect(after(update)).toMatchObject({ doc: '__debezium_unavailable_value', raw: Buffer.from('__debezium_unavailable_value') });
    const [insert, full] = await changesOf(`${table}; ALTER TABLE t REPLICA IDENTITY FULL`, statements, {}, 2);
    expect(after(full)['doc']).toBe(after(insert)['doc']);
  });

  test('an unchanged TOAST value is marked in the row under its new key as well', async () => {
    const table = 'CREATE TABLE t (id int PRIMARY KEY, doc text); ALTER TABLE t ALTER doc SET STORAGE EXTERNAL';
    const statements = ["INSERT INTO t VALUES (1, repeat('0123456789', 4000))", 'UPDATE t SET id = 2'];
    const [, , , created] = await changesOf(table, statements, {}, 4);
    expect(after(created)).toEqual({ id: 2, doc: '__debezium_unavailable_value' });
  });

  test('the first transaction of a slot has none before it', async () => {
    const [first] = await changesOf('CREATE TABLE t (id int PRIMARY KEY)', ['INSERT INTO t VALUES (1)']);
    expect(JSON.parse(String(source(first)['sequence']))).toEqual([null, String(source(first)['lsn'])]);
  });

  test('a truncate is told for each table, on demand', async () => {
    const records = await changesOf(
      'CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE u (id int PRIMARY KEY)',
      ['TRUNCATE t, u', 'INSERT INTO t VALUES (1)'],
      { 'skipped.operations': 'none' },
      3,
    );
    expect(records.map((record) => [record.topic, record.key === null, valueOf(record).get('op')])).toEqual([
      ['d.public.t', true, 't'],
      ['d.public.u', true, 't'],
      ['d.public.t', false, 'c'],
    ]);
  });

  test('the source block tells place, transaction and the commit before', async () => {
    const [first, second] = await changesOf(
      'CREATE TABLE t (id int PRIMARY KEY)',
      ['INSERT INTO t VALUES (1)', 'INSERT INTO t VALUES (2)'],
      {},
      2,
    );
    const [one, two] = [source(first), source(second)];
    expect(one).toMatchObject({ connector: 'postgresql', name: 'd', schema: 'public', table: 't', snapshot: 'false', xmin: null });
    expect(Number(two['lsn'])).toBeGreaterThan(Number(one['lsn']));
    expect(Number(two['txId'])).toBeGreaterThan(Number(one['txId']));
    const [lastCommit, lsn] = JSON.parse(String(two['sequence'])) as [string, string];
    expect(lsn).toBe(String(two['lsn']));
    expect(Number(lastCommit)).toBeGreaterThan(Number(one['lsn']));
    expect(Math.abs(Number(one['ts_ms']) - Date.now())).toBeLessThan(60_000);
    expect(one['ts_ms']).toBe(Math.floor(Number(one['ts_us']) / 1_000));
  });

  test('context headers come with every data record', async () => {
    const [record] = await changesOf('CREATE TABLE t (id int PRIMARY KEY)', ['INSERT INTO t VALUES (1)']);
    expect(record?.headers.map((header) => [header.key, header.key.endsWith('runId') ? 'uuid' : header.value])).toEqual([
      ['__debezium.context.connectorLogicalName', 'd'],
      ['__debezium.context.taskId', '0'],
      ['__debezium.context.connectorName', 'postgresql'],
      ['__debezium.context.runId', 'uuid'],
    ]);
  });
});

describe('schema changes', () => {
  test('I5: added and dropped columns show from the first row that has them, in new schema objects', async () => {
    const records = await changesOf(
      'CREATE TABLE t (id int PRIMARY KEY, a int)',
      [
        'INSERT INTO t VALUES (1, 1)',
        "ALTER TABLE t ADD COLUMN b text NOT NULL DEFAULT 'x'",
        'INSERT INTO t VALUES (2, 2)',
        'ALTER TABLE t DROP COLUMN a',
        'INSERT INTO t VALUES (3)',
        'INSERT INTO t VALUES (4)',
      ],
      {},
      4,
    );
    expect(records.map(after)).toEqual([
      { id: 1, a: 1 },
      { id: 2, a: 2, b: 'x' },
      { id: 3, b: 'x' },
      { id: 4, b: 'x' },
    ]);
    expect(new Set(records.map((record) => record.valueSchema)).size).toBe(3);
    expect(records[2]?.valueSchema).toBe(records[3]?.valueSchema);
    const column = (valueOf(records[1]).get('after') as Struct).schema.fields[2]?.schema;
    expect(column).toMatchObject({ isOptional: false, defaultValue: 'x' });
  });

  test('a NOT NULL that is younger than the row does not break the row', async () => {
    await using db = await createDatabase();
    await db.sql('CREATE TABLE t (id int PRIMARY KEY, a int)');
    await using run = await startRun(db.config);
    await run.untilSnapshotDone();
    await db.sql('INSERT INTO t VALUES (1, NULL)');
    await db.sql('UPDATE t SET a = 0');
    await db.sql('ALTER TABLE t ALTER a SET NOT NULL');
    await run.untilRecords(2);
    expect(run.records.map(after)).toEqual([
      { id: 1, a: null },
      { id: 1, a: 0 },
    ]);
    expect((valueOf(run.records[0]).get('after') as Struct).schema.fields[1]?.schema.isOptional).toBe(true);
  });

  test('a table made while streaming is captured', async () => {
    const records = await changesOf('CREATE TABLE t (id int PRIMARY KEY)', [
      'CREATE TABLE u (id int PRIMARY KEY)',
      'INSERT INTO u VALUES (1)',
    ]);
    expect(records[0]?.topic).toBe('d.public.u');
  });

  test('a changed type makes a new version', async () => {
    const records = await changesOf(
      'CREATE TABLE t (id int PRIMARY KEY, a int)',
      ['INSERT INTO t VALUES (1, 1)', 'ALTER TABLE t ALTER a TYPE text', "INSERT INTO t VALUES (2, 'x')"],
      {},
      2,
    );
    expect(records.map(after)).toEqual([
      { id: 1, a: 1 },
      { id: 2, a: 'x' },
    ]);
  });
});

describe('filters and keys', () => {
  test('left-out tables and columns do not show, key columns always do', async () => {
    await using db = await createDatabase();
    await db.sql(
      'CREATE TABLE t (id int PRIMARY KEY, secret text, a int); CREATE TABLE other (id int PRIMARY KEY); CREATE SCHEMA s; CREATE TABLE s.t (id int PRIMARY KEY)',
    );
    await db.sql("INSERT INTO t VALUES (1, 'x', 1)");
    const records = await recordsOf(
      db,
      ['INSERT INTO other VALUES (1)', 'INSERT INTO s.t VALUES (1)', "INSERT INTO t VALUES (2, 'y', 2)"],
      {
        'table.include.list': 'public\\.t,s\\.t',
        'schema.include.list': 'public',
        'column.exclude.list': 'public\\.t\\.(secret|id)',
      },
      1,
    );
    expect(summary(records)).toEqual([['c', { id: 2 }, { id: 2, a: 2 }]]);
  });

  test('message.key.columns replaces the key, a unique index stands in for a missing one', async () => {
    const setup = 'CREATE TABLE t (id int PRIMARY KEY, a int, b int); CREATE TABLE u (a int, b int NOT NULL UNIQUE)';
    const records = await changesOf(
      setup,
      ['INSERT INTO t VALUES (1, 2, 3)', 'INSERT INTO u VALUES (4, 5)'],
      { 'message.key.columns': 'public\\.t:b,a' },
      2,
    );
    expect(records.map((record) => (record.key as Struct).toObject())).toEqual([{ b: 3, a: 2 }, { b: 5 }]);
  });

  test('a delete whose log lacks the key fails and names table and cure', async () => {
    const deleted = changesOf(
      'CREATE TABLE t (id int PRIMARY KEY, a int)',
      ['INSERT INTO t VALUES (1, 2)', 'DELETE FROM t'],
      { 'message.key.columns': 'public\\.t:a' },
      2,
    );
    await expect(deleted).rejects.toMatchObject({ code: 'postgres.key_not_in_identity', message: expect.stringContaining('public.t') });
  });

  test('partitions come under their root when the publication says so', async () => {
    await using db = await createDatabase();
    await db.sql(
      'CREATE TABLE p (id int PRIMARY KEY, a int) PARTITION BY RANGE (id); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10)',
    );
    await db.sql('INSERT INTO p VALUES (1, 1)');
    await using run = await startRun({ ...db.config, 'publish.via.partition.root': 'true' });
    await run.untilSnapshotDone();
    await db.sql('INSERT INTO p VALUES (2, 2)');
    await run.untilRecords(2);
    expect(run.records.map((record) => [record.topic, after(record)['id']])).toEqual([
      ['d.public.p', 1],
      ['d.public.p', 2],
    ]);
  });
});
