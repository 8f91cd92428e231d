import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { SequenceCheck } from '../chaos/sequence-check.ts';
import { shortLease, startWorkers, stopWorkers, type WorkerProcess } from '../support/cluster.ts';
import { Ledger } from '../support/ledger.ts';
import { isComplete } from '../support/ledger-oracle.ts';
import { hasFallen } from '../support/process-state.ts';
import { postgresSource, Product } from '../support/product.ts';
import { Rest } from '../support/rest.ts';
import type { TopicReader } from '../support/topic-reader.ts';
import { until } from '../support/wait.ts';

const points = [
  'take-over.owner-written',
  'take-over.before-producer',
  'take-over.after-producer',
  'take-over.before-markers',
  'take-over.after-markers',
  'take-over.started',
] as const;

const everywhere = points.map((point) => `${point}=yes`).join(',');

/** One connector of a worker that freezes, with the worker that falls when it takes its task over. */
interface Flow {
  readonly point: (typeof points)[number];
  readonly connector: string;
  readonly doomed: WorkerProcess;
  readonly check: SequenceCheck;
  readonly reader: TopicReader;
  /** Ends the changes; resolves when the topic has the end of every key. */
  readonly complete: () => Promise<void>;
}

/**
 * One worker has a connector for each point and freezes. Each of its connectors may go to a worker of its own (by label), which
 * falls at that point, and then to the third worker, which has every label. The crash points are listed, with what they mean, in
 * `packages/foundation/src/lifecycle/crash-point.ts`.
 */
describe('I2, I3, I4: two owners fall one after the other', () => {
  let product: Product;
  let live: readonly WorkerProcess[] = [];
  const ledgers: Ledger[] = [];

  beforeAll(async () => {
    product = await Product.start(1);
  });

  // Also those of a test that has failed: they would go on in the next file.
  afterEach(() => {
    for (const ledger of ledgers.splice(0)) ledger.stop();
  });

  afterAll(async () => {
    await stopWorkers();
    await startWorkers(1);
    await product[Symbol.asyncDispose]();
  });

  const restOf = ({ rest }: WorkerProcess): Rest => new Rest(() => [rest]);

  /** So many more workers, with these settings. */
  const started = async (count: number, environment: Readonly<Record<string, string>>): Promise<readonly WorkerProcess[]> => {
    const before = new Set(live.map(({ pid }) => pid));
    live = await startWorkers(live.length + count, { environment: { ...shortLease, ...environment } });
    return live.filter(({ pid }) => !before.has(pid));
  };

  const one = async (environment: Readonly<Record<string, string>>): Promise<WorkerProcess> => {
    const [worker] = await started(1, environment);
    if (worker === undefined) throw new Error('No worker was started.');
    return worker;
  };

  const drain = async (method: 'PUT' | 'DELETE', by: WorkerProcess, workers: readonly WorkerProcess[]): Promise<void> => {
    for (const { id } of workers) {
      const { status } = await restOf(by).call(method, `/cluster/workers/${encodeURIComponent(id)}/drain`);
      expect(status).toBe(method === 'PUT' ? 202 : 204);
    }
  };

  /** Runs on the worker `first`, the only one that is not drained. */
  const flowOf = async (point: Flow['point'], doomed: WorkerProcess, first: WorkerProcess, mayRepeat: boolean): Promise<Flow> => {
    const { name: connector, database } = await product.postgres('points');
    const ledger = new Ledger(database, 'public.ledger', 20);
    ledgers.push(ledger);
    await ledger.create(20);
    await restOf(first).create(connector, postgresSource(database.url, connector, { 'headrace.placement': `${point}=yes` }));
    const check = new SequenceCheck(mayRepeat);
    const reader = await product.reader([`${connector}.public.ledger`], (event) => check.see(event));
    const writing = ledger.run();
    const complete = async (): Promise<void> => {
      ledger.stop();
      await writing;
      const hasAll = (): Promise<boolean> => Promise.resolve(isComplete(ledger.histories, reader.events));
      await until(`the topic of ${point} has the end of every key`, hasAll, { withinMs: 60_000 });
    };
    return { point, connector, doomed, check, reader, complete };
  };

  const go = async (what: string, flows: readonly Flow[]): Promise<void> => {
    const goals = new Map(flows.map(({ point, reader }) => [point, reader.events.length + 50]));
    for (const { point, reader } of flows) {
      await until(`${what}: ${point}`, () => Promise.resolve(reader.events.length > (goals.get(point) ?? 0)), { withinMs: 60_000 });
    }
  };

  const runOn = async (worker: WorkerProcess, flows: readonly Flow[]): Promise<void> => {
    for (const { point, connector } of flows) {
      const { tasks } = await restOf(worker).running(connector);
      expect([point, tasks[0]?.worker_id]).toEqual([point, worker.id]);
    }
  };

  test.each([
    { how: 'dies', signal: 'SIGKILL', exactlyOnce: 'enabled', at: points },
    { how: 'freezes', signal: 'SIGSTOP', exactlyOnce: 'enabled', at: points },
    // Plain batches: what a frozen owner sends later is refused by the marks of its successor alone.
    { how: 'freezes', signal: 'SIGSTOP', exactlyOnce: 'disabled', at: ['take-over.before-markers', 'take-over.after-markers'] },
  ] as const)(
    'one is frozen, the next $how at each of $at.length steps (exactly once $exactlyOnce), a third one loses, doubles and reorders nothing',
    async ({ signal, exactlyOnce, at }) => {
      await stopWorkers();
      live = [];
      const environment = { HEADRACE_EXACTLY_ONCE_SOURCE_SUPPORT: exactlyOnce };
      const first = await one({ ...environment, HEADRACE_WORKER_LABELS: everywhere });
      await restOf(first).deleteAll();
      const third = await one({ ...environment, HEADRACE_WORKER_LABELS: everywhere });
      const doomed = new Map<Flow['point'], WorkerProcess>();
      for (const point of at) {
        const settings = { CRASH_POINT: `${point}:1:${signal}`, HEADRACE_WORKER_LABELS: `${point}=yes` };
        doomed.set(point, await one({ ...environment, ...settings }));
      }
      await drain('PUT', first, [third, ...doomed.values()]);
      const flows = await Promise.all([...doomed].map(([point, worker]) => flowOf(point, worker, first, exactlyOnce === 'disabled')));
      await runOn(first, flows);
      await go('changes flow', flows);

      process.kill(first.pid, 'SIGSTOP');
      await drain('DELETE', third, [...doomed.values()]);
      // Where the first froze inside a transaction, flows whose positions share its partition of the offsets topic wait until the
      // broker ends that after a minute.
      for (const { point, doomed: second } of flows)
        await until(`the second has fallen at ${point}`, () => hasFallen(second.pid), { withinMs: 100_000 });
      await drain('DELETE', third, [third]);
      await runOn(third, flows);
      await go('the third goes on', flows);
      const repeats = flows.map(({ point, check }) => [point, check.repeats]);
      process.kill(first.pid, 'SIGCONT');
      if (signal === 'SIGSTOP') for (const { pid } of doomed.values()) process.kill(pid, 'SIGCONT');
      await go('the third goes on after they are back', flows);

      await Promise.all(flows.map(({ complete }) => complete()));
      expect(flows.flatMap(({ check }) => check.violations)).toEqual([]);
      // Where a take-over may repeat records, what comes again after it would be a stale owner's.
      expect(flows.map(({ point, check }) => [point, check.repeats])).toEqual(repeats);
    },
  );
});
