import { describe, expect, test } from '@jest/globals';
import type { SourceRecord, Struct } from '@headrace/connector-api';
import type { RawConfig } from '@headrace/foundation';
import { createDatabase, startRun, valueOf, type TestDatabase, type TestRun } from './harness.ts';

const options = (more: Readonly<Record<string, string>> = {}): RawConfig => ({
  'post.processors': 'again',
  'again.type': 'io.debezium.processors.reselect.ReselectColumnsPostProcessor',
  ...Object.fromEntries(Object.entries(more).map(([key, value]) => [`again.reselect.${key}`, value])),
});

const placeholder = '__debezium_unavailable_value';
const long = (seed: string): string => `(SELECT string_agg(md5('${seed}' || n), '') FROM generate_series(1, 200) n)`;

const after = (record: SourceRecord | undefined): Record<string, unknown> => (valueOf(record).get('after') as Struct).toObject();

/** Table t(id, big, other, n) whose `big` and `other` are stored outside of their rows. */
const withTable = async (db: TestDatabase, key = 'PRIMARY KEY'): Promise<void> => {
  await db.sql(`
    CREATE TABLE t (id text ${key}, big text, other integer[], n integer);
    ALTER TABLE t ALTER COLUMN big SET STORAGE EXTERNAL, ALTER COLUMN other SET STORAGE EXTERNAL`);
};

const insertOne = (db: TestDatabase, id: string): Promise<unknown> =>
  db.sql(`INSERT INTO t SELECT '${id}', ${long(id)}, array_agg(n), 1 FROM generate_series(1, 2000) n`);

const streaming = async (db: TestDatabase, more: RawConfig): Promise<TestRun> =>
  await startRun({ ...db.config, 'snapshot.mode': 'no_data', ...more });

const textOf = async (db: TestDatabase, id: string): Promise<unknown> => (await db.sql(`SELECT big FROM t WHERE id = '${id}'`))[0]?.['big'];

describe('values that the log does not hold are read again', () => {
  test('of every type, for many rows at once, whatever stands in the key', async () => {
    await using db = await createDatabase();
    await withTable(db);
    const ids = ["it''s", 'b\\', ...Array.from({ length: 150 }, (_, index) => `id ${String(index)}`)];
    for (const id of ids) await insertOne(db, id);
    await using run = await streaming(db, options());
    await db.sql('UPDATE t SET n = 2');
    await run.untilRecords(ids.length);
    for (const record of run.records) {
      const { id, big, other } = after(record);
      expect(big).toBe(await textOf(db, String(id).replaceAll("'", "''")));
      expect(other).toEqual(Array.from({ length: 2_000 }, (_, index) => index + 1));
    }
  });

  test('of the columns that are chosen, nulls too unless told otherwise', async () => {
    await using db = await createDatabase();
    await withTable(db);
    await insertOne(db, 'a');
    await using run = await streaming(db, options({ 'columns.include.list': 'public.t:(other|n)' }));
    await using unavailable = await streaming(
      { ...db, config: { ...db.config, 'slot.name': `${db.name}_2` } },
      options({ 'columns.exclude.list': 'public.t:other', 'null.values': 'false' }),
    );
    await using nulls = await streaming(
      { ...db, config: { ...db.config, 'slot.name': `${db.name}_3` } },
      options({ 'unavailable.values': 'false' }),
    );
    await db.sql('UPDATE t SET n = NULL; UPDATE t SET n = 5');
    for (const each of [run, unavailable, nulls]) await each.untilRecords(2);
    expect(after(run.records[0])).toMatchObject({ big: placeholder, other: expect.arrayContaining([1, 2_000]), n: 5 });
    expect(after(unavailable.records[0])).toMatchObject({
      big: await textOf(db, 'a'),
      other: expect.not.arrayContaining([2_000]),
      n: null,
    });
    expect(after(nulls.records[0])).toMatchObject({ big: placeholder, n: 5 });
  });

  test('not where the log has the whole old row', async () => {
    await using db = await createDatabase();
    await withTable(db);
    await insertOne(db, 'a');
    const first = await textOf(db, 'a');
    await db.sql('ALTER TABLE t REPLICA IDENTITY FULL');
    await using run = await streaming(db, options({ 'null.values': 'false' }));
    await db.sql(`UPDATE t SET n = 2; UPDATE t SET big = 'short'`);
    await run.untilRecords(2);
    expect(after(run.records[0])['big']).toBe(first);
  });

  test('under a changed key as well', async () => {
    await using db = await createDatabase();
    await withTable(db);
    await insertOne(db, 'a');
    await using run = await streaming(db, options());
    await db.sql(`UPDATE t SET id = 'b'`);
    await run.untilRecords(3);
    expect(after(run.records[2])).toMatchObject({ id: 'b', big: await textOf(db, 'b') });
  });

  test('masked as they are elsewhere', async () => {
    await using db = await createDatabase();
    await withTable(db);
    await insertOne(db, 'a');
    await using run = await streaming(db, { ...options(), 'column.truncate.to.3.chars': 'public.t.big' });
    await db.sql('UPDATE t SET n = 2');
    await run.untilRecords(1);
    expect(after(run.records[0])['big']).toBe(String(await textOf(db, 'a')).slice(0, 3));
  });

  test("by the record's key under reselect.use.event.key, else by the primary key alone", async () => {
    await using db = await createDatabase();
    await withTable(db, 'NOT NULL');
    await db.sql('CREATE UNIQUE INDEX i ON t (id); ALTER TABLE t REPLICA IDENTITY USING INDEX i');
    await insertOne(db, 'a');
    await using run = await streaming(db, options({ 'use.event.key': 'true' }));
    await using primary = await streaming({ ...db, config: { ...db.config, 'slot.name': `${db.name}_2` } }, options());
    await db.sql('UPDATE t SET n = 2');
    for (const each of [run, primary]) await each.untilRecords(1);
    expect(after(run.records[0])['big']).toBe(await textOf(db, 'a'));
    expect(after(primary.records[0])['big']).toBe(placeholder);
    expect(primary.log).toContainEqual(expect.objectContaining({ level: 'warn', fields: { table: 'public.t' } }));
  });

  test('or left as they are with a warning where the row is gone; reselect.error.handling.mode=fail ends the task', async () => {
    await using db = await createDatabase();
    await withTable(db);
    await insertOne(db, 'a');
    await using run = await streaming(db, options());
    await using failing = await streaming(
      { ...db, config: { ...db.config, 'slot.name': `${db.name}_2` } },
      options({ 'error.handling.mode': 'fail' }),
    );
    await db.sql('UPDATE t SET n = 2; DELETE FROM t');
    await run.untilRecords(3);
    expect(after(run.records[0])).toMatchObject({ big: placeholder, n: 2 });
    expect(run.log.filter(({ level }) => level === 'warn').map(({ fields }) => fields)).toEqual([
      { table: 'public.t', reason: '1 rows are gone' },
    ]);
    await expect(failing.untilRecords(3)).rejects.toMatchObject({ code: 'postgres.reselect_failed' });
  });
});
