import { expect, test } from '@jest/globals';
import type { JsonMap, Struct } from '@headrace/connector-api';
import { CaptureRun, changesOf, type Change, type TestServer } from './capture-run.ts';
import { createDatabase, type TestDatabase } from './test-database.ts';

const SIGNALS = 'CREATE TABLE signals (id varchar(42) PRIMARY KEY, type varchar(32), data varchar(2048))';

let serial = 0;
const send = async (db: TestDatabase, type: string, data: object): Promise<void> => {
  serial += 1;
  await db.sql(
    `INSERT INTO signals VALUES ('s${String(serial)}', '${type}', '${JSON.stringify(data).replaceAll('\\', '\\\\').replaceAll("'", "''")}')`,
  );
};
const execute = (tables: readonly string[], more: object = {}): object => ({ 'data-collections': tables, type: 'incremental', ...more });

/** Rows 1 to `count`, the note a plain `x`; `more`: values of further columns. */
const fill = async (db: TestDatabase, table: string, count: number, more = ''): Promise<void> => {
  const rows = Array.from({ length: count }, (_, index) => `(${String(index + 1)}, 'x'${more})`);
  await db.sql(`INSERT INTO ${table} VALUES ${rows.join(', ')}`);
};

const series = (from: number, to: number): readonly number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const reads = (changes: readonly Change[], table = 't'): readonly unknown[] =>
  changes.filter((change) => change.op === 'r' && change.table === table).map((change) => change.after?.['id']);

const isQuiet = (offset: JsonMap | null): boolean => offset?.['incremental_snapshot_collections'] === undefined;
const untilRead = async (run: CaptureRun): Promise<void> => {
  await run.until(() => !isQuiet(run.offset));
  await run.until(() => isQuiet(run.offset));
};

/** What a reader of the records knows in the end: the last event of each key counts. */
const stateOf = (changes: readonly Change[], table = 't'): ReadonlyMap<unknown, unknown> => {
  const state = new Map<unknown, unknown>();
  for (const change of changes.filter((candidate) => candidate.table === table)) {
    if (change.op === 'd') state.delete(change.before?.['id']);
    else state.set(change.after?.['id'], change.after?.['note']);
  }
  return state;
};

