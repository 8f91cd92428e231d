import { afterEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '@headrace/foundation';
import type { TaskEvents, TaskFailureReport, TaskSpec } from '@headrace/ports';
import { createPluginRegistry } from '@headrace/runtime';
import { LogLevels } from '../src/telemetry/log-levels.ts';
import { WorkerMetrics } from '../src/telemetry/metrics/worker-metrics.ts';
import { ThreadTaskHost } from '../src/task/thread-task-host.ts';

const spec: TaskSpec = {
  id: { connector: 'shop', task: 0 },
  kind: 'source',
  clusterId: 'test',
  epoch: { incarnation: 0, revision: 1n },
  generation: 1,
  taskCount: 1,
  config: {},
  partitions: [],
  isPaused: false,
};

const metrics = new WorkerMetrics({
  workerId: 'w1:8083',
  clock: systemClock,
  sources: { plugins: createPluginRegistry([]), workerConfig: {} },
});
const hosts: ThreadTaskHost[] = [];

const hostOf = (fixture: string): ThreadTaskHost => {
  const host = new ThreadTaskHost({
    workerConfig: {},
    heapMb: 32,
    buffersMb: 64,
    clock: systemClock,
    logLevels: new LogLevels('INFO', systemClock),
    metrics: metrics.store,
    unitStates: metrics.unitStates,
    entry: new URL(`./fixtures/${fixture}.js`, import.meta.url),
  });
  hosts.push(host);
  return host;
};

afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host[Symbol.asyncDispose]()));
});

class Listener implements TaskEvents {
  readonly seen: string[] = [];
  readonly failures: TaskFailureReport[] = [];
  readonly #isOwner: boolean;
  readonly #waiting: { readonly event: string; readonly resolve: () => void }[] = [];

  constructor(isOwner = true) {
    this.#isOwner = isOwner;
  }

  async next(event: string): Promise<void> {
    if (this.seen.includes(event)) return;
    await new Promise<void>((resolve) => this.#waiting.push({ event, resolve }));
  }

  running(): void {
    this.#note('running');
  }

  paused(): void {
    this.#note('paused');
  }

  failed(failure: TaskFailureReport): void {
    this.failures.push(failure);
    this.#note('failed');
  }

  fenced(): void {
    this.#note('fenced');
  }

  condition(): void {
    // Fixtures have none to speak of.
  }

  moved(): void {
    // They move nothing.
  }

  signalsDone(): void {
    // Nor this.
  }

  notified(): void {
    // Nor this.
  }

  stopped(): void {
    this.#note('stopped');
  }

  topicsUsed(): void {
    this.#note('topics-used');
  }

  claimTopics(): Promise<boolean> {
    return Promise.resolve(this.#isOwner);
  }

  async confirmOwnership(): Promise<boolean> {
    return this.#isOwner;
  }

  #note(event: string): void {
    this.seen.push(event);
    for (const waiting of this.#waiting) if (waiting.event === event) waiting.resolve();
  }
}

describe('ThreadTaskHost', () => {
  test('a task asks for its ownership, runs, pauses and stops by itself', async () => {
    const listener = new Listener();
    const handle = hostOf('obedient-thread').start(spec, listener);
    await listener.next('running');
    handle.pause();
    await listener.next('paused');
    await handle.stop(10_000);
    expect(listener.seen).toEqual(['running', 'paused', 'stopped']);
  });

  test('a sink task without partitions says how it is, and needs no thread for that', async () => {
    const listener = new Listener();
    const handle = hostOf('no-such-thread').start({ ...spec, kind: 'sink' }, listener);
    await listener.next('running');
    handle.pause();
    handle.resume();
    await handle.stop(10_000);
    handle.pause();
    expect(listener.seen).toEqual(['running', 'paused', 'running', 'stopped']);
  });

  test('a thread that was prepared runs the task; one that is not needed, or broke before, is nobody’s failure', async () => {
    const host = hostOf('obedient-thread');
    const listener = new Listener();
    host.prepare('source')[Symbol.dispose]();
    const handle = host.prepare('source').start(spec, listener);
    await listener.next('running');
    await handle.stop(10_000);
    expect(listener.seen).toEqual(['running', 'stopped']);

    const broken = hostOf('no-such-thread').prepare('source');
    await systemClock.sleep(300, new AbortController().signal);
    const unlucky = new Listener();
    broken.start(spec, unlucky);
    await unlucky.next('failed');
    expect(unlucky.seen).toEqual(['failed']);
  });

  test('threads are prepared for a few tasks only, and every task starts all the same', async () => {
    const host = hostOf('obedient-thread');
    const prepared = Array.from({ length: 6 }, () => host.prepare('source'));
    const listeners = prepared.map((starter) => {
      const listener = new Listener();
      starter.start(spec, listener);
      return listener;
    });
    await Promise.all(listeners.map((listener) => listener.next('running')));
  });

  test('a task that is not the owner is fenced, and says nothing after that', async () => {
    const listener = new Listener(false);
    const handle = hostOf('obedient-thread').start(spec, listener);
    await listener.next('fenced');
    await handle.stop(10_000);
    expect(listener.seen).toEqual(['fenced']);
  });

  test('a task that never yields is ended by force after its grace', async () => {
    const listener = new Listener();
    const handle = hostOf('hot-thread').start(spec, listener);
    await listener.next('running');
    await handle.stop(100);
    expect(listener.seen).toEqual(['running', 'stopped']);
  });

  test('a task that takes too much heap is ended alone, with a sentence that says how much it had', async () => {
    const listener = new Listener();
    hostOf('greedy-thread').start(spec, listener);
    await listener.next('failed');
    expect(listener.failures[0]).toMatchObject({ code: 'worker.task_out_of_memory', message: expect.stringContaining('32 MiB') });
  });

  test('a task that takes too many buffers, which are no heap, is ended alone', async () => {
    const listener = new Listener();
    hostOf('hoarding-thread').start(spec, listener);
    await listener.next('failed');
    expect(listener.failures[0]).toMatchObject({ code: 'worker.task_buffers_exceeded', message: expect.stringContaining('64 MiB') });
  });

  test('a task that does not yield for 5 s is ended alone: another one, and one that gets no turn, go on', async () => {
    const hot = new Listener();
    const other = new Listener();
    const starved = new Listener();
    const obedient = hostOf('obedient-thread').start(spec, other);
    hostOf('waiting-thread').start(spec, starved);
    await starved.next('running');
    hostOf('hot-thread').start(spec, hot);
    await hot.next('failed');
    expect(hot.seen).toEqual(['running', 'failed']);
    expect(hot.failures[0]).toMatchObject({
      code: 'worker.task_unresponsive',
      message: expect.stringMatching(/did not yield for [\d.]+ s/),
    });
    expect([other.seen, starved.seen]).toEqual([['running'], ['running']]);
    await obedient.stop(10_000);
  });

  test('an unforeseen error fails the task with its trace, once', async () => {
    const listener = new Listener();
    hostOf('throwing-thread').start(spec, listener);
    await listener.next('failed');
    expect(listener.seen).toEqual(['failed']);
    expect(listener.failures[0]).toMatchObject({ code: 'worker.task_crashed', trace: expect.stringContaining('nobody foresaw this') });
  });
});
