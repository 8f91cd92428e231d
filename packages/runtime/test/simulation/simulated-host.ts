import { abortable, createLatch, silentLogger, silentMeter, Stopped, type Clock } from '@headrace/foundation';
import type { KafkaPorts, TaskEvents, TaskHandle, TaskHost, TaskSpec, TaskStarter } from '@headrace/ports';
import { createMemoryKafkaPorts, type MemoryKafka } from '@headrace/ports/memory';
import { unprepared, type SeededRandom } from '@headrace/testkit';
import { createTaskRunner, type PluginRegistry } from '../../src/index.ts';
import { Gate, gatedClock } from './gate.ts';

export interface SimulatedHostOptions {
  readonly clock: Clock;
  /** The worker's own. */
  readonly gate: Gate;
  readonly kafka: MemoryKafka;
  readonly random: SeededRandom;
  readonly plugins: PluginRegistry;
  /** `enabled` or `disabled`. */
  readonly exactlyOnce: string;
}

/** One start of a task. */
export interface SimulatedStart {
  readonly spec: TaskSpec;
  readonly gate: Gate;
  isRunning: boolean;
}

/** A host that remembers what it started. */
export interface StartingHost extends TaskHost {
  readonly starts: readonly SimulatedStart[];
}

const KAFKA_MS = 20;

/**
 * Runs the real task runners on Kafka in memory, each behind a gate of its own: ending one by force closes its gate for
 * good, as ending a thread does.
 */
export class SimulatedHost implements StartingHost {
  readonly starts: SimulatedStart[] = [];
  readonly #options: SimulatedHostOptions;

  constructor(options: SimulatedHostOptions) {
    this.#options = options;
  }

  prepare(): TaskStarter & Disposable {
    return unprepared(this);
  }

  start(spec: TaskSpec, events: TaskEvents): TaskHandle {
    const { plugins, exactlyOnce } = this.#options;
    const gate = new Gate(this.#options.gate);
    const clock = gatedClock(this.#options.clock, gate);
    const ports = this.#ports(gate, clock);
    const start: SimulatedStart = { spec, gate, isRunning: true };
    this.starts.push(start);
    const stopping = new AbortController();
    const ended = createLatch<undefined>();
    const finish = (): void => {
      start.isRunning = false;
      ended.resolve(undefined);
    };
    const runner = createTaskRunner(spec, heardOnlyWhileOpen(events, gate), {
      ...ports,
      topicAdmin: ports.admin,
      plugins,
      log: silentLogger,
      meter: silentMeter,
      clock,
      resolveConfig: (raw) => Promise.resolve(raw),
      yieldNow: () => Promise.resolve(),
      workerConfig: {
        'key.converter': 'simulation.Text',
        'value.converter': 'simulation.Text',
        'exactly.once.source.support': exactlyOnce,
        'task.shutdown.graceful.timeout.ms': '2000',
      },
    });
    void runner.run(stopping.signal).then(finish, finish);
    return {
      pause: () => {
        runner.pause();
      },
      resume: () => {
        runner.resume();
      },
      signals: () => undefined,
      stop: async (graceMs) => {
        stopping.abort(new Stopped('shutdown'));
        await this.#within(graceMs, ended.promise);
        if (!start.isRunning) return;
        gate.kill();
        finish();
        events.stopped();
      },
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  async #within(graceMs: number, ended: Promise<unknown>): Promise<void> {
    const time = new AbortController();
    void gatedClock(this.#options.clock, this.#options.gate)
      .sleep(graceMs, time.signal)
      .then(
        () => {
          time.abort(new Stopped('timeout'));
        },
        () => undefined,
      );
    await abortable(ended, time.signal).catch(() => undefined);
    time.abort(new Stopped('done'));
  }

  /** Ports on the shared cluster; every request takes time, and waits while the process cannot run. */
  #ports(gate: Gate, clock: Clock): KafkaPorts {
    const { kafka, random } = this.#options;
    const request = async (signal: AbortSignal): Promise<void> => {
      await gate.pass();
      await clock.sleep(random.next() * KAFKA_MS, signal);
      await kafka.request(signal);
      await gate.pass();
    };
    const gated = new Proxy(kafka, {
      get: (target, name) => {
        if (name === 'request') return request;
        const member: unknown = Reflect.get(target, name, target);
        return typeof member === 'function' ? (member.bind(target) as unknown) : member;
      },
    });
    return createMemoryKafkaPorts(gated, { clock, offsetsTopic: 'offsets', offsetsTopicPartitions: 2 });
  }
}

/** A dead thread says nothing, and gets no answers. */
const heardOnlyWhileOpen = (events: TaskEvents, gate: Gate): TaskEvents => {
  const ifAlive = <A extends readonly unknown[]>(tell: (...details: A) => void) => {
    return (...details: A): void => {
      if (!gate.isDead) tell(...details);
    };
  };
  return {
    running: ifAlive(() => {
      events.running();
    }),
    paused: ifAlive(() => {
      events.paused();
    }),
    condition: ifAlive((changed: Parameters<TaskEvents['condition']>[0]) => {
      events.condition(changed);
    }),
    signalsDone: ifAlive((tokens: readonly string[]) => {
      events.signalsDone(tokens);
    }),
    notified: ifAlive((notification: Parameters<TaskEvents['notified']>[0]) => {
      events.notified(notification);
    }),
    failed: ifAlive((failure: Parameters<TaskEvents['failed']>[0]) => {
      events.failed(failure);
    }),
    fenced: ifAlive(() => {
      events.fenced();
    }),
    stopped: ifAlive(() => {
      events.stopped();
    }),
    moved: ifAlive((bytes: number) => {
      events.moved(bytes);
    }),
    topicsUsed: ifAlive((topics: readonly string[]) => {
      events.topicsUsed(topics);
    }),
    claimTopics: async (topics, signal) => {
      const isOwner = await events.claimTopics(topics, signal);
      await gate.pass();
      return isOwner;
    },
    confirmOwnership: async (signal) => {
      const isOwner = await events.confirmOwnership(signal);
      await gate.pass();
      return isOwner;
    },
  };
};
