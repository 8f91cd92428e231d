import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Stopped, type LogLevel } from '@headrace/foundation';
import { MemoryCoordinationStore } from '@headrace/ports/memory';
import { VirtualClock, type StartedTask } from '@headrace/testkit';
import { TestCluster, type TestWorker } from '../../test/cluster/test-cluster.ts';

const { signal } = new AbortController();
const counter = { 'connector.class': 'counter', 'tasks.max': '2' };

describe('what workers tell each other beside tasks', () => {
  let clock: VirtualClock;
  let store: MemoryCoordinationStore;
  let cluster: TestCluster;
  const end = new AbortController();

  beforeEach(() => {
    clock = new VirtualClock();
    store = new MemoryCoordinationStore(clock);
    cluster = new TestCluster({ clock, clusterId: 'test', leaseTtlMs: 5_000 });
  });

  afterEach(async () => {
    const stopping = Promise.all(cluster.workers.map((worker) => worker.stop()));
    await clock.advance(40_000);
    await stopping;
  });

  const startWith = async (worker: TestWorker): Promise<TestWorker> => {
    await worker.herder.createConnector({ name: 'a', config: counter }, signal);
    await clock.until(async () => (await worker.herder.status('a', signal)).tasks.filter(({ state }) => state === 'RUNNING').length === 2);
    return worker;
  };

  const untilTopics = (worker: TestWorker, topics: readonly string[]): Promise<number> =>
    clock.until(async () => JSON.stringify(await worker.topics.active('a', signal)) === JSON.stringify(topics));

  test('topics of all tasks are listed on every worker, come back after a reset while in use, and go with the connector', async () => {
    const [w1, w2] = [cluster.start('w1:8083', store.connect()), cluster.start('w2:8083', store.connect())];
    await startWith(w1);
    const task = (id: number): StartedTask => (w1.host.running.includes(`a-${String(id)}`) ? w1 : w2).host.last('a', id);
    const [first, second] = [task(0), task(1)];
    first.events.topicsUsed(['orders', 'people']);
    second.events.topicsUsed(['orders', 'billing']);
    await untilTopics(w2, ['billing', 'orders', 'people']);
    await w2.topics.reset('a', signal);
    expect(await w1.topics.active('a', signal)).toEqual([]);
    await clock.advance(1_000);
    first.events.topicsUsed(['orders']);
    await untilTopics(w2, ['orders']);
    await w1.herder.deleteConnector('a', signal);
    expect(await w2.topics.active('a', signal)).toEqual([]);
  });

  test('without topic tracking nothing is written down', async () => {
    cluster = new TestCluster({ clock, clusterId: 'test', leaseTtlMs: 5_000, tracksTopics: false });
    const w1 = await startWith(cluster.start('w1:8083', store.connect()));
    w1.host.last('a', 0).events.topicsUsed(['orders']);
    await clock.advance(2_000);
    expect(await w1.topics.active('a', signal)).toEqual([]);
  });

  test('a level for the cluster reaches every worker that runs, and none that starts later', async () => {
    const heard: [string, string, LogLevel][] = [];
    const listen = (workerId: string): TestWorker => {
      cluster = new TestCluster({ clock, clusterId: 'test', onLogLevel: (logger, level) => heard.push([workerId, logger, level]) });
      const worker = cluster.start(workerId, store.connect());
      void worker.logLevels.run(end.signal).catch(() => undefined);
      return worker;
    };
    const w1 = listen('w1:8083');
    listen('w2:8083');
    await clock.advance(100);
    await w1.logLevels.set('io.example', 'DEBUG', signal);
    await clock.until(() => heard.length === 2);
    listen('w3:8083');
    await clock.advance(1_000);
    expect(heard.toSorted()).toEqual([
      ['w1:8083', 'io.example', 'DEBUG'],
      ['w2:8083', 'io.example', 'DEBUG'],
    ]);
    end.abort(new Stopped('done'));
  });
});
