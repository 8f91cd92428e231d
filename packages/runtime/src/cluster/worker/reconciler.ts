import { Scope, Wakeup, type Service } from '@headrace/foundation';
import { unitPath, type Unit } from '../store/unit.ts';
import { ConnectorUnit } from './connector/connector-unit.ts';
import { TaskUnit } from './task-unit.ts';
import type { UnitContext } from './unit-context.ts';

/** Each unit goes its own way, so that one that is slow to stop holds up nobody else. */
type LocalUnit = Service & {
  /** Nothing is owned. */
  readonly isVacant: boolean;
  /** Something may still have effects. */
  readonly isRunning: boolean;
  wake(): void;
};

/** Keeps one local unit for every unit assigned to this worker, and for those that it still has to give back. */
export class Reconciler implements Service {
  readonly name = 'reconciler';
  readonly #context: UnitContext;
  readonly #units = new Map<string, LocalUnit>();
  readonly #wakeup = new Wakeup();

  constructor(context: UnitContext) {
    this.#context = context;
  }

  /** Something may have changed: the cluster's state, the lease's phase, or that the worker is leaving. */
  wake(): void {
    this.#wakeup.wake();
    for (const unit of this.#units.values()) unit.wake();
  }

  async run(signal: AbortSignal): Promise<void> {
    const { replica, lease } = this.#context;
    await using scope = new Scope(signal);
    const wake = (): void => {
      this.wake();
    };
    const unsubscribe = [replica.onChange(wake), lease.onPhase(wake)];
    scope.spawn('units', async (child) => {
      while (!child.aborted) {
        this.#startAssigned(scope);
        await this.#wakeup.wait(child);
      }
    });
    try {
      await scope.done();
    } finally {
      for (const end of unsubscribe) end();
    }
  }

  /** Resolves with true when nothing of this worker runs any more, with false after `maxMs`. */
  stopped(maxMs: number, signal: AbortSignal): Promise<boolean> {
    return this.#poll(maxMs, signal, (unit) => !unit.isRunning);
  }

  /** Resolves with true when everything is given back, with false after `maxMs`. */
  released(maxMs: number, signal: AbortSignal): Promise<boolean> {
    return this.#poll(maxMs, signal, (unit) => unit.isVacant);
  }

  async #poll(maxMs: number, signal: AbortSignal, condition: (unit: LocalUnit) => boolean): Promise<boolean> {
    const { clock } = this.#context;
    const deadline = clock.monotonic() + maxMs;
    while (![...this.#units.values()].every(condition)) {
      if (clock.monotonic() >= deadline) return false;
      await clock.sleep(DRAIN_POLL_MS, signal);
    }
    return true;
  }

  #startAssigned(scope: Scope): void {
    const { replica, session } = this.#context;
    if (replica.isEmpty) return;
    const { assignment, owners } = replica.model;
    for (const { unit, workerId } of assignment.values()) if (workerId === session.workerId) this.#ensure(scope, unit);
    // An acquisition whose answer was lost may have left one, for a unit that has since been assigned to another.
    for (const owner of owners.values()) if (owner.session === session.leaseId) this.#ensure(scope, owner.unit);
  }

  #ensure(scope: Scope, unit: Unit): void {
    const path = unitPath(unit);
    if (!this.#units.has(path)) this.#start(scope, unit, path);
  }

  #start(scope: Scope, unit: Unit, path: string): void {
    const { connector, task } = unit;
    const local = task === null ? new ConnectorUnit(this.#context, connector) : new TaskUnit(this.#context, { connector, task });
    this.#units.set(path, local);
    scope.spawn(local.name, async (signal) => {
      await local.run(signal);
      this.#units.delete(path);
      // It may have been assigned here again while its end was on the way.
      this.#wakeup.wake();
    });
  }
}

const DRAIN_POLL_MS = 20;
