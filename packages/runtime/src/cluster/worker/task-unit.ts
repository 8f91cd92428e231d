import { Backoff, crashPoint, hasReaction, toError, Wakeup, type Service } from '@headrace/foundation';
import type { TaskFailureReport, TaskStarter } from '@headrace/ports';
import { partitionsOf } from '../store/values.ts';
import { wakeWithin } from '../wake-within.ts';
import { dropOrphan } from './drop-orphan.ts';
import { HandOver } from './hand-over.ts';
import type { Grip } from './ownership.ts';
import { RestartPolicy, traceWithRestart } from './restart-policy.ts';
import type { StartTurn } from './start-turns.ts';
import { taskPremise } from './task-premise.ts';
import { TaskStart, type StartListener } from './task-start.ts';
import { nextTaskStep, type HeldTask, type WantedTask } from './task-unit-state.ts';
import type { UnitContext } from './unit-context.ts';
import { hasNothingToRead, isAssignedHere, isOwnedHere, kindOf, wantedTask } from './wanted.ts';

/** One task on this worker, for as long as the worker has something of it or wants to. */
export class TaskUnit implements Service {
  readonly name: string;
  readonly #context: UnitContext;
  readonly #unit: { readonly connector: string; readonly task: number };
  readonly #wakeup = new Wakeup();
  readonly #backoff: Backoff;
  readonly #restarts: RestartPolicy;
  readonly #handOver: HandOver;
  /** When a task that failed is to start again; Infinity: not by itself. */
  #restartAt = Infinity;
  #held: HeldTask = { kind: 'vacant' };
  #current: TaskStart | undefined;
  /** While it is wanted here and somebody else is still about to give it back. */
  #prepared: (TaskStarter & Disposable) | undefined;
  #turn: StartTurn | undefined;
  /** Since when the task is wanted here and does not run. */
  #wantedSince: number | undefined;
  readonly #listener: StartListener = {
    isCurrent: (start) => this.#current === start && this.isRunning,
    became: (state) => {
      this.#endTurn();
      if (state === 'RUNNING') this.#tookOver();
    },
    failed: (failure) => {
      this.#failed(failure);
      this.#ended('failed');
    },
    ended: (cause) => {
      this.#ended(cause);
    },
    wake: () => {
      this.wake();
    },
  };

  constructor(context: UnitContext, unit: { readonly connector: string; readonly task: number }) {
    this.name = `task ${unit.connector}-${String(unit.task)}`;
    this.#context = context;
    this.#unit = unit;
    this.#backoff = new Backoff(context.clock, { initialMs: 100, maxMs: 5_000 });
    this.#restarts = new RestartPolicy(context.clock);
    this.#handOver = new HandOver(context, unit);
  }

  get isVacant(): boolean {
    return this.#held.kind === 'vacant';
  }

  get isRunning(): boolean {
    return this.#held.kind === 'running';
  }

  wake(): void {
    this.#wakeup.wake();
  }

  /** Ends when aborted, and then stops what runs; what is owned stays owned until the lease ends, unless it was released before. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted && !this.#isOver()) await this.#step(signal);
    } finally {
      this.#prepared?.[Symbol.dispose]();
      this.#context.turns.leave(this);
      this.#endTurn();
      await this.#current?.handle.stop(0);
    }
  }

  /** Nothing is held and nothing will be wanted: the reconciler forgets the unit. */
  #isOver(): boolean {
    return this.isVacant && !isAssignedHere(this.#context, this.#unit) && !isOwnedHere(this.#context, this.#unit);
  }

  async #step(signal: AbortSignal): Promise<void> {
    const wanted = wantedTask(this.#context, this.#unit, this.#current?.grip);
    const step = nextTaskStep(this.#held, wanted);
    this.#noteWish(wanted);
    if (step !== 'acquire') this.#context.turns.leave(this);
    try {
      switch (step) {
        case 'wait':
          await this.#passSignals(signal);
          await this.#wait(signal);
          return;
        case 'acquire':
          await this.#acquireInTurn(wanted, signal);
          return;
        case 'stop':
          await this.#stop(signal);
          return;
        case 'release':
          await this.#release(signal);
          return;
        case 'drop':
          await dropOrphan(this.#context, this.#unit, this.#backoff, signal);
          return;
        default:
          this.#setPaused(step === 'pause');
      }
    } catch (error) {
      signal.throwIfAborted();
      // Without the lease nothing of this worker may go on; anything else concerns this unit alone.
      if (hasReaction(error, 'fenced')) throw error;
      this.#context.log[hasReaction(error, 'retry') ? 'debug' : 'error']('A step of a task could not be taken; trying again.', {
        task: this.name,
        error: toError(error).message,
      });
      await this.#backoff.wait(signal);
    }
  }

  async #passSignals(signal: AbortSignal): Promise<void> {
    const start = this.#current;
    if (start === undefined || this.#held.kind !== 'running') return;
    const news = start.signals.news();
    if (news.length > 0) start.handle.signals(news);
    await start.signals.remove(signal);
  }

  /** For whatever comes: something has changed, or a failed task is due to start again. */
  async #wait(signal: AbortSignal): Promise<void> {
    const { clock } = this.#context;
    if (this.#restartAt === Infinity) await this.#wakeup.wait(signal);
    else await wakeWithin(clock, Math.max(0, this.#restartAt - clock.monotonic()), this.#wakeup, signal);
    if (clock.monotonic() < this.#restartAt || this.#held.kind !== 'ended') return;
    // As if it had ended in order: it is given back and taken anew.
    this.#held = { ...this.#held, cause: 'stopped' };
  }

  async #acquireInTurn(wanted: WantedTask, signal: AbortSignal): Promise<void> {
    this.#turn = this.#context.turns.take(this);
    if (this.#turn === undefined) {
      await this.#wakeup.wait(signal);
      return;
    }
    try {
      await this.#acquire(wanted, signal);
    } finally {
      if (!this.isRunning) this.#endTurn();
    }
  }

  #endTurn(): void {
    this.#turn?.end();
    this.#turn = undefined;
  }

  async #acquire(wanted: WantedTask, signal: AbortSignal): Promise<void> {
    const { keys, ownership, reach, replica, store } = this.#context;
    const connector = replica.model.connectors.get(this.#unit.connector);
    const generation = connector?.generation;
    if (wanted.kind !== 'task' || generation === undefined) return;
    const premise = taskPremise({ store, keys, id: this.#unit, pointerRevision: generation.modRevision, since: wanted.generation });
    const seen = replica.model.revision;
    const grip = await ownership.acquire(this.#unit, premise, signal);
    if (grip === undefined) {
      if (replica.model.revision === seen) await this.#backoff.wait(signal);
      return;
    }
    crashPoint('take-over.owner-written');
    this.#start(grip, wanted, await reach.read(this.#unit, signal));
  }

  /** The premise of the grip vouches that the replica's tasks are the ones of the current generation. */
  #start(grip: Grip, wanted: WantedTask & { readonly kind: 'task' }, topicsWritten: readonly string[]): void {
    const { clusterId, log, taskHost, replica } = this.#context;
    const connector = replica.model.connectors.get(this.#unit.connector);
    const value = connector?.tasks.get(this.#unit.task);
    const { generation, restartToken } = wanted;
    const start = new TaskStart(this.#context, this.#unit, grip, { generation, restartToken });
    this.#current = start;
    if (connector?.generation === undefined || value?.since !== generation) {
      this.#held = { ...start.run, kind: 'ended', cause: 'stopped' };
      return;
    }
    this.#restarts.started(wanted.restartToken);
    this.#context.loads.begin(grip);
    log.info('Task starts.', { task: this.name, epoch: String(grip.epoch.revision), generation });
    this.#held = { ...start.run, kind: 'running', isPaused: wanted.isPaused };
    const starter = this.#prepared ?? taskHost;
    this.#prepared = undefined;
    start.handle = starter.start(
      {
        id: this.#unit,
        kind: kindOf(this.#context, this.#unit.connector),
        clusterId,
        epoch: grip.epoch,
        generation,
        taskCount: connector.generation.taskCount,
        config: value.config,
        partitions: partitionsOf(value),
        isPaused: wanted.isPaused,
        topicsWritten,
      },
      start.events(this.#listener),
    );
  }

  #ended(cause: 'failed' | 'fenced' | 'stopped'): void {
    if (this.#held.kind === 'running') this.#held = { ...this.#held, kind: 'ended', cause };
    this.#endTurn();
    this.wake();
  }

  #noteWish({ kind }: WantedTask): void {
    const { clock, taskHost } = this.#context;
    if (kind === 'none') {
      this.#wantedSince = undefined;
      this.#prepared?.[Symbol.dispose]();
      this.#prepared = undefined;
    } else if (this.isVacant) {
      this.#wantedSince ??= clock.monotonic();
      if (!hasNothingToRead(this.#context, this.#unit)) this.#prepared ??= taskHost.prepare(kindOf(this.#context, this.#unit.connector));
    }
  }

  /** From the assignment, the wait for a former owner included, until the task ran. */
  #tookOver(): void {
    const { clock, meter } = this.#context;
    if (this.#wantedSince !== undefined) {
      meter.observe('headrace_cluster_take_over_{}_seconds', (clock.monotonic() - this.#wantedSince) / 1_000);
    }
    this.#wantedSince = undefined;
  }

  #failed(failure: TaskFailureReport): void {
    const { clock, log, replica } = this.#context;
    const config = replica.model.connectors.get(this.#unit.connector)?.config.config ?? {};
    const planned = this.#restarts.failed(config, failure.code);
    const details = { task: this.name, code: failure.code, error: failure.message };
    if (planned === undefined) {
      log.error('Task failed and stays so until it is restarted or reconfigured.', details);
      this.#current?.report('FAILED', failure.trace);
      return;
    }
    log.warn('Task failed and will be started again.', { ...details, attempt: planned.attempt, afterMs: Math.round(planned.afterMs) });
    this.#restartAt = clock.monotonic() + planned.afterMs;
    this.#current?.report('RESTARTING', traceWithRestart(failure.trace, planned));
  }

  #setPaused(isPaused: boolean): void {
    if (this.#held.kind !== 'running') return;
    this.#held = { ...this.#held, isPaused };
    if (isPaused) this.#current?.handle.pause();
    else this.#current?.handle.resume();
  }

  async #stop(signal: AbortSignal): Promise<void> {
    const { clock } = this.#context;
    const remainingMs = this.#handOver.remainingMs(this.#held, this.#current?.grip);
    if (remainingMs > 0) {
      await wakeWithin(clock, remainingMs, this.#wakeup, signal);
      return;
    }
    await this.#current?.handle.stop(this.#context.taskStopMs);
    if (this.#held.kind === 'running') this.#held = { ...this.#held, kind: 'ended', cause: 'stopped' };
  }

  async #release(signal: AbortSignal): Promise<void> {
    const wasFenced = this.#held.kind === 'ended' && this.#held.cause === 'fenced';
    if (this.#current !== undefined) await this.#context.ownership.release(this.#current.grip, signal);
    this.#context.statuses.forget(this.#unit);
    this.#context.loads.end(this.#unit);
    this.#current = undefined;
    this.#restartAt = Infinity;
    this.#held = { kind: 'vacant' };
    // Fenced though it looked like the owner: whoever fences it must not be answered at full speed.
    if (wasFenced) await this.#backoff.wait(signal);
    else this.#backoff.reset();
  }
}
