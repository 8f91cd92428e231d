import { Stopped, type Clock } from '@headrace/foundation';
import type { TaskEvents, TaskHandle, TaskSpec, TaskStarter } from '@headrace/ports';
import { unprepared, type SeededRandom } from '@headrace/testkit';
import { Gate, gatedClock } from './gate.ts';
import type { SimulatedStart, StartingHost } from './simulated-host.ts';

export interface LightHostOptions {
  readonly clock: Clock;
  readonly gate: Gate;
  readonly random: SeededRandom;
}

const OPEN_MS = 300;
const DRAIN_MS = 600;
const MOVE_MS = 500;
const MIB = 1_048_576;

/** From 1.4 to 180 MiB/s, always the same for a task; between two powers of two, where what is published comes to rest. */
const bytesPerSecondOf = ({ id }: TaskSpec): number => 1.4 * MIB * 2 ** ((7 * id.connector.charCodeAt(0) + 3 * id.task) % 8);

/** Tasks that only own, confirm, and say that they move bytes: a history with them costs a tenth of one with records. */
export class LightHost implements StartingHost {
  readonly starts: SimulatedStart[] = [];
  readonly #options: LightHostOptions;

  constructor(options: LightHostOptions) {
    this.#options = options;
  }

  prepare(): TaskStarter & Disposable {
    return unprepared(this);
  }

  start(spec: TaskSpec, events: TaskEvents): TaskHandle {
    const { random } = this.#options;
    const gate = new Gate(this.#options.gate);
    const clock = gatedClock(this.#options.clock, gate);
    const start: SimulatedStart = { spec, gate, isRunning: true };
    this.starts.push(start);
    const life = new AbortController();
    let isPaused = spec.isPaused;
    let isOpen = false;
    const tell = (): void => {
      if (isOpen && start.isRunning) events[isPaused ? 'paused' : 'running']();
    };
    const open = async (): Promise<void> => {
      await clock.sleep(random.next() * OPEN_MS, life.signal);
      const isOwner = await events.confirmOwnership(life.signal).catch(() => undefined);
      if (!start.isRunning) return;
      if (isOwner === undefined) return open();
      isOpen = isOwner;
      if (isOwner) tell();
      else {
        start.isRunning = false;
        events.fenced();
      }
    };
    /** At a rate that swings. */
    const move = async (): Promise<void> => {
      for (;;) {
        await clock.sleep(MOVE_MS, life.signal);
        if (isOpen && start.isRunning && !isPaused) events.moved((bytesPerSecondOf(spec) * random.between(0.6, 1.4) * MOVE_MS) / 1_000);
      }
    };
    // Reject only when it is stopped.
    open().catch(() => undefined);
    move().catch(() => undefined);
    const setPaused = (isWanted: boolean) => (): void => {
      isPaused = isWanted;
      tell();
    };
    return {
      pause: setPaused(true),
      resume: setPaused(false),
      signals: () => undefined,
      stop: async (graceMs) => {
        if (!start.isRunning) return;
        await clock.sleep(Math.min(graceMs, random.next() * DRAIN_MS), new AbortController().signal);
        start.isRunning = false;
        life.abort(new Stopped('shutdown'));
        events.stopped();
      },
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
