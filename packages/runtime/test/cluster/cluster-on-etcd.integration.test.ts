import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { EtcdCoordinationStore } from '@headrace/coordination-etcd';
import { systemClock } from '@headrace/foundation';
import { unavailable, type CoordinationStore } from '@headrace/ports';
import { TestCluster, type TestWorker } from './test-cluster.ts';

const endpoints = process.env['ETCD_ENDPOINTS']?.split(',');
if (endpoints === undefined) throw new Error('ETCD_ENDPOINTS is not set: run `eval "$(./scripts/stack env)"` first.');

const { signal } = new AbortController();
const counter = { 'connector.class': 'counter', 'tasks.max': '6' };

/** Passes calls on until it is cut off; then nothing arrives any more, as from a process that is gone. */
class Severable {
  readonly store: CoordinationStore;
  #isCut = false;

  constructor(real: CoordinationStore) {
    this.store = new Proxy(real, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function' || name === Symbol.asyncDispose) return member;
        return (...details: readonly unknown[]): unknown => {
          if (!this.#isCut || name === 'watch') return Reflect.apply(member, target, details);
          return Promise.reject(unavailable('Cut off by the test.'));
        };
      },
    });
  }

  cut(): void {
    this.#isCut = true;
  }

  heal(): void {
    this.#isCut = false;
  }
}

