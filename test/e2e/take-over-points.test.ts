import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SequenceCheck } from '../chaos/sequence-check.ts';
import { liveWorkers, startWorkers, stopWorkers, type WorkerProcess } from '../support/cluster.ts';
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

const cases = [
  ...points.flatMap((point) => [`${point}:1`, `${point}:1:SIGSTOP`]).map((point) => [point, 'enabled'] as const),
  // Plain batches: what a frozen owner sends later is refused by the marks of its successor alone.
  ...(['take-over.before-markers:1:SIGSTOP', 'take-over.after-markers:1:SIGSTOP'] as const).map((point) => [point, 'disabled'] as const),
];

const lease = { HEADRACE_LEASE_TTL_MS: '2000' };

/** The crash points are listed, with what they mean, in `packages/foundation/src/lifecycle/crash-point.ts`. */
describe('I2, I3, I4: two owners fall one after the other', () => {
  let product: Product;

  beforeAll(async () => {
    product = await Product.start(1);
  });

  afterAll(async () => {
    await stopWorkers();
    await startWorkers(1);
    await product[Symbol.asyncDispose]();
  });

  const kill = ({ pid }: WorkerProcess): void => {
    process.kill(pid, 'SIGCONT');
    process.kill(pid, 'SIGKILL');
  };

  const started = async (count: number, environment: Readonly<Record<string, string>>): Promise<WorkerProcess> => {
    const before = new Set((await liveWorkers()).map(({ pid }) => pid));
    const worker = (await startWorkers(count, { environment: { ...lease, ...environment } })).find(({ pid }) => !before.has(pid));
    if (worker === undefined) throw new Error('No worker was started.');
    return worker;
  };

  const more = async (what: string, { events }: TopicReader): Promise<void> => {
    const before = events.length;
    await until(what, () => Promise.resolve(events.length > before + 200), { withinMs: 60_000 });
  };

  const restOf = ({ rest }: WorkerProcess): Rest => new Rest(() => [rest]);

  test.each(cases)(
    'one is frozen, the next falls at %s (exactly once %s), a third one loses, doubles and reorders nothing',
    async (point, support) => {
      const environment = { HEADRACE_EXACTLY_ONCE_SOURCE_SUPPORT: support };
      for (const worker of await liveWorkers()) kill(worker);
      const doomed = await started(1, { ...environment, CRASH_POINT: point });
      const drain = `/cluster/workers/${encodeURIComponent(doomed.id)}/drain`;
      await restOf(doomed).deleteAll();
      expect(await restOf(doomed).call('PUT', drain)).toMatchObject({ status: 202 });
      const first = await started(2, environment);

      const { name, database } = await product.postgres('points');
      const ledger = new Ledger(database, 'public.ledger', 5);
      await ledger.create(40);
      await restOf(first).create(name, postgresSource(database.url, name));
      expect((await restOf(first).running(name)).tasks[0]?.worker_id).toBe(first.id);
      const check = new SequenceCheck(support === 'disabled');
      const reader = await product.reader([`${name}.public.ledger`], (event) => check.see(event));
      const writing = ledger.run();
      await until('changes flow', () => Promise.resolve(reader.events.length > 100), { withinMs: 60_000 });

      expect(await restOf(doomed).call('DELETE', drain)).toMatchObject({ status: 204 });
      process.kill(first.pid, 'SIGSTOP');
      await until('the second has fallen', () => hasFallen(doomed.pid), { withinMs: 60_000 });
      const third = await started(point.endsWith('SIGSTOP') ? 3 : 2, environment);
      const { tasks } = await restOf(third).running(name);
      expect(tasks[0]?.worker_id).toBe(third.id);
      await more('the third goes on', reader);
      const repeats = check.repeats;
      process.kill(first.pid, 'SIGCONT');
      if (point.endsWith('SIGSTOP')) process.kill(doomed.pid, 'SIGCONT');
      await more('the third goes on after they are back', reader);

      ledger.stop();
      await writing;
      await until('the topic has the end of every key', () => Promise.resolve(isComplete(ledger.histories, reader.events)), {
        withinMs: 60_000,
      });
      expect(check.violations).toEqual([]);
      // Where a take-over may repeat records, what comes again after it would be a stale owner's.
      expect(check.repeats).toBe(repeats);
      await restOf(third).call('DELETE', `/connectors/${name}`);
    },
  );
});
