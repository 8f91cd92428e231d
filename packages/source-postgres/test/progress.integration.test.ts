import { describe, expect, test } from '@jest/globals';
import type { Labels, Meter, RawConfig } from '@headrace/foundation';
import { createDatabase, startRun, type TestRun } from './harness.ts';

const tables = `
  CREATE TABLE a (id int PRIMARY KEY); INSERT INTO a SELECT generate_series(1, 400);
  CREATE TABLE b (id int PRIMARY KEY); INSERT INTO b SELECT generate_series(1, 600); ANALYZE`;
const slow: RawConfig = { 'max.batch.size': '50', 'snapshot.fetch.size': '50' };

/** The last value of each series, by name and table. */
const recordingMeter = (values: Map<string, number>): Meter => ({
  add: () => undefined,
  observe: () => undefined,
  set: (name, value, labels: Labels = {}) => void values.set([name, labels['context'], labels['table']].filter(Boolean).join(' '), value),
});

describe('the progress of a snapshot', () => {
  test('tells rows, estimate, tables and end, and goes on from where a restart found it', async () => {
    await using db = await createDatabase();
    await db.sql(tables);
    const before: TestRun = await startRun({ ...db.config, ...slow });
    await before.untilRecords(500);
    await before[Symbol.asyncDispose]();
    expect(before.snapshots[0]).toMatchObject({
      ...{ kind: 'initial', state: 'RUNNING', rows: 0, expectedRows: 1_000, percent: 0, etaSeconds: null },
      ...{ tables: 2, remainingTables: 2 },
    });
    await using run = await startRun({ ...db.config, ...slow }, { offset: before.offset });
    await run.step();
    expect(run.snapshots[0]).toMatchObject({ rows: before.records.length, expectedRows: 600, remainingTables: 1 });
    await run.untilSnapshotDone();
    expect(run.snapshots.at(-1)).toMatchObject({ state: 'COMPLETED', rows: 1_000, percent: 100, etaSeconds: 0, remainingTables: 0 });
  });

  test('estimates a table that was never analyzed', async () => {
    await using db = await createDatabase();
    await db.sql('CREATE TABLE a (id int PRIMARY KEY, note text) WITH (autovacuum_enabled = off)');
    await db.sql("INSERT INTO a SELECT n, repeat('x', 100) FROM generate_series(1, 20000) n; CREATE TABLE empty (id int PRIMARY KEY)");
    await using run = await startRun(db.config);
    await run.untilSnapshotDone();
    const expected = run.snapshots[0]?.expectedRows ?? 0;
    // The planner knows the size and guesses the width of a row.
    expect(expected).toBeGreaterThan(10_000);
    expect(expected).toBeLessThan(80_000);
  });

  test('has the names of Debezium in metrics', async () => {
    await using db = await createDatabase();
    await db.sql(tables);
    const values = new Map<string, number>();
    await using run = await startRun(db.config, { meter: recordingMeter(values) });
    await run.untilSnapshotDone();
    expect(Object.fromEntries(values)).toMatchObject({
      'debezium_metrics_RowsScanned snapshot public.a': 400,
      'debezium_metrics_RowsScanned snapshot public.b': 600,
      'debezium_metrics_TotalTableCount snapshot': 2,
      'debezium_metrics_RemainingTableCount snapshot': 0,
      'debezium_metrics_SnapshotRunning snapshot': 0,
      'debezium_metrics_SnapshotCompleted snapshot': 1,
    });
  });

  test('is told of incremental snapshots as well, paused and ended', async () => {
    await using db = await createDatabase();
    await db.sql(`${tables}; CREATE TABLE signals (id text PRIMARY KEY, type text, data text)`);
    const raw = { 'signal.data.collection': 'public.signals', 'snapshot.mode': 'no_data', 'incremental.snapshot.chunk.size': '100' };
    await using run = await startRun({ ...db.config, ...raw });
    const data = JSON.stringify({ 'data-collections': ['public.a', 'public.b'] });
    await db.sql(`INSERT INTO signals VALUES ('1', 'execute-snapshot', '${data}')`);
    await run.until(() => run.snapshots.length > 0);
    expect(run.snapshots[0]).toMatchObject({ kind: 'incremental', state: 'RUNNING', rows: 0, expectedRows: 1_000, tables: 2 });
    await db.sql("INSERT INTO signals VALUES ('2', 'pause-snapshot', '{}')");
    await run.until(() => run.snapshots.at(-1)?.state === 'PAUSED');
    await db.sql("INSERT INTO signals VALUES ('3', 'resume-snapshot', '{}')");
    await run.until(() => run.snapshots.at(-1)?.state === 'COMPLETED');
    expect(run.snapshots.at(-1)).toMatchObject({ rows: 1_000, percent: 100, tables: 2, remainingTables: 0 });
    await db.sql(`INSERT INTO signals VALUES ('4', 'execute-snapshot', '${data}'), ('5', 'stop-snapshot', '{}')`);
    await run.until(() => run.snapshots.at(-1)?.state === 'ABORTED');
  });
});
