import { hasReaction } from '@headrace/foundation';
import { bankTransfers, orderEntry } from '@headrace/testkit';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { contentOf, everyTarget, type TargetDatabase } from './support/targets.ts';
import { createTask, type TestTask } from './support/tasks.ts';
import { recorded } from './support/workloads.ts';

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

  const workloads = [
    ['bank transfers', 300, () => bankTransfers(8)],
    ['order entry as in TPC-C', 250, () => orderEntry(4)],
  ] as const;
  const cases = workloads.flatMap(([name, transactions, create], index) =>
    ['1', '4'].map((parallel) => [name, parallel, { transactions, create, index }] as const),
  );

  test.each(cases)(
    '%s, %s at once: never show a reader a broken invariant while sessions are killed and owners change',
    async (_name, parallel, { transactions, create: createWorkload, index }) => {
      const connector = `w${String(index)}_${parallel}`;
      const nameOf = (table: string): string => `${connector}_${table}`;
      const workload = createWorkload();
      const { topics, snapshot, changes } = recorded(workload, transactions, nameOf);
      for (const statement of workload.ddl(nameOf)) await target.rows(statement);
      const config = { 'transaction.atomic': 'true', 'transaction.parallel': parallel, 'batch.size': '20' };
      let revision = 10n;
      const start = async (): Promise<TestTask> => {
        const task = createTask(target, { topics, connector, config, epoch: { incarnation: 1, revision } });
        await task.task.start(new AbortController().signal);
        return task;
      };
      let task = await start();
      await task.put(...snapshot);
      const watching = watch(workload.invariant(nameOf));
      let killing = Promise.resolve();
      for (let at = 0; at < changes.length; at += STEP) {
        const putting = rejection(task.task.put(changes.slice(0, at + STEP), new AbortController().signal));
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
      await task.put(...changes);
      expect(task.reported).toEqual([]);
      await task[Symbol.asyncDispose]();
      expect(await watching.end()).toEqual(new Set([JSON.stringify(workload.expected)]));
      for (const [table, rows] of workload.rows()) {
        const texts = rows.map((row) => Object.fromEntries(Object.entries(row).map(([column, value]) => [column, String(value)])));
        expect(await contentOf(target, nameOf(table), 'id')).toEqual(texts);
      }
    },
    120_000,
  );
});