describe('a cluster of workers on etcd', () => {
  let clusterId: string;
  let cluster: TestCluster;
  let real: EtcdCoordinationStore;
  let lines: Map<string, Severable>;

  beforeEach(() => {
    clusterId = `test-${randomUUID()}`;
    cluster = new TestCluster({ clock: systemClock, clusterId, leaseTtlMs: 5_000, loadIntervalMs: 500 });
    real = new EtcdCoordinationStore({ endpoints, clock: systemClock });
    lines = new Map();
  });

  afterEach(async () => {
    await Promise.all(cluster.workers.map((worker) => worker.stop()));
    for (const worker of cluster.workers) expect(worker.failure()).toBeUndefined();
    await real.transact({ if: [], then: [{ deletePrefix: `/headrace/${clusterId}/` }] }, signal);
    await real[Symbol.asyncDispose]();
  });

  /** Waits in real time; resolves with how long it took. */
  const until = async (condition: () => boolean | Promise<boolean>, limitMs = 20_000): Promise<number> => {
    const from = systemClock.monotonic();
    while (!(await condition())) {
      if (systemClock.monotonic() - from > limitMs) throw new Error(`Nothing happened within ${String(limitMs)} ms.`);
      await systemClock.sleep(50, signal);
    }
    return systemClock.monotonic() - from;
  };

  const startThree = async (): Promise<readonly [TestWorker, TestWorker, TestWorker]> => {
    const start = (workerId: string): TestWorker => {
      const line = new Severable(real);
      lines.set(workerId, line);
      return cluster.start(workerId, line.store);
    };
    const workers = [start('w1:8083'), start('w2:8083'), start('w3:8083')] as const;
    await until(async () => (await workers[0].herder.cluster(signal)).members.length === 3);
    return workers;
  };

  const areAllRunning = async (worker: TestWorker, name: string, count: number): Promise<boolean> => {
    const { connector, tasks } = await worker.herder.status(name, signal);
    return connector.state === 'RUNNING' && tasks.length === count && tasks.every((task) => task.state === 'RUNNING');
  };

  test('runs a new connector within a second, and everything about it is seen on every worker', async () => {
    const [w1, w2, w3] = await startThree();
    await w1.herder.createConnector({ name: 'a', config: counter }, signal);
    expect(await w2.herder.connectorNames(signal)).toEqual(['a']);
    expect(await until(() => areAllRunning(w3, 'a', 6))).toBeLessThan(2_000);
    expect(cluster.running).toHaveLength(6);
    expect(new Set((await w2.herder.status('a', signal)).tasks.map((task) => task.workerId)).size).toBe(3);
  });

  test('moves the units of a worker that fell silent within the lease time and two seconds', async () => {
    const [w1, w2, w3] = await startThree();
    await w1.herder.createConnector({ name: 'a', config: counter }, signal);
    await until(() => areAllRunning(w1, 'a', 6));
    const leader = (await w1.herder.cluster(signal)).leader;
    const victim = [w1, w2, w3].find((worker) => worker.workerId === leader) ?? w1;
    const witness = [w1, w2, w3].find((worker) => worker !== victim) ?? w2;
    lines.get(victim.workerId)?.cut();
    const ms = await until(async () => {
      const { tasks } = await witness.herder.status('a', signal);
      return tasks.every((task) => task.state === 'RUNNING' && task.workerId !== victim.workerId);
    });
    expect(ms).toBeLessThan(7_000);
    const epochs = [0, 1, 2, 3, 4, 5].map((task) => cluster.epochs('a', task));
    for (const ofTask of epochs) expect(new Set(ofTask).size).toBe(ofTask.length);
  });

  test('I3: a former owner that asks whether a task is still its own is told that it is not', async () => {
    const workers = await startThree();
    await workers[0].herder.createConnector({ name: 'a', config: { ...counter, 'tasks.max': '1' } }, signal);
    await until(() => cluster.running.length === 1);
    const ownerOtherThan = (other?: TestWorker): TestWorker | undefined =>
      workers.find((worker) => worker !== other && worker.host.running.includes('a-0'));
    const former = ownerOtherThan();
    lines.get(former?.workerId ?? '')?.cut();
    await until(() => ownerOtherThan(former) !== undefined);
    lines.get(former?.workerId ?? '')?.heal();
    expect(await former?.host.last('a', 0).events.confirmOwnership(signal)).toBe(false);
    expect(await ownerOtherThan(former)?.host.last('a', 0).events.confirmOwnership(signal)).toBe(true);
  });

  test('spreads tasks by what they move, as soon as that has lasted', async () => {
    const [w1] = await startThree();
    await w1.herder.createConnector({ name: 'a', config: counter }, signal);
    await until(() => areAllRunning(w1, 'a', 6));
    const heavy = [...w1.host.running];
    expect(heavy).toHaveLength(2);
    const move = (): void => {
      for (const { spec, events, isRunning } of cluster.starts) {
        if (isRunning && heavy.includes(`a-${String(spec.id.task)}`)) events.moved(4_000_000);
      }
    };
    // 40 MB/s each: one of them goes where nothing moves, and then all stay where they are.
    const workersOf = (tasks: readonly string[]): number =>
      cluster.workers.filter(({ host }) => tasks.some((task) => host.running.includes(task))).length;
    const moving = setInterval(move, 100);
    try {
      await until(() => workersOf(heavy) === 2 && cluster.running.length === 6);
      const isSettled = async (): Promise<boolean> => {
        const before = cluster.starts.length;
        await systemClock.sleep(2_500, signal);
        return cluster.starts.length === before;
      };
      await until(isSettled);
      const { moves, owners } = await w1.herder.cluster(signal);
      expect(moves.filter(({ reason }) => reason === 'balance').length).toBeGreaterThan(0);
      expect(owners.filter(({ weight }) => weight > 1)).toHaveLength(2);
      expect(workersOf(heavy)).toBe(2);
    } finally {
      clearInterval(moving);
    }
  });

  test('a stop in order hands units over in less than two seconds', async () => {
    const [w1, w2] = await startThree();
    await w1.herder.createConnector({ name: 'a', config: counter }, signal);
    await until(() => areAllRunning(w1, 'a', 6));
    const stopped = w1.stop();
    const ms = await until(async () => {
      const { tasks } = await w2.herder.status('a', signal);
      return tasks.every((task) => task.state === 'RUNNING' && task.workerId !== w1.workerId);
    });
    expect(ms).toBeLessThan(2_000);
    await stopped;
  });

  test('pauses, stops, restarts, reconfigures and deletes', async () => {
    const [w1, w2] = await startThree();
    await w1.herder.createConnector({ name: 'a', config: counter }, signal);
    await until(() => areAllRunning(w1, 'a', 6));
    await w2.herder.setTargetState('a', 'PAUSED', signal);
    await until(async () => (await w1.herder.status('a', signal)).tasks.every((task) => task.state === 'PAUSED'));
    await w2.herder.setTargetState('a', 'STARTED', signal);
    await until(() => areAllRunning(w1, 'a', 6));
    await w2.herder.restartConnector('a', { includeTasks: true, onlyFailed: false }, signal);
    await until(() => [0, 1, 2, 3, 4, 5].every((task) => cluster.epochs('a', task).length === 2));
    await until(() => areAllRunning(w1, 'a', 6));
    await w2.herder.patchConfig('a', { 'tasks.max': '150' }, signal);
    await until(() => areAllRunning(w1, 'a', 150));
    expect(cluster.running).toHaveLength(150);
    await w2.herder.setTargetState('a', 'STOPPED', signal);
    await until(async () => (await w1.herder.status('a', signal)).connector.state === 'STOPPED' && cluster.running.length === 0);
    await w2.herder.setTargetState('a', 'STARTED', signal);
    await until(() => areAllRunning(w1, 'a', 150));
    await w2.herder.deleteConnector('a', signal);
    await until(() => cluster.running.length === 0);
    expect(await w1.herder.connectorNames(signal)).toEqual([]);
  });
});
