import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { MemoryCoordinationStore } from '@headrace/ports/memory';
import { VirtualClock } from '@headrace/testkit';
import { TestCluster, type TestWorker } from '../../../test/cluster/test-cluster.ts';
import { createKeyspace } from '../store/keyspace.ts';
import { LOAD_UNIT } from './load-step.ts';

const { signal } = new AbortController();
const keys = createKeyspace('test');
const task = { connector: 'a', task: 0 };
const loadIntervalMs = 10_000;

describe('what tasks move', () => {
  let clock: VirtualClock;
  let store: MemoryCoordinationStore;
  let cluster: TestCluster;
  let clients: Map<string, MemoryCoordinationStore>;

  beforeEach(() => {
    clock = new VirtualClock();
    store = new MemoryCoordinationStore(clock);
    cluster = new TestCluster({ clock, clusterId: 'test', leaseTtlMs: 5_000, loadIntervalMs });
    clients = new Map();
  });

  afterEach(async () => {
    for (const client of clients.values()) client.isReachable = true;
    const stopping = Promise.all(cluster.workers.map((worker) => worker.stop()));
    await clock.advance(40_000);
    await stopping;
  });

  const start = (workerId: string): TestWorker => {
    const client = store.connect();
    clients.set(workerId, client);
    return cluster.start(workerId, client);
  };

  const startTask = async (config: Readonly<Record<string, string>> = {}): Promise<readonly [TestWorker, TestWorker]> => {
    const workers = [start('w1:8083'), start('w2:8083')] as const;
    await clock.until(async () => (await workers[0].herder.cluster(signal)).members.length === 2);
    await workers[0].herder.createConnector({ name: 'a', config: { 'connector.class': 'counter', 'tasks.max': '1', ...config } }, signal);
    await clock.until(() => cluster.running.length === 1);
    return workers;
  };

  const ownerOf = async (worker: TestWorker) => (await worker.herder.cluster(signal)).owners.find((owner) => owner.task === 0);

  /** The task moves so much each second, as seen by whoever runs it. */
  const move = async (mib: number, seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second += 1) {
      const runner = cluster.workers.find(({ host }) => host.running.includes('a-0'));
      runner?.host.last('a', 0).events.moved(mib * LOAD_UNIT);
      await clock.advance(1_000);
    }
  };

  test('is published when it has lasted, in steps, and weighs what it says', async () => {
    const [w1] = await startTask();
    await move(20, 1);
    await clock.advance(3 * loadIntervalMs);
    expect(await ownerOf(w1)).toMatchObject({ weight: 1, bytesPerSecond: 0 });
    await move(20, 200);
    expect(await ownerOf(w1)).toMatchObject({ weight: 17, bytesPerSecond: 16 * LOAD_UNIT });
    await clock.advance(30 * loadIntervalMs);
    expect(await ownerOf(w1)).toMatchObject({ weight: 1, bytesPerSecond: 0 });
  });

  test('counts for nothing where a weight is configured, and is told all the same', async () => {
    const [w1] = await startTask({ 'headrace.task.weight': '3' });
    await move(20, 200);
    expect(await ownerOf(w1)).toMatchObject({ weight: 3, bytesPerSecond: 16 * LOAD_UNIT });
  });

  test('is written a few times while it settles, and never again while it swings', async () => {
    await startTask();
    await move(20, 200);
    const written = (await store.get(keys.load(task), signal))?.modRevision;
    for (let round = 0; round < 20; round += 1) await move(round % 2 === 0 ? 8 : 30, 10);
    expect((await store.get(keys.load(task), signal))?.modRevision).toBe(written);
  });

  test('outlives its owner: whoever takes the task over goes on from there, and a connector that is deleted takes it along', async () => {
    const [w1, w2] = await startTask();
    await move(20, 200);
    const [lost, other] = w1.host.running.includes('a-0') ? [w1, w2] : [w2, w1];
    const client = clients.get(lost.workerId);
    if (client !== undefined) client.isReachable = false;
    await clock.until(() => other.host.running.includes('a-0'), 10_000);
    expect(await ownerOf(other)).toMatchObject({ workerId: other.workerId, bytesPerSecond: 16 * LOAD_UNIT });
    await move(20, 20);
    expect(await ownerOf(other)).toMatchObject({ bytesPerSecond: 16 * LOAD_UNIT });
    // The former owner comes back with its own idea of the load: nobody asks for it.
    lost.host.last('a', 0).events.moved(500 * LOAD_UNIT);
    if (client !== undefined) client.isReachable = true;
    await move(20, 30);
    expect(await ownerOf(other)).toMatchObject({ bytesPerSecond: 16 * LOAD_UNIT });
    await other.herder.deleteConnector('a', signal);
    expect(await store.get(keys.load(task), signal)).toBeNull();
  });

  test('of all tasks of a worker is published at once, but for one that the worker has lost', async () => {
    const w1 = start('w1:8083');
    await clock.until(async () => (await w1.herder.cluster(signal)).members.length === 1);
    await w1.herder.createConnector({ name: 'a', config: { 'connector.class': 'counter', 'tasks.max': '3' } }, signal);
    await clock.until(() => cluster.running.length === 3);
    const moveAll = async (seconds: number): Promise<void> => {
      for (let second = 0; second < seconds; second += 1) {
        for (const number of [0, 1, 2]) w1.host.last('a', number).events.moved(20 * LOAD_UNIT);
        await clock.advance(1_000);
      }
    };
    const revisions = async (): Promise<readonly (bigint | undefined)[]> =>
      Promise.all([0, 1, 2].map(async (number) => (await store.get(keys.load({ connector: 'a', task: number }), signal))?.modRevision));
    await moveAll(11);
    expect(new Set(await revisions()).size).toBe(1);
    // Gone behind the worker's back: the loads of the others are published all the same.
    await store.transact({ if: [], then: [{ delete: keys.load(task) }, { delete: keys.owner(task) }] }, signal);
    const before = await revisions();
    await moveAll(60);
    const after = await revisions();
    expect([after[1] !== before[1], after[2] !== before[2]]).toEqual([true, true]);
  });

  test('of a task that is gone is forgotten', async () => {
    const [w1] = await startTask();
    await move(20, 200);
    await w1.herder.setTargetState('a', 'STOPPED', signal);
    await clock.advance(2 * 60_000);
    const { owners } = await w1.herder.cluster(signal);
    expect(owners.filter((owner) => owner.task !== null)).toEqual([]);
    expect(await store.get(keys.load(task), signal)).toBeNull();
  });
});
