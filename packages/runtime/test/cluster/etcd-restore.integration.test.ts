import { expect, test } from '@jest/globals';
import { EtcdCoordinationStore } from '@headrace/coordination-etcd';
import { systemClock } from '@headrace/foundation';
import { OwnEtcd } from '@headrace/testkit';
import { TestCluster } from './test-cluster.ts';

const { signal } = new AbortController();

const until = async (condition: () => boolean | Promise<boolean>, limitMs: number): Promise<void> => {
  const from = systemClock.monotonic();
  for (;;) {
    const holds = await Promise.resolve()
      .then(condition)
      .catch(() => false);
    if (holds) return;
    if (systemClock.monotonic() - from > limitMs) throw new Error(`Nothing happened within ${String(limitMs)} ms.`);
    await systemClock.sleep(50, signal);
  }
};

const taskCount = 4;

test('I3: after a real etcd was restored from a backup nothing runs until the incarnation is raised, and no epoch is given out twice', async () => {
  await using etcd = await OwnEtcd.start();
  const connect = () => new EtcdCoordinationStore({ endpoints: etcd.endpoints, clock: systemClock, callTimeoutMs: 2_000 });
  const cluster = new TestCluster({ clock: systemClock, clusterId: 'restored', leaseTtlMs: 3_000, rereadMs: 2_000 });
  const stores = [connect(), connect(), connect()] as const;
  const workers = [cluster.start('w1:8083', stores[0]), cluster.start('w2:8083', stores[1])];
  const herder = cluster.observer(stores[2]);
  await herder.createConnector({ name: 'a', config: { 'connector.class': 'counter', 'tasks.max': String(taskCount) } }, signal);
  await until(() => cluster.running.length === taskCount, 15_000);
  await etcd.backUp();
  await until(() => cluster.running.length === taskCount, 15_000);

  // Epochs that the restored etcd knows nothing of.
  const startsBefore = cluster.starts.length;
  await herder.restartConnector('a', { includeTasks: true, onlyFailed: false }, signal);
  await until(() => cluster.starts.length === startsBefore + taskCount && cluster.running.length === taskCount, 15_000);
  await etcd.restore();
  await until(() => cluster.running.length === 0, 30_000);
  const startsWhenStopped = cluster.starts.length;
  // Longer than a lease: nobody takes anything by itself.
  await systemClock.sleep(5_000, signal);
  expect(cluster.running).toEqual([]);
  expect(cluster.starts).toHaveLength(startsWhenStopped);

  expect(await herder.reattach(signal)).toBe(2);
  await until(() => cluster.running.length === taskCount, 30_000);
  const epochs = cluster.starts.map(
    ({ spec: { epoch, id } }) => `${String(id.task)}: ${String(epoch.incarnation)}.${String(epoch.revision)}`,
  );
  expect(new Set(epochs).size).toBe(epochs.length);
  expect(cluster.starts.slice(startsWhenStopped).every(({ spec }) => spec.epoch.incarnation === 2)).toBe(true);

  await Promise.all(workers.map((worker) => worker.stop()));
  for (const worker of workers) expect(worker.failure()).toBeUndefined();
  for (const store of stores) await store[Symbol.asyncDispose]();
}, 180_000);