/** What signals must do on either family of servers. */
export const checkSignals = (server: TestServer): void => {
  const start = async (db: TestDatabase, more: Record<string, string> = {}, offset: JsonMap | null = null): Promise<CaptureRun> =>
    CaptureRun.start(
      db.server.connector,
      db.config({
        'signal.data.collection': `${db.name}.signals`,
        'snapshot.mode': 'no_data',
        'incremental.snapshot.chunk.size': '10',
        ...more,
      }),
      offset,
    );

  test('an incremental snapshot reads tables chunk by chunk, each row marked incremental', async () => {
    await using db = await createDatabase(server);
    await db.sql(SIGNALS, 'CREATE TABLE t (id int PRIMARY KEY, note text)', 'CREATE TABLE u (id int PRIMARY KEY, note text)');
    await fill(db, 't', 25);
    await fill(db, 'u', 20);
    await using run = await start(db);
    await send(db, 'execute-snapshot', execute([`${db.name}.t`, `${db.name}\\.u`]));
    await untilRead(run);
    const changes = changesOf(run.records);
    expect(reads(changes)).toEqual(series(1, 25));
    expect(reads(changes, 'u')).toEqual(series(1, 20));
    expect(new Set(changes.filter((change) => change.op === 'r').map((change) => change.source['snapshot']))).toEqual(
      new Set(['incremental']),
    );
  });

  test('what the chunks say never follows what the log says of a newer state', async () => {
    await using db = await createDatabase(server);
    await db.sql(SIGNALS, 'CREATE TABLE t (id int PRIMARY KEY, note text)');
    await fill(db, 't', 400);
    await using run = await start(db);
    await using writer = await db.connect();
    const over = new AbortController();
    const load = (async () => {
      for (let n = 0; !over.signal.aborted; n += 1) {
        const id = String(1 + ((n * 37) % 420));
        await writer.query(n % 5 === 0 ? `DELETE FROM t WHERE id = ${id}` : `REPLACE INTO t VALUES (${id}, 'n${String(n)}')`);
      }
      await writer.query("INSERT INTO signals VALUES ('end', 'log', '{}')");
    })();
    await send(db, 'execute-snapshot', execute([`${db.name}.t`]));
    await untilRead(run);
    over.abort();
    await load;
    await run.until(() => changesOf(run.records).some((change) => change.table === 'signals' && change.after?.['id'] === 'end'));
    const rows = await db.sql('SELECT id, note FROM t');
    const changes = changesOf(run.records);
    expect(stateOf(changes)).toEqual(new Map(rows.map((row) => [row['id'], row['note']])));
    expect(reads(changes).length).toBeGreaterThan(100);
  });

  test('an incremental snapshot goes on behind its last chunk after a restart', async () => {
    await using db = await createDatabase(server);
    await db.sql(SIGNALS, 'CREATE TABLE t (id int PRIMARY KEY, note text)');
    await fill(db, 't', 60);
    let offset: JsonMap | null;
    let first: readonly unknown[];
    {
      await using run = await start(db);
      await send(db, 'execute-snapshot', execute([`${db.name}.t`]));
      await run.until(() => reads(changesOf(run.records)).length >= 20);
      offset = run.offset;
      first = reads(changesOf(run.records));
    }
    await using run = await start(db, {}, offset);
    await untilRead(run);
    expect([...first, ...reads(changesOf(run.records))]).toEqual(series(1, 60));
  });

  test('an incremental snapshot reads only rows under a condition, by a surrogate key; it pauses, resumes and stops', async () => {
    await using db = await createDatabase(server);
    await db.sql(SIGNALS, 'CREATE TABLE t (id int, note text)', 'CREATE TABLE u (id int PRIMARY KEY, note text)');
    await fill(db, 't', 25);
    await fill(db, 'u', 500);
    await using run = await start(db, { 'incremental.snapshot.chunk.size': '4' });
    const conditions = [{ 'data-collection': `${db.name}.t`, filter: 'id > 15' }];
    await send(db, 'execute-snapshot', execute([`${db.name}.t`], { 'surrogate-key': 'id', 'additional-conditions': conditions }));
    await untilRead(run);
    expect(reads(changesOf(run.records))).toEqual(series(16, 25));
    await send(db, 'execute-snapshot', execute([`${db.name}.u`]));
    await run.until(() => reads(changesOf(run.records), 'u').length > 0);
    await send(db, 'pause-snapshot', {});
    await run.until(() => JSON.stringify(run.offset).includes('isPaused\\":true'));
    await send(db, 'stop-snapshot', { 'data-collections': [`${db.name}.u`], type: 'incremental' });
    await run.until(() => isQuiet(run.offset));
    expect(reads(changesOf(run.records), 'u').length).toBeLessThan(500);
  });

  test('a blocking snapshot rests the log, reads the tables by a statement where one is given, and the log goes on', async () => {
    await using db = await createDatabase(server);
    await db.sql(SIGNALS, 'CREATE TABLE t (id int PRIMARY KEY, note text)', 'CREATE TABLE u (id int PRIMARY KEY, note text)');
    await fill(db, 't', 25);
    await fill(db, 'u', 12);
    await using run = await start(db, { 'notification.enabled.channels': 'sink', 'notification.sink.topic.name': 'news' });
    const conditions = [{ 'data-collection': `${db.name}.t`, filter: `SELECT * FROM ${db.name}.t WHERE id <= 5` }];
    const tables = [`${db.name}.t`, `${db.name}.u`];
    await send(db, 'execute-snapshot', { 'data-collections': tables, type: 'blocking', 'additional-conditions': conditions });
    await db.sql("UPDATE t SET note = 'later' WHERE id = 3");
    await run.until(() => reads(changesOf(run.records), 'u').length === 12);
    await db.sql("INSERT INTO t VALUES (99, 'last')");
    await run.until(() => changesOf(run.records).some((change) => change.after?.['id'] === 99));
    const changes = changesOf(run.records);
    expect(reads(changes)).toEqual(series(1, 5));
    expect(changes.filter((change) => change.op === 'u').map((change) => change.after?.['note'])).toEqual(['later']);
    expect(stateOf(changes).get(3)).toBe('later');
    const news = run.records.filter(({ topic }) => topic === 'news').map(({ value }) => (value as Struct).get('type'));
    expect(news).toEqual(['STARTED', 'TABLE_SCAN_COMPLETED', 'TABLE_SCAN_COMPLETED', 'COMPLETED']);
  });

  test('a chunk under way when its table is altered is read again in the new shape', async () => {
    await using db = await createDatabase(server);
    await db.sql(SIGNALS, 'CREATE TABLE t (id int PRIMARY KEY, note text)');
    await fill(db, 't', 30);
    await using run = await start(db);
    await send(db, 'execute-snapshot', execute([`${db.name}.t`]));
    await run.until(() => !isQuiet(run.offset));
    // The first chunk is read while the log still has to tell of this.
    await db.sql('ALTER TABLE t ADD COLUMN extra int DEFAULT 7');
    await run.until(() => isQuiet(run.offset));
    const changes = changesOf(run.records).filter((change) => change.op === 'r');
    expect(reads(changes)).toEqual(series(1, 30));
    expect(new Set(changes.map((change) => change.after?.['extra']))).toEqual(new Set([7]));
  });

  test('no row is left out while columns come and go', async () => {
    await using db = await createDatabase(server);
    await db.sql(SIGNALS, 'CREATE TABLE t (id int PRIMARY KEY, note text, extra int)');
    await fill(db, 't', 200, ', 1');
    await using run = await start(db, { 'incremental.snapshot.chunk.size': '5' });
    await send(db, 'execute-snapshot', execute([`${db.name}.t`]));
    await run.until(() => !isQuiet(run.offset));
    const altering = (async () => {
      for (let n = 0; n < 10; n += 1) await db.sql('ALTER TABLE t DROP COLUMN extra', 'ALTER TABLE t ADD COLUMN extra int');
    })();
    await run.until(() => isQuiet(run.offset));
    await altering;
    expect(reads(changesOf(run.records))).toEqual(series(1, 200));
  });
};
