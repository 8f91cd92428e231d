import type { Worker } from 'node:worker_threads';

/** A thread that loads its code before it has a task. What goes wrong with it meanwhile is nobody's failure. */
export class PreparedThread {
  readonly #worker: Worker;
  #isBroken = false;
  readonly #broke = (): void => {
    this.#isBroken = true;
  };

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('error', this.#broke);
    worker.on('exit', this.#broke);
  }

  /** The thread, to be listened to by somebody else from now on; undefined when it has broken. */
  release(): Worker | undefined {
    this.#worker.off('error', this.#broke);
    this.#worker.off('exit', this.#broke);
    return this.#isBroken ? undefined : this.#worker;
  }
}
