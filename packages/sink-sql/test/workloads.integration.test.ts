import { hasReaction } from '@headrace/foundation';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { contentOf, everyTarget, type TargetDatabase } from './support/targets.ts';
import { createTask, type TestTask } from './support/tasks.ts';
import { bankTransfers, orderEntry, type Workload } from './support/workloads.ts';

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

/** Records of one put. */
const STEP = 41;

describe.each(everyTarget)('whole source transactions in %s', (_, create) => {
  let target: TargetDatabase;
  beforeAll(async () => {
    target = await create();
  });
  afterAll(() => target.drop());

  /** Every session that the position table names ends: the task's own and those of its lanes. */
  const endSessions = async (connector: string): Promise<void> => {
    const rows = await target.rows(`SELECT DISTINCT session_token FROM headrace_positions WHERE connector = '${connector}'`);
    for (const row of rows) if (row['session_token'] !== '') await target.endSession(row['session_token'] ?? '');
  };

  /** Reads the invariant again and again; resolves with every state that was seen. */
  const watch = (sql: string): { readonly end: () => Promise<ReadonlySet<string>> } => {
    const over = new AbortController();
    const seen = new Set<string>();
    const reading = (async () => {
      while (!over.signal.aborted) seen.add(JSON.stringify((await target.rows(sql))[0]));
    })();
    return {
      end: async () => {
        over.abort();
        await reading;
        return seen;
      },
    };
  };

  const workloads: readonly (readonly [string, (prefix: string) => Workload])[] = [
    ['bank transfers', (prefix) => bankTransfers(prefix, 8, 300)],
    ['order entry as in TPC-C', (prefix) => orderEntry(prefix, 4, 250)],
  ];
  const cases = workloads.flatMap(([name, make], index) => ['1', '4'].map((parallel) => [name, parallel, make, index] as const));

  test.each(cases)(
    '%s, %s at once: never show a reader a broken invariant while sessions are killed and owners change',
    async (_name, parallel, make, index) => {
      const connector = `w${String(index)}_${parallel}`;
      const workload = make(connector);
      for (const statement of workload.ddl) await target.rows(statement);
      const config = { 'transaction.atomic': 'true', 'transaction.parallel': parallel, 'batch.size': '20' };
      let revision = 10n;
      const start = async (): Promise<TestTask> => {
        const task = createTask(target, { topics: workload.topics, connector, config, epoch: { incarnation: 1, revision } });
        await task.task.start(new AbortController().signal);
        return task;
      };
      let task = await start();
      await task.put(...workload.snapshot);
      const watching = watch(workload.invariant);
      let killing = Promise.resolve();
      for (let at = 0; at < workload.changes.length; at += STEP) {
        const putting = rejection(task.task.put(workload.changes.slice(0, at + STEP), new AbortController().signal));
        if ((at / STEP) % 3 === 1) killing = endSessions(connector);
        const error = await putting;
        await killing;
        expect(error === undefined || hasReaction(error, 'retry')).toBe(true);
        if ((at / STEP) % 5 !== 4) continue;
        // The new owner does not wait for what the old one has under way.
        const former = task;
        revision += 1n;
        task = await start();
        await former[Symbol.asyncDispose]();
      }
      await task.put(...workload.changes);
      expect(task.reported).toEqual([]);
      await task[Symbol.asyncDispose]();
      expect(await watching.end()).toEqual(new Set([JSON.stringify(workload.expected)]));
      for (const [table, rows] of workload.tables) {
        const texts = rows.map((row) => Object.fromEntries(Object.entries(row).map(([column, value]) => [column, String(value)])));
        expect(await contentOf(target, table, 'id')).toEqual(texts);
      }
    },
    120_000,
  );
});
