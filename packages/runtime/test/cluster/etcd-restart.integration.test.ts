import { describe, expect, test } from '@jest/globals';
import { EtcdCoordinationStore } from '@headrace/coordination-etcd';
import { systemClock } from '@headrace/foundation';
import { OwnEtcd, OwnServers } from '@headrace/testkit';
import { TestCluster } from './test-cluster.ts';

const { signal } = new AbortController();

const until = async (condition: () => boolean | Promise<boolean>, limitMs: number): Promise<number> => {
  const from = systemClock.monotonic();
  for (;;) {
    const holds = await Promise.resolve()
      .then(condition)
      .catch(() => false);
    if (holds) return systemClock.monotonic() - from;
    if (systemClock.monotonic() - from > limitMs) throw new Error(`Nothing happened within ${String(limitMs)} ms.`);
    await systemClock.sleep(50, signal);
  }
};

describe('a cluster of workers whose etcd is killed', () => {
  test('keeps its tasks running, shorter or longer than a lease, and takes new work as soon as etcd is back', async () => {
    await using servers = await OwnServers.start(['etcd']);
    const connect = () =>
      new EtcdCoordinationStore({ endpoints: servers.variable('ETCD_ENDPOINTS').split(','), clock: systemClock, callTimeoutMs: 2_000 });
    const cluster = new TestCluster({ clock: systemClock, clusterId: 'restart', leaseTtlMs: 3_000 });
    const stores = [connect(), connect(), connect()] as const;
    const workers = stores.map((store, index) => cluster.start(`w${String(index)}:8083`, store));
    const { herder } = workers[0] ?? {};
    if (herder === undefined) throw new Error('There is no worker.');
    await until(async () => (await herder.cluster(signal)).members.length === 3, 10_000);
    await herder.createConnector({ name: 'a', config: { 'connector.class': 'counter', 'tasks.max': '6' } }, signal);
    const isRunning = async (name: string): Promise<boolean> => {
      const { connector, tasks } = await herder.status(name, signal);
      return connector.state === 'RUNNING' && tasks.length === 6 && tasks.every((task) => task.state === 'RUNNING');
    };
    await until(() => isRunning('a'), 10_000);
    const startCount = (): number => workers.reduce((sum, worker) => sum + worker.host.starts.length, 0);

    for (const awayMs of [0, 6_000]) {
      await servers.kill('etcd');
      await systemClock.sleep(awayMs, signal);
      expect(cluster.running).toHaveLength(6);
      await servers.restart('etcd');
      await until(() => isRunning('a'), 10_000);
    }
    // Leases of a restarted etcd begin anew: nobody lost anything, nothing was started twice.
    expect(startCount()).toBe(6);

    await herder.createConnector({ name: 'b', config: { 'connector.class': 'counter', 'tasks.max': '6' } }, signal);
    await until(() => isRunning('b'), 10_000);
    expect((await herder.connectorNames(signal)).toSorted()).toEqual(['a', 'b']);
    await Promise.all(workers.map((worker) => worker.stop()));
    for (const worker of workers) expect(worker.failure()).toBeUndefined();
    for (const store of stores) await store[Symbol.asyncDispose]();
  }, 120_000);
});

/**
 * Stalls of whole members, for what a slow disk does cannot be had by itself: etcd calls the kernel without a library in between that
 * could be put in another's place. A member that waits for its log to be synced neither sends heartbeats nor answers either.
 */
describe('a cluster of workers whose etcd stalls again and again', () => {
  const stallMs = 700;
  const runMs = 250;

  test('moves no task, whoever leads etcd, and takes new work meanwhile', async () => {
    await using etcd = await OwnEtcd.start(3);
    const connect = () => new EtcdCoordinationStore({ endpoints: etcd.endpoints, clock: systemClock, callTimeoutMs: 2_000 });
    const cluster = new TestCluster({ clock: systemClock, clusterId: 'stalling', leaseTtlMs: 5_000 });
    const stores = [connect(), connect(), connect()] as const;
    const workers = stores.map((store, index) => cluster.start(`w${String(index)}:8083`, store));
    const { herder } = workers[0] ?? {};
    if (herder === undefined) throw new Error('There is no worker.');
    await until(async () => (await herder.cluster(signal)).members.length === 3, 10_000);
    const create = (name: string): Promise<unknown> =>
      herder.createConnector({ name, config: { 'connector.class': 'counter', 'tasks.max': '6' } }, signal);
    await create('a');
    await until(() => cluster.running.length === 6, 10_000);

    const leaders = new Set<number>();
    const stall = async (ms: number): Promise<void> => {
      const leader = await etcd.leader().catch(() => 0);
      leaders.add(leader);
      await etcd.freeze(leader);
      await systemClock.sleep(ms, signal);
      await etcd.thaw(leader);
      await systemClock.sleep(runMs, signal);
    };
    // The second time long enough for the other members to elect a leader of their own.
    for (const ms of [stallMs, 3_500]) {
      await stall(ms);
      for (let turn = 0; turn < 4; turn += 1) await stall(stallMs);
      expect(cluster.starts).toHaveLength(6);
    }
    expect(leaders.size).toBeGreaterThan(1);
    const creating = until(() => create('b').then(() => true), 20_000);
    for (let turn = 0; turn < 5; turn += 1) await stall(stallMs);
    await creating;
    await until(() => cluster.running.length === 12, 10_000);
    expect(cluster.starts).toHaveLength(12);
    expect((await herder.cluster(signal)).members).toHaveLength(3);

    await Promise.all(workers.map((worker) => worker.stop()));
    for (const worker of workers) expect(worker.failure()).toBeUndefined();
    for (const store of stores) await store[Symbol.asyncDispose]();
  }, 120_000);
});
