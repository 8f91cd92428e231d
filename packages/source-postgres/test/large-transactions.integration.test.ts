import { describe, expect, test } from '@jest/globals';
import type { JsonMap, SourceRecord, Struct } from '@headrace/connector-api';
import { createDatabase, startRun, valueOf, type TestDatabase, type TestRun } from './harness.ts';

/** The server streams transactions beyond this, instead of 64 MB. */
const prepare = async (db: TestDatabase): Promise<void> => {
  await db.sql(`ALTER DATABASE ${db.name} SET logical_decoding_work_mem = '64kB'; CREATE TABLE t (id int PRIMARY KEY, note text)`);
};

const ids = (records: readonly SourceRecord[]): unknown[] => records.map((record) => (record.key as Struct).values[0]);
const xids = (records: readonly SourceRecord[]): Set<unknown> =>
  new Set(records.map((record) => (valueOf(record).get('source') as Struct).get('txId')));
const series = (from: number, to: number): readonly number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const fill = (from: number, to: number): string =>
  `INSERT INTO t SELECT n, repeat('x', 100) FROM generate_series(${String(from)}, ${String(to)}) n`;

describe('a large transaction', () => {
  test('is told as a whole at its commit, in its order, between those that committed before and after', async () => {
    await using db = await createDatabase();
    await prepare(db);
    await using run = await startRun({ ...db.config, 'snapshot.mode': 'no_data' });
    const [large, other] = await Promise.all([db.connect(), db.connect()]);
    await large.query('BEGIN');
    await large.query(fill(1, 10_000));
    await other.query(fill(20_001, 20_001));
    await run.untilRecords(1);
    await large.query(fill(10_001, 20_000));
    await large.query('COMMIT');
    await other.query(fill(20_002, 20_002));
    await run.untilRecords(20_002);
    expect(ids(run.records)).toEqual([20_001, ...series(1, 20_000), 20_002]);
    expect(xids(run.records.slice(1, 20_001)).size).toBe(1);
    await Promise.all([large.end(), other.end()]);
  });

  test('leaves out what it rolled back to a savepoint, and all of it when it is rolled back', async () => {
    await using db = await createDatabase();
    await prepare(db);
    await using run = await startRun({ ...db.config, 'snapshot.mode': 'no_data' });
    await db.sql(`BEGIN; ${fill(1, 5_000)}; ROLLBACK`);
    await db.sql(`BEGIN; ${fill(1, 3_000)}; SAVEPOINT s; ${fill(3_001, 6_000)}; ROLLBACK TO s; ${fill(6_001, 9_000)}; COMMIT`);
    await db.sql(fill(9_001, 9_001));
    await run.untilRecords(6_001);
    expect(ids(run.records)).toEqual([...series(1, 3_000), ...series(6_001, 9_001)]);
  });

  test('with a new column in its middle has both versions', async () => {
    await using db = await createDatabase();
    await prepare(db);
    await using run = await startRun({ ...db.config, 'snapshot.mode': 'no_data' });
    await db.sql(`BEGIN; ${fill(1, 3_000)}; ALTER TABLE t ADD COLUMN more int; ${fill(3_001, 6_000)}; COMMIT`);
    await run.untilRecords(6_000);
    const width = (record: SourceRecord | undefined): number => (valueOf(record).get('after') as Struct).values.length;
    expect([width(run.records[0]), width(run.records[2_999]), width(run.records[3_000])]).toEqual([2, 2, 3]);
    expect(ids(run.records)).toEqual(series(1, 6_000));
  });

  test('goes on in its middle after a restart, nothing lost or repeated', async () => {
    await using db = await createDatabase();
    await prepare(db);
    const raw = { ...db.config, 'snapshot.mode': 'no_data', 'max.batch.size': '700' };
    await (await startRun(raw))[Symbol.asyncDispose]();
    await db.sql(fill(1, 5_000));
    let offset: JsonMap | null = null;
    const seen: SourceRecord[] = [];
    while (seen.length < 5_000) {
      await using run: TestRun = await startRun(raw, { offset });
      await run.until(() => run.records.length > 0);
      await run.step();
      seen.push(...run.records);
      offset = run.offset;
    }
    expect(ids(seen)).toEqual(series(1, 5_000));
  });

  test('is held by the server instead under slot.stream.params streaming=off', async () => {
    await using db = await createDatabase();
    await prepare(db);
    const bytes = async (raw: Record<string, string>): Promise<number> => {
      await using run = await startRun({ ...db.config, 'snapshot.mode': 'no_data', ...raw });
      await db.sql(`BEGIN; ${fill(1, 5_000)}; ROLLBACK`);
      await db.sql(fill(1, 1));
      await run.untilRecords(1);
      await db.sql('DELETE FROM t');
      await run.untilRecords(3);
      const [slot] = await db.sql(`SELECT stream_bytes::float8 AS bytes FROM pg_stat_replication_slots WHERE slot_name = '${db.name}'`);
      return Number(slot?.['bytes']);
    };
    const before = await bytes({ 'slot.stream.params': 'streaming=off' });
    expect(before).toBe(0);
    expect(await bytes({})).toBeGreaterThan(0);
  });
});
