import { expect, test } from '@jest/globals';
import { MemoryCoordinationStore } from '@headrace/ports/memory';
import { VirtualClock } from '@headrace/testkit';
import { TestCluster, type TestWorker } from '../../test/cluster/test-cluster.ts';

const { signal } = new AbortController();
const workerCount = 20;
const connectorCount = 40;
const tasksPerConnector = 50;
const taskCount = connectorCount * tasksPerConnector;
const leaseTtlMs = 5_000;

test('2,000 tasks settle on 20 workers within 2 s, and a dead worker moves only its own', async () => {
  const clock = new VirtualClock();
  const store = new MemoryCoordinationStore(clock);
  const cluster = new TestCluster({ clock, clusterId: 'large', leaseTtlMs });
  const clients = Array.from({ length: workerCount }, () => store.connect());
  const workers = clients.map((client, index) => cluster.start(`w${String(index)}:8083`, client));
  const [first] = workers;
  await clock.until(async () => (await first?.herder.cluster(signal))?.members.length === workerCount);

  for (let index = 0; index < connectorCount; index += 1) {
    await first?.herder.createConnector(
      { name: `c${String(index)}`, config: { 'connector.class': 'counter', 'tasks.max': String(tasksPerConnector) } },
      signal,
    );
  }
  const settledMs = await clock.until(() => cluster.running.length === taskCount, 10_000);
  expect(settledMs).toBeLessThanOrEqual(2_000);
  const counts = workers.map(({ host }) => host.running.length);
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);

  const startsBefore = cluster.starts.length;
  const [dead] = workers.splice(7, 1);
  const had = dead?.host.running.length ?? 0;
  const [client] = clients.splice(7, 1);
  if (client !== undefined) client.isReachable = false;
  const running = (some: readonly TestWorker[]): number => some.reduce((sum, { host }) => sum + host.running.length, 0);
  const takenOverMs = await clock.until(() => running(workers) === taskCount, 20_000);
  expect(takenOverMs).toBeLessThanOrEqual(leaseTtlMs + 2_000);
  expect(cluster.starts.length - startsBefore).toBe(had);

  if (client !== undefined) client.isReachable = true;
  const stopping = Promise.all(cluster.workers.map((worker) => worker.stop()));
  await clock.advance(40_000);
  await stopping;
});
