import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { MemoryCoordinationStore } from '@headrace/ports/memory';
import { VirtualClock } from '@headrace/testkit';
import { TestCluster, type TestWorker } from '../../test/cluster/test-cluster.ts';
import type { ConnectorStatus } from '../herder/herder.ts';

const { signal } = new AbortController();
const counter = { 'connector.class': 'counter', 'tasks.max': '4' };

describe('a cluster of workers', () => {
  let clock: VirtualClock;
  let store: MemoryCoordinationStore;
  let cluster: TestCluster;
  let stores: Map<string, MemoryCoordinationStore>;

  beforeEach(() => {
    clock = new VirtualClock();
    store = new MemoryCoordinationStore(clock);
    cluster = new TestCluster({ clock, clusterId: 'test', leaseTtlMs: 5_000 });
    stores = new Map();
  });

  afterEach(async () => {
    for (const client of stores.values()) client.isReachable = true;
    const stopping = Promise.all(cluster.workers.map((worker) => worker.stop()));
    await clock.advance(40_000);
    await stopping;
    for (const worker of cluster.workers) expect(worker.failure()).toBeUndefined();
    expect(cluster.running).toEqual([]);
  });

  const start = (workerId: string): TestWorker => {
    const client = store.connect();
    stores.set(workerId, client);
    return cluster.start(workerId, client);
  };

  /** Cuts a worker off from the store. */
  const cut = (worker: TestWorker): void => {
    const client = stores.get(worker.workerId);
    if (client !== undefined) client.isReachable = false;
  };

  const heal = (worker: TestWorker): void => {
    const client = stores.get(worker.workerId);
    if (client !== undefined) client.isReachable = true;
  };

  const startThree = async (): Promise<readonly [TestWorker, TestWorker, TestWorker]> => {
    const workers = [start('w1:8083'), start('w2:8083'), start('w3:8083')] as const;
    await clock.until(async () => (await workers[0].herder.cluster(signal)).members.length === 3);
    return workers;
  };

  const status = (worker: TestWorker, name: string): Promise<ConnectorStatus> => worker.herder.status(name, signal);

  /** Waits until the connector and its tasks are in these states. */
  const untilStates = (worker: TestWorker, name: string, connector: string, tasks: readonly string[]): Promise<number> =>
    clock.until(async () => {
      const now = await status(worker, name);
      return now.connector.state === connector && JSON.stringify(now.tasks.map((task) => task.state)) === JSON.stringify(tasks);
    });

  const running = (count: number): readonly string[] => Array<string>(count).fill('RUNNING');

  test('runs the tasks of a new connector, spread over all workers', async () => {
    const [w1, w2] = await startThree();
    const info = await w1.herder.createConnector({ name: 'a', config: counter }, signal);
    expect(info).toEqual({ name: 'a', kind: 'source', config: { ...counter, name: 'a' }, taskNumbers: [] });
    await untilStates(w2, 'a', 'RUNNING', running(4));
    expect(cluster.running).toEqual(['a-0', 'a-1', 'a-2', 'a-3']);
    const counts = cluster.workers.map((worker) => worker.host.running.length);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    const { tasks, connector } = await status(w1, 'a');
    expect(new Set(tasks.map((task) => task.workerId)).size).toBe(3);
    expect(connector.version).toBe('1.2.3');
    const { spec } = cluster.workers.find((worker) => worker.host.running.includes('a-2'))?.host.last('a', 2) ?? {};
    expect(spec).toMatchObject({ kind: 'source', taskCount: 4, config: { ...counter, share: '2', 'task.class': 'test.CounterTask' } });
  });

  test('answers on any worker right after a write on another', async () => {
    const [w1, w2] = await startThree();
    await w1.herder.createConnector({ name: 'a', config: counter }, signal);
    expect(await w2.herder.connectorNames(signal)).toEqual(['a']);
    expect((await w2.herder.status('a', signal)).connector.state).toBe('UNASSIGNED');
    await w2.herder.setTargetState('a', 'PAUSED', signal);
    await w1.herder.deleteConnector('a', signal);
    await expect(w2.herder.connector('a', signal)).rejects.toMatchObject({ status: 404, message: 'Connector a not found' });
  });

  test('moves the tasks of a worker that fell silent within the lease time and two seconds', async () => {
    const [w1, w2, w3] = await startThree();
    await w1.herder.createConnector({ name: 'a', config: counter }, signal);
    await untilStates(w1, 'a', 'RUNNING', running(4));
    const others = new Map([w1, w2].flatMap((worker) => worker.host.running.map((task) => [task, worker.host.starts.length])));
    cut(w3);
    const ms = await clock.until(async () => {
      const { tasks } = await status(w1, 'a');
      return tasks.every((task) => task.state === 'RUNNING' && task.workerId !== w3.workerId);
    });
    expect(ms).toBeLessThanOrEqual(7_000);
    expect([...w1.host.running, ...w2.host.running].sort()).toEqual(['a-0', 'a-1', 'a-2', 'a-3']);
    // Nobody else's task was touched.
    for (const task of others.keys()) expect(cluster.epochs('a', Number(task.slice(2)))).toHaveLength(1);
  });

  test('I3: gives every acquisition of a task a higher epoch than the one before, and confirms only the last', async () => {
    const [w1, w2, w3] = await startThree();
    await w1.herder.createConnector({ name: 'a', config: { ...counter, 'tasks.max': '1' } }, signal);
    await untilStates(w1, 'a', 'RUNNING', running(1));
    const first = [w1, w2, w3].find((worker) => worker.host.running.includes('a-0'));
    if (first === undefined) throw new Error('Nobody runs a-0.');
    cut(first);
    await clock.until(() => cluster.epochs('a', 0).length === 2);
    const [old = 0n, next = 0n] = cluster.epochs('a', 0);
    expect(old < next).toBe(true);
    expect(first.host.last('a', 0).spec.epoch.revision).toBe(old);
    const second = [w1, w2, w3].find((worker) => worker !== first && worker.host.running.includes('a-0'));
    expect(await second?.host.last('a', 0).events.confirmOwnership(signal)).toBe(true);
    heal(first);
    expect(await first.host.last('a', 0).events.confirmOwnership(signal)).toBe(false);
  });

  test('I2: refuses what a stale owner says of a task that another has', async () => {
    const [w1, w2, w3] = await startThree();
    await w1.herder.createConnector({ name: 'a', config: { ...counter, 'tasks.max': '1' } }, signal);
    await untilStates(w1, 'a', 'RUNNING', running(1));
    const first = [w1, w2, w3].find((worker) => worker.host.running.includes('a-0'));
    const other = [w1, w2, w3].find((worker) => worker !== first);
    if (first === undefined || other === undefined) throw new Error('Nobody runs a-0.');
    cut(first);
    await clock.until(() => cluster.epochs('a', 0).length === 2);
    first.host.fail('a', 0, 'stale');
    heal(first);
    await clock.advance(10_000);
    expect((await status(other, 'a')).tasks[0]).toMatchObject({ state: 'RUNNING' });
  });

  test('a worker that lost its lease stops everything and joins again', async () => {
    const [w1, , w3] = await startThree();
    await w1.herder.createConnector({ name: 'a', config: { ...counter, 'tasks.max': '6' } }, signal);
    await untilStates(w1, 'a', 'RUNNING', running(6));
    const before = w3.host.running;
    cut(w3);
    await clock.until(async () => (await w1.herder.cluster(signal)).members.length === 2);
    expect(w3.host.running).toEqual(before);
    heal(w3);
    await clock.until(async () => (await w1.herder.cluster(signal)).members.length === 3);
    await clock.until(() => cluster.running.length === 6 && w3.host.running.length === 2);
    await untilStates(w1, 'a', 'RUNNING', running(6));
    expect(cluster.running).toEqual(['a-0', 'a-1', 'a-2', 'a-3', 'a-4', 'a-5']);
  });

  test('a stop in order hands tasks over in less than two seconds', async () => {
    const [w1, w2, w3] = await startThree();
    await w1.herder.createConnector({ name: 'a', config: counter }, signal);
    await untilStates(w1, 'a', 'RUNNING', running(4));
    const leader = (await w1.herder.cluster(signal)).leader;
    const leaving = [w1, w2, w3].find((worker) => worker.workerId === leader) ?? w1;
    const staying = [w1, w2, w3].find((worker) => worker !== leaving) ?? w2;
    let isGone = false;
    void leaving.stop().then(() => {
      isGone = true;
    });
    const ms = await clock.until(async () => {
      const { tasks } = await status(staying, 'a');
      return tasks.every((task) => task.state === 'RUNNING' && task.workerId !== leaving.workerId);
    });
    expect(ms).toBeLessThan(2_000);
    await clock.until(() => isGone);
    const view = await staying.herder.cluster(signal);
    expect(view.members.map((member) => member.workerId)).not.toContain(leaving.workerId);
    expect(view.leader).not.toBe(leaving.workerId);
  });

  test('I2: who takes a task over is told of every topic that its former owner may have written to, and so is who fences it', async () => {
    const [w1, w2, w3] = await startThree();
    await w1.herder.createConnector({ name: 'a', config: { ...counter, 'tasks.max': '2' } }, signal);
    await untilStates(w1, 'a', 'RUNNING', running(2));
    const owner = [w1, w2, w3].find((worker) => worker.host.running.includes('a-1')) ?? w1;
    const former = owner.host.last('a', 1);
    expect(await former.events.claimTopics(['orders'], signal)).toBe(true);
    expect(await former.events.claimTopics(['orders', 'people'], signal)).toBe(true);
    await w1.herder.drain(owner.workerId, true, signal);
    await clock.until(() => cluster.epochs('a', 1).length === 2);
    const next = cluster.starts.findLast(({ spec }) => spec.id.task === 1);
    expect(next?.spec.topicsWritten).toEqual(['orders', 'people']);
    // Too late: the take-over has read what it must fence.
    expect(await former.events.claimTopics(['late'], signal)).toBe(false);
    await w1.herder.patchConfig('a', { 'tasks.max': '1' }, signal);
    await clock.until(() => cluster.topics.fenced.length === 1);
    expect(cluster.topics.fencedTopics).toEqual([['orders', 'people']]);
  });

  test('a drained worker gives its units away in less than two seconds and gets none; the moves say why', async () => {
    const [w1, w2] = await startThree();
    await w1.herder.createConnector({ name: 'a', config: { ...counter, 'tasks.max': '6' } }, signal);
    await untilStates(w1, 'a', 'RUNNING', running(6));
    await expect(w1.herder.drain('nobody:1', true, signal)).rejects.toMatchObject({ status: 404 });
    await w1.herder.drain(w2.workerId, true, signal);
    const ms = await clock.until(() => w2.host.running.length === 0 && cluster.running.length === 6);
    expect(ms).toBeLessThan(2_000);
    await w1.herder.patchConfig('a', { 'tasks.max': '9' }, signal);
    await untilStates(w1, 'a', 'RUNNING', running(9));
    expect(w2.host.running).toEqual([]);
    const view = await w1.herder.cluster(signal);
    expect(view.members.find(({ workerId }) => workerId === w2.workerId)?.isDraining).toBe(true);
    expect(view.moves.some(({ from, reason }) => from === w2.workerId && reason === 'worker-leaves')).toBe(true);
    expect(view.moves.filter(({ reason }) => reason === 'new').length).toBeGreaterThanOrEqual(9);
    expect(view.owners.every(({ since }) => since !== undefined)).toBe(true);
    await w1.herder.drain(w2.workerId, false, signal);
    await clock.until(() => w2.host.running.length === 3);
  });

  test('a drain ends with the run of the worker that it was meant for', async () => {
    const [w1, w2] = await startThree();
    await w1.herder.createConnector({ name: 'a', config: { ...counter, 'tasks.max': '6' } }, signal);
    await w1.herder.drain(w2.workerId, true, signal);
    await clock.until(() => w2.host.running.length === 0 && cluster.running.length === 6);
    void w2.stop();
    await clock.advance(1_000);
    const again = start(w2.workerId);
    await clock.until(() => again.host.running.length === 2);
  });

  test('a connector runs where its labels are, and a configuration that names none rightly is refused', async () => {
    const [w1] = await startThree();
    const labelled = cluster.start('w9:8083', store.connect(), { labels: { zone: 'north' } });
    await w1.herder.createConnector({ name: 'a', config: { ...counter, 'headrace.placement': 'zone=north' } }, signal);
    await untilStates(w1, 'a', 'RUNNING', running(4));
    expect(labelled.host.running).toHaveLength(4);
    for (const wrong of [{ 'headrace.placement': 'north' }, { 'headrace.task.weight': '0' }]) {
      await expect(w1.herder.createConnector({ name: 'b', config: { ...counter, ...wrong } }, signal)).rejects.toMatchObject({
        reaction: 'config',
      });
    }
  });

  test('pauses and resumes tasks without ending them', async () => {
    const [w1] = await startThree();
    await w1.herder.createConnector({ name: 'a', config: counter }, signal);
    await untilStates(w1, 'a', 'RUNNING', running(4));
    await w1.herder.setTargetState('a', 'PAUSED', signal);
    await untilStates(w1, 'a', 'PAUSED', Array<string>(4).fill('PAUSED'));
    await w1.herder.setTargetState('a', 'STARTED', signal);
    await untilStates(w1, 'a', 'RUNNING', running(4));
    expect(cluster.workers.flatMap((worker) => worker.host.starts)).toHaveLength(4);
  });

  test('plans no tasks for a connector that is created paused, until it is resumed', async () => {
    const [w1] = await startThree();
    await w1.herder.createConnector({ name: 'a', config: counter, initialState: 'PAUSED' }, signal);
    await untilStates(w1, 'a', 'PAUSED', []);
    await clock.advance(10_000);
    expect((await status(w1, 'a')).tasks).toEqual([]);
    await w1.herder.setTargetState('a', 'STARTED', signal);
    await untilStates(w1, 'a', 'RUNNING', running(4));
  });

  test('gives the tasks of a paused connector their new configuration when it is resumed', async () => {
    const [w1] = await startThree();
    await w1.herder.createConnector({ name: 'a', config: counter }, signal);
    await untilStates(w1, 'a', 'RUNNING', running(4));
    await w1.herder.setTargetState('a', 'PAUSED', signal);
    await untilStates(w1, 'a', 'PAUSED', Array<string>(4).fill('PAUSED'));
    await w1.herder.putConfig('a', { ...counter, 'tasks.max': '2' }, signal);
    await clock.advance(10_000);
    expect((await status(w1, 'a')).tasks.map((task) => task.state)).toEqual(Array<string>(4).fill('PAUSED'));
    await w1.herder.setTargetState('a', 'STARTED', signal);
    await untilStates(w1, 'a', 'RUNNING', running(2));
  });

  test('stops a connector to no tasks, lets its offsets be changed only then, and starts it again', async () => {
    const [w1] = await startThree();
    await w1.herder.createConnector({ name: 'a', config: counter }, signal);
    await untilStates(w1, 'a', 'RUNNING', running(4));
    await expect(w1.herder.alterOffsets('a', undefined, signal)).rejects.toMatchObject({ status: 400 });
    await w1.herder.setTargetState('a', 'STOPPED', signal);
    await untilStates(w1, 'a', 'STOPPED', []);
    await clock.until(() => cluster.running.length === 0 && cluster.topics.fenced.length === 1);
    expect(cluster.topics.fenced).toEqual([['test-a-0', 'test-a-1', 'test-a-2', 'test-a-3']]);
    await clock.advance(500);
    expect(await w1.herder.alterOffsets('a', undefined, signal)).toBe('The offsets for this connector have been reset successfully');
    expect(cluster.offsets.altered).toEqual([{ connector: 'a', count: 1 }]);
    await w1.herder.setTargetState('a', 'STARTED', signal);
    await untilStates(w1, 'a', 'RUNNING', running(4));
  });

  test('creates a connector stopped when asked to', async () => {
    const [w1] = await startThree();
    await w1.herder.createConnector({ name: 'a', config: counter, initialState: 'STOPPED' }, signal);
    await untilStates(w1, 'a', 'STOPPED', []);
    expect(cluster.running).toEqual([]);
  });

  test('keeps a failed task failed until it is restarted', async () => {
    const [w1] = await startThree();
    await w1.herder.createConnector({ name: 'a', config: { ...counter, 'tasks.max': '1' } }, signal);
    await untilStates(w1, 'a', 'RUNNING', running(1));
    const owner = cluster.workers.find((worker) => worker.host.running.includes('a-0'));
    owner?.host.fail('a', 0, 'the disk is full');
    await untilStates(w1, 'a', 'RUNNING', ['FAILED']);
    expect((await status(w1, 'a')).tasks[0]?.trace).toBe('TaskFailure: the disk is full');
    await clock.advance(60_000);
    expect((await status(w1, 'a')).tasks[0]?.state).toBe('FAILED');
    await w1.herder.restartTask('a', 0, signal);
    expect((await status(w1, 'a')).tasks[0]?.state).toBe('RESTARTING');
    await untilStates(w1, 'a', 'RUNNING', running(1));
  });

  test('starts a failed task again by itself where its connector asks for that, and in between shows why and when', async () => {
    const [w1] = await startThree();
    const restart = { 'headrace.restart.on': 'test.*', 'headrace.restart.backoff.ms': '30000', 'headrace.restart.max': '1' };
    await w1.herder.createConnector({ name: 'a', config: { ...counter, 'tasks.max': '1', ...restart } }, signal);
    await untilStates(w1, 'a', 'RUNNING', running(1));
    const fail = (): void => {
      cluster.workers.find((worker) => worker.host.running.includes('a-0'))?.host.fail('a', 0, 'the disk is full');
    };
    fail();
    await untilStates(w1, 'a', 'RUNNING', ['RESTARTING']);
    expect((await status(w1, 'a')).tasks[0]?.trace).toMatch(
      /^TaskFailure: the disk is full\nStarts again by itself in \d+ s: restart 1 of 1/,
    );
    await clock.advance(14_000);
    expect((await status(w1, 'a')).tasks[0]?.state).toBe('RESTARTING');
    await clock.advance(17_000);
    await untilStates(w1, 'a', 'RUNNING', running(1));
    expect(cluster.epochs('a', 0)).toHaveLength(2);
    fail();
    await untilStates(w1, 'a', 'RUNNING', ['FAILED']);
  });

  test('takes no restart policy that makes no sense', async () => {
    const [w1] = await startThree();
    const config = { ...counter, 'headrace.restart.on': '*', 'headrace.restart.max': 'often' };
    await expect(w1.herder.createConnector({ name: 'a', config }, signal)).rejects.toMatchObject({
      reaction: 'config',
      problems: [{ key: 'headrace.restart.max' }],
    });
  });

  test('restarts what failed, or everything, and says so at once', async () => {
    const [w1] = await startThree();
    await w1.herder.createConnector({ name: 'a', config: { ...counter, 'tasks.max': '2' } }, signal);
    await untilStates(w1, 'a', 'RUNNING', running(2));
    cluster.workers.find((worker) => worker.host.running.includes('a-1'))?.host.fail('a', 1, 'broken');
    await untilStates(w1, 'a', 'RUNNING', ['RUNNING', 'FAILED']);
    const planned = await w1.herder.restartConnector('a', { includeTasks: true, onlyFailed: true }, signal);
    expect([planned?.connector.state, ...(planned?.tasks ?? []).map((task) => task.state)]).toEqual(['RUNNING', 'RUNNING', 'RESTARTING']);
    await untilStates(w1, 'a', 'RUNNING', running(2));
    expect([cluster.epochs('a', 0).length, cluster.epochs('a', 1).length]).toEqual([1, 2]);
    expect(await w1.herder.restartConnector('a', { includeTasks: false, onlyFailed: false }, signal)).toBeUndefined();
    await w1.herder.restartConnector('a', { includeTasks: true, onlyFailed: false }, signal);
    await clock.until(() => cluster.epochs('a', 0).length === 2 && cluster.epochs('a', 1).length === 3);
    await untilStates(w1, 'a', 'RUNNING', running(2));
  });

  test('restarts tasks with a changed configuration, and leaves them alone when it is the same', async () => {
    const [w1] = await startThree();
    await w1.herder.createConnector({ name: 'a', config: counter }, signal);
    await untilStates(w1, 'a', 'RUNNING', running(4));
    expect((await w1.herder.putConfig('a', counter, signal)).isCreated).toBe(false);
    await clock.advance(5_000);
    expect(cluster.epochs('a', 0)).toHaveLength(1);
    await w1.herder.patchConfig('a', { 'tasks.max': '2', more: 'yes' }, signal);
    await clock.until(async () => (await status(w1, 'a')).tasks.length === 2);
    await untilStates(w1, 'a', 'RUNNING', running(2));
    expect(cluster.running).toEqual(['a-0', 'a-1']);
    expect(cluster.topics.fenced).toEqual([['test-a-0', 'test-a-1', 'test-a-2', 'test-a-3']]);
    const { config } = (await w1.herder.tasks('a', signal))[0] ?? {};
    expect(config).toMatchObject({ more: 'yes', 'tasks.max': '2' });
  });

  test('I9: lets no task of a new generation run before the old ones are fenced', async () => {
    const [w1] = await startThree();
    await w1.herder.createConnector({ name: 'a', config: counter }, signal);
    await untilStates(w1, 'a', 'RUNNING', running(4));
    cluster.topics.failure = new Error('Kafka is away');
    await w1.herder.patchConfig('a', { 'tasks.max': '2' }, signal);
    await clock.advance(20_000);
    expect(cluster.running).toEqual([]);
    cluster.topics.failure = undefined;
    await untilStates(w1, 'a', 'RUNNING', running(2));
  });

  test('deletes a connector with everything that runs, and takes its name for a new one', async () => {
    const [w1, w2] = await startThree();
    await w1.herder.createConnector({ name: 'a/b ü', config: counter }, signal);
    await untilStates(w1, 'a/b ü', 'RUNNING', running(4));
    await w1.herder.deleteConnector('a/b ü', signal);
    await expect(w2.herder.status('a/b ü', signal)).rejects.toMatchObject({ message: 'No status found for connector a/b ü' });
    await w2.herder.createConnector({ name: 'a/b ü', config: { ...counter, 'tasks.max': '1' } }, signal);
    await untilStates(w2, 'a/b ü', 'RUNNING', running(1));
    expect(cluster.running).toEqual(['a/b ü-0']);
    await w1.herder.deleteConnector('a/b ü', signal);
    await clock.until(() => cluster.running.length === 0);
    await clock.advance(130_000);
    const left = store.server.list('/headrace/test/').entries.map((entry) => entry.key.replace(/^.*test\//, ''));
    expect(left.filter((key) => key.includes('connectors') || key.startsWith('status') || key.startsWith('history'))).toEqual([]);
  });

  test('gives a sink as many tasks as tasks.max, the partitions of its topics once they exist, evenly, and more when they grow', async () => {
    const [w1] = await startThree();
    await w1.herder.createConnector({ name: 's', config: { 'connector.class': 'FencedSink', topics: 't,u', 'tasks.max': '2' } }, signal);
    await untilStates(w1, 's', 'RUNNING', running(2));
    const partitions = () => {
      const tasks = cluster.workers.flatMap((worker) => worker.host.starts).filter((task) => task.isRunning);
      return tasks.map((task) => task.spec.partitions.map(({ topic, partition }) => `${topic}${String(partition)}`)).sort();
    };
    expect(partitions()).toEqual([[], []]);
    expect(cluster.workers.map(({ host }) => host.prepared)).toEqual([0, 0, 0]);
    cluster.topics.counts.set('t', 3);
    const ms = await clock.until(() => partitions().flat().length === 3);
    expect(ms).toBeLessThanOrEqual(2_000);
    await untilStates(w1, 's', 'RUNNING', running(2));
    cluster.topics.counts.set('u', 1);
    await clock.until(() => partitions().flat().length === 4);
    expect(partitions().map((own) => own.length)).toEqual([2, 2]);
    expect(partitions().flat().sort()).toEqual(['t0', 't1', 't2', 'u0']);
    expect(await w1.herder.offsets('s', signal)).toEqual({ kind: 'sink', positions: [{ topic: 'connect-s', partition: 0, offset: 5n }] });
  });

  test('leaves tasks alone that a new generation does not change, and they are still the confirmed owners', async () => {
    const [w1] = await startThree();
    cluster.topics.counts.set('t', 2);
    await w1.herder.createConnector({ name: 's', config: { 'connector.class': 'FencedSink', topics: 't,u', 'tasks.max': '3' } }, signal);
    await untilStates(w1, 's', 'RUNNING', running(3));
    cluster.topics.counts.set('u', 1);
    // The one that had nothing starts again, with a partition.
    await clock.until(() => cluster.starts.length === 4);
    await untilStates(w1, 's', 'RUNNING', running(3));
    expect(cluster.topics.fenced).toEqual([]);
    const confirmed = () => Promise.all(cluster.starts.map((task) => task.events.confirmOwnership(signal)));
    const idle = cluster.starts.findIndex(({ spec }) => spec.partitions.length === 0);
    expect(await confirmed()).toEqual([0, 1, 2, 3].map((start) => start !== idle));
    await w1.herder.patchConfig('s', { more: 'yes' }, signal);
    await clock.until(() => cluster.starts.length === 7);
    expect(await confirmed()).toEqual([...Array<boolean>(4).fill(false), ...Array<boolean>(3).fill(true)]);
  });

  test('a connector that cannot plan is failed, stays so when resumed, and heals when it is reconfigured', async () => {
    const [w1] = await startThree();
    await w1.herder.createConnector({ name: 'a', config: { ...counter, broken: 'hopeless' } }, signal);
    await untilStates(w1, 'a', 'FAILED', []);
    expect((await status(w1, 'a')).connector.trace).toMatch(/^Error: planning is hopeless/);
    await w1.herder.setTargetState('a', 'PAUSED', signal);
    await clock.advance(3_000);
    expect((await status(w1, 'a')).connector.state).toBe('FAILED');
    await w1.herder.setTargetState('a', 'STARTED', signal);
    await w1.herder.patchConfig('a', { broken: null }, signal);
    await untilStates(w1, 'a', 'RUNNING', running(4));
  });

  test('without the store fenced tasks go on and unfenced ones stop before the lease ends', async () => {
    const [w1] = await startThree();
    cluster.topics.counts.set('t', 1);
    await w1.herder.createConnector({ name: 'f', config: { 'connector.class': 'FencedSink', topics: 't' } }, signal);
    await w1.herder.createConnector({ name: 'u', config: { 'connector.class': 'UnfencedSink', topics: 't' } }, signal);
    await untilStates(w1, 'f', 'RUNNING', running(1));
    await untilStates(w1, 'u', 'RUNNING', running(1));
    for (const worker of cluster.workers) cut(worker);
    const ms = await clock.until(() => cluster.running.length === 1);
    expect(ms).toBeLessThan(5_000);
    expect(cluster.running).toEqual(['f-0']);
    await clock.advance(300_000);
    expect(cluster.running).toEqual(['f-0']);
    await clock.advance(310_000);
    expect(cluster.running).toEqual([]);
    for (const worker of cluster.workers) heal(worker);
    await untilStates(w1, 'f', 'RUNNING', running(1));
    await untilStates(w1, 'u', 'RUNNING', running(1));
  });

  test('a task that is fenced though it is still the owner starts again under a higher epoch', async () => {
    const [w1] = await startThree();
    await w1.herder.createConnector({ name: 'a', config: { ...counter, 'tasks.max': '1' } }, signal);
    await untilStates(w1, 'a', 'RUNNING', running(1));
    const owner = cluster.workers.find((worker) => worker.host.running.includes('a-0'));
    const task = owner?.host.last('a', 0);
    if (task === undefined) throw new Error('Nobody runs a-0.');
    task.isRunning = false;
    task.events.fenced();
    await clock.until(() => cluster.running.length === 1);
    const [first = 0n, second = 0n] = cluster.epochs('a', 0);
    expect(second > first).toBe(true);
    await untilStates(w1, 'a', 'RUNNING', running(1));
  });

  test('says in the words of Kafka Connect what is not there or already there', async () => {
    const [w1] = await startThree();
    const { herder } = w1;
    await herder.createConnector({ name: 'a', config: counter }, signal);
    await herder.createConnector({ name: 'stopped', config: counter, initialState: 'STOPPED' }, signal);
    const refused = [
      [herder.createConnector({ name: 'a', config: counter }, signal), 409, 'Connector a already exists'],
      [herder.connector('x', signal), 404, 'Connector x not found'],
      [herder.tasks('x', signal), 404, 'Connector x not found'],
      [herder.deleteConnector('x', signal), 404, 'Connector x not found'],
      [herder.patchConfig('x', {}, signal), 404, 'Connector x not found'],
      [herder.status('x', signal), 404, 'No status found for connector x'],
      [herder.setTargetState('x', 'PAUSED', signal), 404, 'Unknown connector x'],
      [herder.setTargetState('x', 'STOPPED', signal), 404, 'Unknown connector x'],
      [herder.restartConnector('x', { includeTasks: true, onlyFailed: false }, signal), 404, 'Unknown connector: x'],
      [herder.restartTask('x', 0, signal), 404, 'Unknown connector: x'],
      [herder.restartTask('a', 9, signal), 404, 'Unknown task: a-9'],
      [herder.restartTask('stopped', 0, signal), 409, expect.stringContaining('connector stopped is stopped')],
      [
        herder.putConfig('a', { ...counter, name: 'b' }, signal),
        400,
        "Connector name configuration (b) doesn't match connector name in the URL (a)",
      ],
    ] as const;
    for (const [call, httpStatus, message] of refused) await expect(call).rejects.toMatchObject({ status: httpStatus, message });
    await expect(herder.createConnector({ name: 'z', config: {} }, signal)).rejects.toMatchObject({ reaction: 'config' });
    await expect(herder.createConnector({ name: 'z', config: { ...counter, huge: 'x'.repeat(600_000) } }, signal)).rejects.toMatchObject({
      status: 413,
    });
  });
});
