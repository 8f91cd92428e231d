import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { SourceRecord, Struct } from '@headrace/connector-api';
import type { RawConfig } from '@headrace/foundation';
import { createDatabase, startRun, valueOf } from './harness.ts';

const digest = (text: string): string => createHash('sha256').update(`pepper${text}`).digest('hex');

const rowOf = (record: SourceRecord | undefined, side: 'before' | 'after'): Record<string, unknown> =>
  (valueOf(record).get(side) as Struct).toObject();

/** Parameters of the fields of a record's row, and of its key. */
const parametersOf = (record: SourceRecord | undefined): Record<string, Readonly<Record<string, string>> | undefined> => {
  const row = valueOf(record).get('after') as Struct;
  return Object.fromEntries(row.schema.fields.map((field) => [field.name, field.schema.parameters]));
};

const failureOf = async (ddl: string, raw: RawConfig): Promise<string> => {
  await using db = await createDatabase();
  await db.sql(ddl);
  try {
    await using run = await startRun({ ...db.config, ...raw });
    await run.untilSnapshotDone();
  } catch (error) {
    return (error as { readonly code: string }).code;
  }
  return 'none';
};

describe('masks', () => {
  test('what is masked is seen nowhere: not in a snapshot, a change, an old row or a key', async () => {
    await using db = await createDatabase();
    await db.sql(`
      CREATE TABLE t (email varchar(320) PRIMARY KEY, card text NOT NULL, note text, code char(10));
      ALTER TABLE t REPLICA IDENTITY FULL;
      INSERT INTO t VALUES ('a@secret', 'secret-1', NULL, 'x')`);
    await using run = await startRun({
      ...db.config,
      'column.mask.hash.v2.SHA-256.with.salt.pepper': 'public\\.t\\.(email|code)',
      'column.mask.with.4.chars': `${db.name}\\.public\\.t\\.(card|note)`,
    });
    await run.untilSnapshotDone();
    await db.sql(`INSERT INTO t VALUES ('b@secret', 'secret-2', 'secret', NULL)`);
    await db.sql(`UPDATE t SET note = NULL, card = 'secret-3' WHERE email = 'b@secret'`);
    await db.sql(`UPDATE t SET email = 'c@secret' WHERE email = 'b@secret'; DELETE FROM t WHERE email = 'a@secret'`);
    await run.untilRecords(8);
    const [read, create, update, moved, , created, removed] = run.records;
    const email = digest('b@secret');
    expect(rowOf(read, 'after')).toEqual({
      email: digest('a@secret'),
      card: '****',
      note: '****',
      code: digest('x'.padEnd(10)).slice(0, 10),
    });
    expect(rowOf(create, 'after')).toEqual({ email, card: '****', note: '****', code: null });
    expect(rowOf(update, 'before')).toEqual(rowOf(create, 'after'));
    expect((moved?.key as Struct).toObject()).toEqual({ email });
    expect((created?.key as Struct).toObject()).toEqual({ email: digest('c@secret') });
    expect(rowOf(removed, 'before')).toMatchObject({ email: digest('a@secret'), note: '****' });
    const seen = JSON.stringify(
      run.records.map(({ key, value }) => [(key as Struct).toObject(), (value as Struct | null)?.toObject()]),
      (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value),
    );
    expect(seen).not.toContain('secret');
  });

  test('an incremental snapshot is masked as well', async () => {
    await using db = await createDatabase();
    await db.sql(`
      CREATE TABLE signals (id varchar(42) PRIMARY KEY, type varchar(32), data varchar(2048));
      CREATE TABLE t (id text PRIMARY KEY, note text); INSERT INTO t SELECT 'secret' || n, 'secret' FROM generate_series(1, 5) n`);
    await using run = await startRun({
      ...db.config,
      'snapshot.mode': 'no_data',
      'signal.data.collection': 'public.signals',
      'incremental.snapshot.chunk.size': '2',
      'column.mask.hash.v2.SHA-256.with.salt.pepper': 'public\\.t\\.id',
      'column.mask.with.1.chars': 'public\\.t\\.note',
    });
    await db.sql(`INSERT INTO signals VALUES ('s', 'execute-snapshot', '{"data-collections": ["public.t"]}')`);
    const ofTable = (): readonly SourceRecord[] => run.records.filter(({ topic }) => topic === 'd.public.t');
    await run.until(() => ofTable().length >= 5);
    expect(ofTable().map((record) => rowOf(record, 'after'))).toEqual(
      [1, 2, 3, 4, 5].map((n) => ({ id: digest(`secret${String(n)}`), note: '*' })),
    );
  });

  test('texts are cut, keys are not', async () => {
    await using db = await createDatabase();
    await db.sql(`CREATE TABLE t (id text PRIMARY KEY, note text); INSERT INTO t VALUES ('abcdef', 'abcdef')`);
    await using run = await startRun({ ...db.config, 'column.truncate.to.3.chars': 'public\\.t\\..*' });
    await run.untilSnapshotDone();
    expect(rowOf(run.records[0], 'after')).toEqual({ id: 'abcdef', note: 'abc' });
    expect(parametersOf(run.records[0])['note']).toEqual({ truncateLength: '3' });
  });

  test.each([
    ['postgres.key_masked', 'CREATE TABLE t (id text PRIMARY KEY)'],
    ['postgres.mask_not_text', 'CREATE TABLE t (n int PRIMARY KEY, id int)'],
  ])('%s: a mask that would merge rows or show values fails the task', async (code, ddl) => {
    expect(await failureOf(ddl, { 'column.mask.with.3.chars': 'public\\.t\\.id' })).toBe(code);
  });
});

test('fields tell the types of their columns where that is asked for, keys do not', async () => {
  await using db = await createDatabase();
  await db.sql(`
    CREATE TABLE t (id serial PRIMARY KEY, c varchar(40), n numeric(5,2), ts timestamp(3), doc text, f float8);
    COMMENT ON COLUMN t.c IS 'a name';
    INSERT INTO t (c) VALUES ('x')`);
  const prefix = '__debezium.source.column';
  const parameters = (type: string, length: number, scale: number, name: string): Record<string, string> => ({
    [`${prefix}.type`]: type,
    [`${prefix}.length`]: String(length),
    [`${prefix}.scale`]: String(scale),
    [`${prefix}.name`]: name,
  });
  await using run = await startRun({
    ...db.config,
    'column.propagate.source.type': 'public\\.t\\.(id|c|ts|doc)',
    'datatype.propagate.source.type': `${db.name}\\.public\\.t\\.numeric`,
  });
  await run.untilSnapshotDone();
  await db.sql("INSERT INTO t (c) VALUES ('y')");
  await run.untilRecords(2);
  // Only the catalog knows of serials: Debezium tells them in snapshots, and of their integers in the stream.
  for (const [record, type] of [[run.records[0], 'SERIAL'] as const, [run.records[1], 'INT4'] as const]) {
    expect(parametersOf(record)).toEqual({
      id: parameters(type, 10, 0, 'id'),
      c: { ...parameters('VARCHAR', 40, 0, 'c'), [`${prefix}.comment`]: 'a name' },
      n: { scale: '2', 'connect.decimal.precision': '5', ...parameters('NUMERIC', 5, 2, 'n') },
      ts: parameters('TIMESTAMP', 26, 3, 'ts'),
      doc: parameters('TEXT', 2_147_483_647, 0, 'doc'),
      f: undefined,
    });
    const key = record?.keySchema;
    expect(key?.type === 'struct' && key.fields.map((field) => field.schema.parameters)).toEqual([undefined]);
  }
});
