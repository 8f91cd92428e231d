import { abortable, createLatch, type Latch } from '@headrace/foundation';
import { initialState, isPauseWanted, nextState, type Report, type TaskEvent, type TaskState } from '../task-state.ts';

/** The state of a running task, shared by its runner and by whoever pauses it; reports what the state machine asks for. */
export class TaskLife {
  #state: TaskState;
  readonly #report: (report: Report) => void;
  #changed: Latch<undefined> = createLatch<undefined>();

  constructor(isPaused: boolean, report: (report: Report) => void) {
    this.#state = initialState(isPaused);
    this.#report = report;
  }

  get state(): TaskState {
    return this.#state;
  }

  /** True from the wish on: the runner stops polling and flushes. */
  get isPauseWanted(): boolean {
    return isPauseWanted(this.#state);
  }

  send(event: TaskEvent): void {
    const { state, report } = nextState(this.#state, event);
    this.#state = state;
    if (report !== undefined) this.#report(report);
    this.#changed.resolve(undefined);
    this.#changed = createLatch<undefined>();
  }

  /** Resolves when no pause is wanted any more. */
  async resumed(signal: AbortSignal): Promise<void> {
    while (this.isPauseWanted) await abortable(this.#changed.promise, signal);
  }
}
