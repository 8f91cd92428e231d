import type { TaskCondition } from '@headrace/connector-api';
import type { TaskEvents, TaskFailureReport, TaskHandle } from '@headrace/ports';
import type { UnitState } from '../../herder/herder.ts';
import { TaskSignals } from '../messages/task-signals.ts';
import type { Grip } from './ownership.ts';
import type { TaskRun } from './task-unit-state.ts';
import type { UnitContext } from './unit-context.ts';
import { pluginOf } from './wanted.ts';

/** The unit of a task, as one of its starts sees it. */
export interface StartListener {
  /** False for a start that is over: what it still says is nobody's. */
  isCurrent(start: TaskStart): boolean;
  /** It does what it was started for, or is paused. */
  became(state: 'RUNNING' | 'PAUSED'): void;
  failed(failure: TaskFailureReport): void;
  ended(cause: 'fenced' | 'stopped'): void;
  wake(): void;
}

/** One start of a task: what it was based on, what runs of it, and what it says. */
export class TaskStart {
  readonly grip: Grip;
  readonly run: TaskRun;
  readonly signals: TaskSignals;
  handle: TaskHandle = NOTHING_RUNS;
  readonly #context: UnitContext;
  readonly #unit: { readonly connector: string; readonly task: number };
  #condition: TaskCondition | undefined;
  /** What it last said of itself. */
  #state: UnitState | undefined;

  constructor(context: UnitContext, unit: { readonly connector: string; readonly task: number }, grip: Grip, run: TaskRun) {
    this.#context = context;
    this.#unit = unit;
    this.grip = grip;
    this.run = run;
    this.signals = new TaskSignals(context, grip);
  }

  /** Writes it into the task's status. */
  report(state: UnitState, trace?: string): void {
    const { session, statuses } = this.#context;
    this.#state = state;
    const plugin = pluginOf(this.#context, this.#unit.connector);
    statuses.report({
      unit: this.#unit,
      epoch: this.grip.epoch,
      workerId: session.workerId,
      state,
      restartToken: this.run.restartToken,
      ...(trace === undefined ? {} : { trace }),
      ...(plugin === undefined ? {} : { pluginVersion: plugin.version }),
      ...(this.#condition === undefined ? {} : { condition: this.#condition }),
    });
  }

  /** What the task's host calls. */
  events(listener: StartListener): TaskEvents {
    const { notices, topics, loads, reach, ownership } = this.#context;
    const whileCurrent =
      <A extends readonly unknown[]>(then: (...details: A) => void) =>
      (...details: A): void => {
        if (listener.isCurrent(this)) then(...details);
      };
    const becomes = (state: 'RUNNING' | 'PAUSED'): (() => void) =>
      whileCurrent(() => {
        this.report(state);
        listener.became(state);
      });
    const ends = (cause: 'fenced' | 'stopped'): (() => void) =>
      whileCurrent(() => {
        listener.ended(cause);
      });
    return {
      running: becomes('RUNNING'),
      paused: becomes('PAUSED'),
      fenced: ends('fenced'),
      stopped: ends('stopped'),
      failed: whileCurrent((failure) => {
        listener.failed(failure);
      }),
      condition: whileCurrent((changed) => {
        this.#noteCondition(changed);
      }),
      signalsDone: whileCurrent((tokens) => {
        this.signals.done(tokens);
        listener.wake();
      }),
      notified: whileCurrent((notification) => {
        notices.pin(this.grip, notification);
      }),
      topicsUsed: whileCurrent((used) => {
        topics.used(this.#unit, used);
      }),
      moved: whileCurrent((bytes) => {
        loads.moved(this.#unit, bytes);
      }),
      claimTopics: (claimed, signal) => reach.claim(this.grip, claimed, signal),
      confirmOwnership: (signal) => ownership.confirm(this.grip, signal),
    };
  }

  #noteCondition(changed: TaskCondition): void {
    this.#condition = { ...this.#condition, ...changed };
    // Before a task runs there is nothing to tell, but that it waits for its target.
    const isWaiting = changed.circuit !== undefined && changed.circuit.state !== 'closed';
    if (this.#state !== undefined || isWaiting) this.report(this.#state ?? 'UNASSIGNED');
  }
}

const NOTHING_RUNS: TaskHandle = {
  pause: () => undefined,
  resume: () => undefined,
  signals: () => undefined,
  stop: () => Promise.resolve(),
};
