import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { MemoryCoordinationStore } from '@headrace/ports/memory';
import { VirtualClock } from '@headrace/testkit';
import { TestCluster, type TestWorker } from '../../test/cluster/test-cluster.ts';
import { createKeyspace } from './store/keyspace.ts';
import { codecs } from './store/values.ts';

const { signal } = new AbortController();
const keys = createKeyspace('test');

describe('a cluster whose store does what real ones do', () => {
  let clock: VirtualClock;
  let store: MemoryCoordinationStore;
  let cluster: TestCluster;
  let workers: readonly TestWorker[];

  beforeEach(async () => {
    clock = new VirtualClock();
    store = new MemoryCoordinationStore(clock);
    cluster = new TestCluster({ clock, clusterId: 'test', leaseTtlMs: 6_000, rereadMs: 5_000 });
    workers = [cluster.start('w1:8083', store.connect()), cluster.start('w2:8083', store.connect())];
    await cluster.observer(store).createConnector({ name: 'a', config: { 'connector.class': 'counter', 'tasks.max': '4' } }, signal);
    await clock.until(() => cluster.running.length === 4);
  });

  afterEach(async () => {
    const stopping = Promise.all(cluster.workers.map((worker) => worker.stop()));
    await clock.advance(40_000);
    await stopping;
    for (const worker of cluster.workers) expect(worker.failure()).toBeUndefined();
  });

  const owner = (task: number) => {
    const entry = store.server.entries.get(keys.owner({ connector: 'a', task }));
    return entry === undefined ? undefined : { ...codecs.owner.decode(entry), modRevision: entry.modRevision };
  };

  const hostOf = (workerId: string | undefined) => workers.find((worker) => worker.workerId === workerId)?.host;

  test('I3: a worker whose lease is ended early stops its tasks as soon as it hears of it, not only at its next renewal', async () => {
    const { session = '', workerId } = owner(0) ?? {};
    // Just renewed: the next renewal would be two seconds away.
    await clock.advance(10);
    const before = hostOf(workerId)?.starts.length;
    store.server.revoke(session);
    const ms = await clock.until(
      () =>
        hostOf(workerId)
          ?.starts.slice(0, before)
          .every((start) => !start.isRunning) === true,
      3_000,
      5,
    );
    expect(ms).toBeLessThan(100);
    await clock.until(() => cluster.running.length === 4);
  });

  test('I3: a task whose owner key somebody removed is stopped, and taken again under a higher epoch', async () => {
    const { modRevision: former = 0n, workerId } = owner(1) ?? {};
    const first = hostOf(workerId)?.last('a', 1);
    await store.transact({ if: [], then: [{ delete: keys.owner({ connector: 'a', task: 1 }) }] }, signal);
    await clock.until(() => first?.isRunning === false);
    await clock.until(() => cluster.running.length === 4);
    expect(owner(1)?.modRevision).toBeGreaterThan(former);
  });

  test('I3: an owner key that an acquisition left whose answer was lost is dropped, though the task was assigned to another', async () => {
    const { session = '', workerId } = owner(2) ?? {};
    const other = workers.find((worker) => worker.workerId !== workerId)?.workerId ?? '';
    const assignment = keys.assignment({ connector: 'a', task: 2 });
    await store.transact({ if: [], then: [{ put: assignment, value: codecs.assignment.encode({ workerId: other }) }] }, signal);
    await clock.until(() => owner(2)?.workerId === other);
    const key = keys.owner({ connector: 'a', task: 2 });
    const value = codecs.owner.encode({ workerId: workerId ?? '', session });
    await store.transact({ if: [], then: [{ delete: key }] }, signal);
    await store.transact({ if: [], then: [{ put: key, value, leaseId: session }] }, signal);
    await clock.until(() => owner(2)?.session !== session && cluster.running.length === 4);
  });

  test('I3: an etcd restored from a backup gives out no used epoch: nothing starts until the incarnation is raised', async () => {
    const backup = store.server.backup();
    await cluster.observer(store).restartConnector('a', { includeTasks: true, onlyFailed: false }, signal);
    await clock.until(() => cluster.running.length === 4 && (owner(0)?.modRevision ?? 0n) > backup.revision);
    const used = cluster.starts.map(
      ({ spec }) => `${String(spec.id.task)}@${String(spec.epoch.incarnation)}.${String(spec.epoch.revision)}`,
    );
    store.server.restore(backup, clock.monotonic());
    await clock.until(() => cluster.running.length === 0, 30_000);
    await clock.advance(60_000);
    expect(cluster.running).toEqual([]);

    expect(await cluster.observer(store).reattach(signal)).toBe(2);
    await clock.until(() => cluster.running.length === 4);
    const later = cluster.starts.slice(used.length);
    expect(later.every(({ spec }) => spec.epoch.incarnation === 2)).toBe(true);
    expect(new Set([...used, ...later.map(({ spec }) => `${String(spec.id.task)}@2.${String(spec.epoch.revision)}`)]).size).toBe(
      8 + later.length,
    );
  });
});
