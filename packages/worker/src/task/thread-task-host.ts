import { isIdle, type TaskEvents, type TaskHandle, type TaskHost, type TaskSpec, type TaskStarter } from '@headrace/ports';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { TaskPhase } from '../telemetry/metrics/unit-states.ts';
import { IdleTask } from './idle-task.ts';
import { PreparedThread } from './prepared-thread.ts';
import { TargetCircuits } from './target-circuits.ts';
import { TaskThread } from './task-thread-handle.ts';
import type { ThreadStart } from './thread-messages.ts';
import type { ThreadTaskHostOptions } from './thread-task-host-options.ts';

/** Threads that wait for their task, at most: each holds the memory of one that has none yet. */
const PREPARED_MAX = 4;

/**
 * Rows of a sink are objects that live for one batch: a young generation that holds some batches lets them die there. A source
 * writes most rows as bytes, and would only fill a large one with garbage.
 */
const youngMb = { source: 12, sink: 64 } as const;

/**
 * The process's own --max-semi-space-size, meant for its main thread, would otherwise also bound the tasks: V8 prefers the
 * flag to a thread's limit. Threads read it when they start; the main thread has done so already.
 */
const OWN_LIMIT_COUNTS = '--max-semi-space-size=0';

const ownEntry = new URL(import.meta.url.endsWith('.ts') ? './task-thread.ts' : './task-thread.js', import.meta.url);

/** Runs each task that has something to do in a thread of its own: a hot or broken one is ended alone while leases stay alive. */
export class ThreadTaskHost implements TaskHost {
  readonly #options: ThreadTaskHostOptions;
  readonly #threads = new Set<TaskThread>();
  readonly #prepared = new Set<PreparedThread>();
  readonly #circuits: TargetCircuits;
  readonly #forgetLevels: () => void;

  constructor(options: ThreadTaskHostOptions) {
    this.#options = options;
    this.#circuits = new TargetCircuits(options.clock, options.metrics);
    this.#forgetLevels = options.logLevels.onSet((name, level) => {
      for (const thread of this.#threads) thread.setLogLevel(name, level);
    });
  }

  prepare(kind: TaskSpec['kind']): TaskStarter & Disposable {
    const isTooMany = this.#prepared.size >= PREPARED_MAX;
    const thread = isTooMany ? undefined : new PreparedThread(this.#load(kind));
    if (thread !== undefined) this.#prepared.add(thread);
    return {
      start: (spec, events) => this.#start(this.#taken(thread), spec, events),
      [Symbol.dispose]: () => void this.#taken(thread)?.terminate(),
    };
  }

  start(spec: TaskSpec, events: TaskEvents): TaskHandle {
    return this.#start(undefined, spec, events);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#forgetLevels();
    const unused = [...this.#prepared].map(async (thread) => this.#taken(thread)?.terminate());
    await Promise.all([...unused, ...[...this.#threads].map(async (thread) => thread.stop(0))]);
  }

  #start(prepared: Worker | undefined, spec: TaskSpec, events: TaskEvents): TaskHandle {
    const { unitStates } = this.#options;
    unitStates.started(spec);
    const heard = afterEach(events, (said) => {
      unitStates.became(spec, phaseOf(said));
    });
    if (isIdle(spec)) {
      void prepared?.terminate();
      return new IdleTask(spec, heard);
    }
    const thread = new TaskThread(prepared ?? this.#load(spec.kind), spec, heard, { ...this.#options, circuits: this.#circuits });
    this.#threads.add(thread);
    void thread.ended.finally(() => this.#threads.delete(thread));
    return thread;
  }

  /** Undefined where there is none, or it has broken or was taken before. */
  #taken(thread: PreparedThread | undefined): Worker | undefined {
    return thread !== undefined && this.#prepared.delete(thread) ? thread.release() : undefined;
  }

  #load(kind: TaskSpec['kind']): Worker {
    const { workerConfig, heapMb, entry = ownEntry } = this.#options;
    const workerData: ThreadStart = { workerConfig };
    setFlagsFromString(OWN_LIMIT_COUNTS);
    return new Worker(entry, {
      workerData,
      name: 'task',
      resourceLimits: { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: youngMb[kind] },
    });
  }
}

type Said = 'running' | 'paused' | 'failed' | 'fenced' | 'stopped';

/** Calls `then` after whatever the task says about itself. */
const afterEach = (events: TaskEvents, then: (said: Said) => void): TaskEvents => {
  const told = (said: Exclude<Said, 'failed'>) => (): void => {
    events[said]();
    then(said);
  };
  return {
    running: told('running'),
    paused: told('paused'),
    fenced: told('fenced'),
    stopped: told('stopped'),
    failed: (failure) => {
      events.failed(failure);
      then('failed');
    },
    topicsUsed: (topics) => {
      events.topicsUsed(topics);
    },
    moved: (bytes) => {
      events.moved(bytes);
    },
    condition: (changed) => {
      events.condition(changed);
    },
    signalsDone: (tokens) => {
      events.signalsDone(tokens);
    },
    notified: (notification) => {
      events.notified(notification);
    },
    claimTopics: (topics, signal) => events.claimTopics(topics, signal),
    confirmOwnership: (signal) => events.confirmOwnership(signal),
  };
};

const phaseOf = (said: Said): TaskPhase => (said === 'fenced' || said === 'stopped' ? 'unassigned' : said);
