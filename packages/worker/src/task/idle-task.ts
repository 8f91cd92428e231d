import type { TaskEvents, TaskHandle, TaskSpec } from '@headrace/ports';

/** A task that is idle: it starts nothing, and needs no thread for that; it only says how it is. With partitions it is another task. */
export class IdleTask implements TaskHandle {
  readonly #events: TaskEvents;
  #isPaused: boolean;
  #isOver = false;

  constructor({ isPaused }: TaskSpec, events: TaskEvents) {
    this.#events = events;
    this.#isPaused = isPaused;
    // Whoever starts it has no handle yet.
    queueMicrotask(() => {
      this.#tell();
    });
  }

  pause(): void {
    this.#isPaused = true;
    this.#tell();
  }

  resume(): void {
    this.#isPaused = false;
    this.#tell();
  }

  signals(): void {
    // Sinks have none.
  }

  stop(): Promise<void> {
    if (!this.#isOver) this.#events.stopped();
    this.#isOver = true;
    return Promise.resolve();
  }

  #tell(): void {
    if (this.#isOver) return;
    if (this.#isPaused) this.#events.paused();
    else this.#events.running();
  }
}
