import type { DeliveredSignal } from '@headrace/connector-api';
import { createLatch, linkSignal, Stopped, toError, type Latch, type LogLevel } from '@headrace/foundation';
import type { TaskEvents, TaskFailureReport, TaskHandle, TaskSpec } from '@headrace/ports';
import type { Worker } from 'node:worker_threads';
import { CircuitDesk } from './circuit-desk.ts';
import type { TargetCircuits } from './target-circuits.ts';
import { TaskWatchdog, type Excess } from './task-watchdog.ts';
import { crashReport, excessReport } from './thread-failure.ts';
import type { FromThread, ToThread } from './thread-messages.ts';
import type { ThreadTaskHostOptions } from './thread-task-host-options.ts';

export interface TaskThreadOptions extends ThreadTaskHostOptions {
  /** Shared with the other threads. */
  readonly circuits: TargetCircuits;
}

/** The coordinator's end of one task's thread. Whatever the thread does, exactly one last event reaches the listener. */
export class TaskThread implements TaskHandle {
  readonly #worker: Worker;
  readonly #events: TaskEvents;
  readonly #options: TaskThreadOptions;
  readonly #spec: TaskSpec;
  readonly #exit: Latch<undefined> = createLatch<undefined>();
  readonly #lifetime = new AbortController();
  readonly #watchdog: TaskWatchdog;
  readonly #circuits: CircuitDesk;
  #isOver = false;
  #isStopping = false;

  /** `worker` starts the task as soon as its code is loaded. */
  constructor(worker: Worker, spec: TaskSpec, events: TaskEvents, options: TaskThreadOptions) {
    this.#worker = worker;
    this.#spec = spec;
    this.#events = events;
    this.#options = options;
    this.#watchdog = new TaskWatchdog({
      ...options,
      cpuMs: () => threadCpuMs(worker),
      onExcess: (excess) => {
        this.#endBy(excess);
      },
    });
    void this.#watchdog.run(this.#lifetime.signal);
    this.#circuits = new CircuitDesk({
      circuits: options.circuits,
      post: (message) => {
        this.#send(message);
      },
      show: (circuit) => {
        if (!this.#isOver) events.condition({ circuit });
      },
    });
    this.#worker.on('message', (message: FromThread) => {
      this.#receive(message);
    });
    this.#worker.on('error', (error) => {
      this.#fail(crashReport(error, spec, options.heapMb));
    });
    this.#worker.on('exit', () => {
      this.#onExit();
    });
    this.#send({ type: 'start', spec, logLevels: options.logLevels.list().map(({ name, level }) => [name, level]) });
  }

  /** Settles when nothing of the thread runs any more. */
  get ended(): Promise<undefined> {
    return this.#exit.promise;
  }

  setLogLevel(name: string, level: LogLevel): void {
    this.#send({ type: 'log-level', name, level });
  }

  pause(): void {
    this.#send({ type: 'pause' });
  }

  resume(): void {
    this.#send({ type: 'resume' });
  }

  signals(signals: readonly DeliveredSignal[]): void {
    this.#send({ type: 'signals', signals });
  }

  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    this.#send({ type: 'stop' });
    using waiting = linkSignal(this.#lifetime.signal);
    void this.#options.clock.sleep(graceMs, waiting.signal).then(
      () => this.#worker.terminate(),
      () => undefined,
    );
    await this.#exit.promise;
  }

  #send(message: ToThread): void {
    this.#worker.postMessage(message);
  }

  /** A stop has a grace of its own. */
  #endBy(excess: Excess): void {
    if (this.#isStopping) return;
    this.#fail(excessReport(excess, this.#spec, this.#options.buffersMb));
    void this.#worker.terminate();
  }

  #receive(message: FromThread): void {
    this.#watchdog.heard();
    if (message.type === 'alive') {
      this.#watchdog.alive(message.externalBytes);
      return;
    }
    if (message.type === 'confirm-ownership') {
      void this.#answer(message.request, this.#events.confirmOwnership(this.#lifetime.signal));
      return;
    }
    if (message.type === 'claim-topics') {
      void this.#answer(message.request, this.#events.claimTopics(message.topics, this.#lifetime.signal));
      return;
    }
    if (message.type === 'metrics') {
      this.#options.metrics.merge(message.report);
      return;
    }
    if (this.#isOver) return;
    switch (message.type) {
      case 'running':
      case 'paused':
        this.#events[message.type]();
        return;
      case 'failed':
      case 'fenced':
      case 'stopped':
        this.#end(message);
        return;
      default:
        this.#tell(message);
    }
  }

  /** What changes nothing of the task's state. */
  #tell(message: Extract<FromThread, { type: 'condition' | 'signals-done' | 'notified' | 'topics-used' | 'moved' | 'circuit' }>): void {
    switch (message.type) {
      case 'condition':
        this.#events.condition(message.changed);
        return;
      case 'signals-done':
        this.#events.signalsDone(message.tokens);
        return;
      case 'notified':
        this.#events.notified(message.notification);
        return;
      case 'topics-used':
        this.#events.topicsUsed(message.topics);
        return;
      case 'moved':
        this.#events.moved(message.bytes);
        return;
      case 'circuit':
        this.#circuits.heard(message);
    }
  }

  #end(message: Extract<FromThread, { type: 'failed' | 'fenced' | 'stopped' }>): void {
    this.#isOver = true;
    if (message.type === 'failed') this.#events.failed(message.failure);
    else if (message.type === 'fenced') this.#events.fenced();
    else this.#events.stopped();
  }

  #fail(failure: TaskFailureReport): void {
    if (!this.#isOver) this.#end({ type: 'failed', failure });
  }

  #onExit(): void {
    this.#lifetime.abort(new Stopped('done'));
    this.#circuits[Symbol.dispose]();
    if (this.#isStopping && !this.#isOver) this.#end({ type: 'stopped' });
    this.#fail(crashReport(new Error('The thread ended without a word.'), this.#spec, this.#options.heapMb));
    this.#exit.resolve(undefined);
  }

  async #answer(request: number, answer: Promise<boolean>): Promise<void> {
    try {
      this.#send({ type: 'ownership', request, isOwner: await answer });
    } catch (error) {
      this.#send({ type: 'ownership', request, isOwner: false, failure: toError(error).message });
    }
  }
}

/** Of the whole process where Node.js cannot tell it of a thread (before 24.6). */
const threadCpuMs = async (worker: Worker): Promise<number> => {
  const { user, system } = 'cpuUsage' in worker ? await worker.cpuUsage().catch(() => NOTHING_USED) : process.cpuUsage();
  return (user + system) / 1_000;
};

/** By a thread that does not run yet, or not any more. */
const NOTHING_USED = { user: 0, system: 0 };
