import { expect, test } from '@jest/globals';
import type { JsonMap } from '@headrace/connector-api';
import { CaptureRun, changesOf, type Change, type TestServer } from './capture-run.ts';
import { createDatabase } from './test-database.ts';
import { actual, backwards, replay } from './table-oracle.ts';

/** A snapshot that is interrupted again and again, under writes, on either family of servers. */
export const checkSnapshotRestart = (server: TestServer): void => {
  test.each(['1', '3'])(
    'loses no delete of a row that was read before, lets no key go backwards and reads finished pieces once (connections: %s)',
    async (threads) => {
      await using db = await createDatabase(server);
      await db.sql('CREATE TABLE a (id INT PRIMARY KEY, v BIGINT)', 'CREATE TABLE b (id INT PRIMARY KEY, v BIGINT)');
      for (const table of ['a', 'b']) {
        const values = Array.from({ length: 1_000 }, (_, id) => `(${String(id)}, 0)`);
        await db.sql(`INSERT INTO ${table} VALUES ${values.join(', ')}`);
      }
      const changes: Change[] = [];
      let offset: JsonMap | null = null;
      let runs = 0;
      const more = { 'snapshot.fetch.size': '90', 'max.batch.size': '60', 'snapshot.max.threads': threads };
      for (let isDone = false; !isDone; runs += 1) {
        await using run = await CaptureRun.start(server.connector, db.config(more), offset);
        for (let poll = 0; poll < 6 && !isDone; poll += 1) {
          await run.poll();
          isDone = run.offset?.['snapshot'] === undefined;
        }
        changes.push(...changesOf(run.records));
        offset = run.offset;
        const version = String(runs + 1);
        await db.sql(
          `DELETE FROM a WHERE id % 97 = ${version}`,
          `UPDATE a SET v = ${version} WHERE id % 50 = 3`,
          `UPDATE b SET v = ${version} WHERE id % 40 = 1`,
          `INSERT INTO b VALUES (${String(2_000 + runs)}, ${version})`,
        );
      }
      await db.sql('INSERT INTO b VALUES (9999, 1)');
      await using last = await CaptureRun.start(server.connector, db.config(more), offset);
      await last.until(() => changesOf(last.records).some((change) => change.key?.['id'] === 9_999));
      changes.push(...changesOf(last.records));
      expect(runs).toBeGreaterThan(4);
      for (const table of ['a', 'b']) expect(replay(changes, table)).toEqual(await actual(db, table));
      expect(backwards(changes)).toEqual([]);
      const reads = changes.filter((change) => change.op === 'r').length;
      expect(reads).toBeLessThan(2_000 + runs * 90 * Number(threads));
    },
  );

  test('tells rows, estimate and tables of all runs together', async () => {
    await using db = await createDatabase(server);
    await db.sql('CREATE TABLE a (id INT PRIMARY KEY)', 'CREATE TABLE b (id INT PRIMARY KEY)');
    for (const table of ['a', 'b']) {
      const values = Array.from({ length: 400 }, (_, id) => `(${String(id)})`);
      await db.sql(`INSERT INTO ${table} VALUES ${values.join(', ')}`);
    }
    await db.sql('ANALYZE TABLE a, b');
    const config = db.config({ 'snapshot.fetch.size': '50', 'max.batch.size': '50' });
    await using first = await CaptureRun.start(server.connector, config);
    await first.until(() => first.records.length > 450);
    const told = first.records.length;
    expect(first.snapshots[0]).toMatchObject({ kind: 'initial', state: 'RUNNING', rows: 0, tables: 2, remainingTables: 2 });
    await using second = await CaptureRun.start(server.connector, config, first.offset);
    expect(second.snapshots[0]).toMatchObject({ state: 'RUNNING', rows: told, tables: 2, remainingTables: 1 });
    // The server's estimates are no counts.
    expect(second.snapshots[0]?.expectedRows).toBeGreaterThan(400);
    await second.untilSnapshotDone();
    expect(second.snapshots.at(-1)).toMatchObject({ state: 'COMPLETED', percent: 100, etaSeconds: 0, remainingTables: 0 });
    expect(second.snapshots.at(-1)?.rows).toBeGreaterThanOrEqual(800);
  });
};
