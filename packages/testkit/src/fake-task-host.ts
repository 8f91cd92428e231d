import type { DeliveredSignal } from '@headrace/connector-api';
import type { TaskEvents, TaskHandle, TaskHost, TaskSpec, TaskStarter } from '@headrace/ports';

/** One start of a task, as the host saw it. */
export interface StartedTask {
  readonly spec: TaskSpec;
  readonly events: TaskEvents;
  isRunning: boolean;
  isPaused: boolean;
  readonly signals: DeliveredSignal[];
}

/** What a host says that has nothing to prepare. */
export const unprepared = (starter: TaskStarter): TaskStarter & Disposable => ({
  start: (spec, events) => starter.start(spec, events),
  [Symbol.dispose]: () => undefined,
});

/** A task host without threads: tasks say at once that they run, and do what the test tells them. */
export class FakeTaskHost implements TaskHost {
  /** Every start there ever was here, in order. */
  readonly starts: StartedTask[] = [];
  /** How long a stop takes; a promise the test resolves. */
  stopping: () => Promise<void> = () => Promise.resolve();
  /** How often it was told that a task will be started soon. */
  prepared = 0;
  readonly #onStart: (task: StartedTask) => void;

  /** `onStart` sees each start as it happens. */
  constructor(onStart: (task: StartedTask) => void = () => undefined) {
    this.#onStart = onStart;
  }

  prepare(): TaskStarter & Disposable {
    this.prepared += 1;
    return unprepared(this);
  }

  start(spec: TaskSpec, events: TaskEvents): TaskHandle {
    const task: StartedTask = { spec, events, isRunning: true, isPaused: spec.isPaused, signals: [] };
    this.#onStart(task);
    this.starts.push(task);
    const tell = (): void => {
      if (!task.isRunning) return;
      if (task.isPaused) events.paused();
      else events.running();
    };
    queueMicrotask(tell);
    return {
      pause: () => {
        task.isPaused = true;
        tell();
      },
      resume: () => {
        task.isPaused = false;
        tell();
      },
      signals: (signals) => {
        task.signals.push(...signals);
      },
      stop: async () => {
        if (!task.isRunning) return;
        await this.stopping();
        task.isRunning = false;
        events.stopped();
      },
    };
  }

  /** What runs now, as `connector-task`, sorted. */
  get running(): readonly string[] {
    return this.starts
      .filter((task) => task.isRunning)
      .map(({ spec }) => `${spec.id.connector}-${String(spec.id.task)}`)
      .sort();
  }

  /** The last start of a task. */
  last(connector: string, task: number): StartedTask {
    const found = this.starts.findLast(({ spec }) => spec.id.connector === connector && spec.id.task === task);
    if (found === undefined) throw new Error(`Task ${connector}-${String(task)} never started here.`);
    return found;
  }

  /** The task fails by itself. */
  fail(connector: string, task: number, message: string): void {
    const started = this.last(connector, task);
    started.isRunning = false;
    started.events.failed({ code: 'test.broken', message, trace: `TaskFailure: ${message}` });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
