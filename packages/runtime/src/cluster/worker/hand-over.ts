import { isDraining } from '../store/cluster-model.ts';
import { unitPath, type Unit } from '../store/unit.ts';
import type { Grip } from './ownership.ts';
import { isSameRun, type HeldTask } from './task-unit-state.ts';
import type { UnitContext } from './unit-context.ts';
import { wantedSomewhere } from './wanted.ts';

/** A task that moves goes on for this long once it is assigned to another: loading the code of a thread takes a quarter of a second of CPU. */
const HEAD_START_MS = 600;
/** A worker that leaves waits no longer than this until its tasks are assigned to others. */
const SUCCESSOR_MS = 1_000;

/** Lets a task that only moves go on while its next worker prepares, so that its records pause for as short as can be. */
export class HandOver {
  readonly #context: UnitContext;
  readonly #unit: Unit & { readonly task: number };
  /** Whom it goes to; null while that is open. */
  #next: string | null | undefined;
  #since = 0;

  constructor(context: UnitContext, unit: Unit & { readonly task: number }) {
    this.#context = context;
    this.#unit = unit;
  }

  /** For how many milliseconds a task that is not wanted here goes on; 0: it has to stop now. */
  remainingMs(held: HeldTask, grip: Grip | undefined): number {
    const { clock } = this.#context;
    const next = this.#isOnlyMoving(held, grip) ? this.#successor() : undefined;
    if (next !== this.#next) [this.#next, this.#since] = [next, clock.monotonic()];
    if (next === undefined) return 0;
    return Math.max(0, (next === null ? SUCCESSOR_MS : HEAD_START_MS) - (clock.monotonic() - this.#since));
  }

  /** It would go on as it is if it was still assigned to this worker, and this worker stayed. */
  #isOnlyMoving(held: HeldTask, grip: Grip | undefined): boolean {
    if (held.kind !== 'running' || held.isPaused || this.#context.lease.phase !== 'held') return false;
    const wanted = wantedSomewhere(this.#context, this.#unit, grip);
    return wanted !== undefined && isSameRun(held, wanted);
  }

  /** Undefined when nobody could take it. */
  #successor(): string | null | undefined {
    const { replica, session } = this.#context;
    const { model } = replica;
    const assigned = model.assignment.get(unitPath(this.#unit))?.workerId;
    if (assigned !== undefined && assigned !== session.workerId) return model.members.has(assigned) ? assigned : undefined;
    const canTake = [...model.members.keys()].some((workerId) => workerId !== session.workerId && !isDraining(model, workerId));
    return canTake ? null : undefined;
  }
}
