import { describe, expect, test } from '@jest/globals';
import type { JsonMap } from '@headrace/connector-api';
import type { RawConfig } from '@headrace/foundation';
import { createDatabase, startRun, type TestRun } from './harness.ts';
import { Oracle, tableRows } from './oracle.ts';
import { createTables, randomOf, underLoad } from './workload.ts';

/** Steps until the sentinel row is stored; crashes at random, with the last batches not stored. */
class CrashingRun {
  readonly oracle = new Oracle();
  readonly #raw: RawConfig;
  readonly #random: (below: number) => number;
  #offset: JsonMap | null = null;
  crashes = 0;
  crashesInSnapshot = 0;
  #isAtSentinel = false;

  constructor(raw: RawConfig, seed: number) {
    this.#raw = raw;
    this.#random = randomOf(seed);
  }

  /** The last row is stored, and the snapshot is complete. */
  get isDone(): boolean {
    return this.#isAtSentinel && this.#offset?.['snapshot_completed'] !== false;
  }

  /** One life: some polls, then the end, with or without the last batches stored and acknowledged. */
  async live(): Promise<void> {
    const run = await startRun(this.#raw, { offset: this.#offset });
    try {
      const polls = 1 + this.#random(25);
      const unstored = this.#random(3);
      for (let poll = 0; poll < polls; poll += 1) if ((await run.step()) === null && run.batches.length > 0) break;
      const stored = run.batches.slice(0, Math.max(0, run.batches.length - unstored));
      for (const batch of stored) {
        this.oracle.apply(batch.records);
        this.#offset = batch.positions.at(-1)?.offset ?? this.#offset;
        this.#isAtSentinel ||= batch.records.some((record) => record.topic.endsWith('.sentinel'));
        const position = batch.positions.at(-1);
        if (this.#random(2) === 0 && position !== undefined) run.task.acknowledge(position);
      }
      this.crashes += 1;
      if (this.#offset !== null && this.#offset['snapshot_completed'] === false) this.crashesInSnapshot += 1;
    } finally {
      await run[Symbol.asyncDispose]();
    }
  }
}

/** Offset after the snapshot of empty tables. */
const emptySnapshot = async (raw: RawConfig): Promise<JsonMap | null> => {
  await using run = await startRun(raw);
  await run.untilSnapshotDone();
  return run.offset;
};

describe('restart', () => {
  test.each([
    [1, '1'],
    [2, '1'],
    [3, '3'],
  ])(
    'I4, I6, I7: a task that dies anywhere, snapshot included, loses and repeats nothing that was stored (seed %d, threads %s)',
    async (seed, threads) => {
      await using db = await createDatabase();
      await db.sql('CREATE SEQUENCE versions START 10; CREATE TABLE sentinel (id int PRIMARY KEY, part int, version int)');
      await createTables(db, 1_000);
      const run = new CrashingRun(
        {
          ...db.config,
          'max.batch.size': '23',
          'snapshot.fetch.size': '64',
          'snapshot.max.threads': threads,
          'status.update.interval.ms': '100',
        },
        seed,
      );
      await underLoad(db, seed, async () => {
        for (let life = 0; life < 15; life += 1) await run.live();
      });
      await db.sql('INSERT INTO sentinel VALUES (1, 1, 1)');
      while (!run.isDone) await run.live();
      expect(run.oracle.violations).toEqual([]);
      expect(run.oracle.rows('d.public.a')).toEqual(await tableRows(db, 'a'));
      expect(run.oracle.rows('d.public.b')).toEqual(await tableRows(db, 'b'));
      expect(run.crashesInSnapshot).toBeGreaterThan(0);
    },
  );

  test('rows that share one place in the log stay together over a restart', async () => {
    await using db = await createDatabase();
    await db.sql('CREATE TABLE t (id int PRIMARY KEY)');
    const raw = { ...db.config, 'max.batch.size': '10' };
    let offset: JsonMap | null = await emptySnapshot(raw);
    await db.sql("COPY t FROM PROGRAM 'seq 1 2000'");
    const ids: unknown[] = [];
    while (ids.length < 2_000) {
      await using run: TestRun = await startRun(raw, { offset });
      while (run.records.length === 0) await run.step();
      ids.push(...run.records.map((record) => (record.key as { values: unknown[] }).values[0]));
      offset = run.offset;
    }
    expect(ids).toEqual(Array.from({ length: 2_000 }, (_, index) => index + 1));
  });
});
