import { hasReaction, toError, type Clock, type Logger, type Service } from '@headrace/foundation';
import type { CoordinationStore } from '@headrace/ports';
import type { ClusterReplica } from '../store/cluster-replica.ts';
import type { Keyspace } from '../store/keyspace.ts';
import { unitPath, type Unit } from '../store/unit.ts';
import { codecs } from '../store/values.ts';
import type { Grip } from '../worker/ownership.ts';
import { nextStep, smoothed } from './load-step.ts';

export interface LoadBoardOptions {
  readonly store: CoordinationStore;
  readonly keys: Keyspace;
  readonly replica: ClusterReplica;
  readonly clock: Clock;
  readonly log: Logger;
  /** How often it looks at what the tasks have moved. */
  readonly intervalMs: number;
}

/** Rates are smoothed over so many looks: a burst is no load that lasts. */
const SMOOTHED_LOOKS = 5;

interface Measured {
  readonly grip: Grip;
  /** Since the last look. */
  bytes: number;
  /** Bytes per second, smoothed. */
  rate: number;
}

/** Measures what the tasks of this worker move and publishes it for the leader: seldom, and only when it is another step. */
export class LoadBoard implements Service {
  readonly name = 'load board';
  readonly #options: LoadBoardOptions;
  readonly #tasks = new Map<string, Measured>();

  constructor(options: LoadBoardOptions) {
    this.#options = options;
  }

  /** The task is this worker's from now on, and goes on at the rate that its former owner has published. */
  begin(grip: Grip): void {
    const path = unitPath(grip.unit);
    this.#tasks.set(path, { grip, bytes: 0, rate: this.#published(path) });
  }

  moved(unit: Unit, bytes: number): void {
    const task = this.#tasks.get(unitPath(unit));
    if (task !== undefined) task.bytes += bytes;
  }

  end(unit: Unit): void {
    this.#tasks.delete(unitPath(unit));
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, intervalMs } = this.#options;
    let lookedAt = clock.monotonic();
    while (!signal.aborted) {
      await clock.sleep(intervalMs, signal);
      const elapsedMs = clock.monotonic() - lookedAt;
      lookedAt += elapsedMs;
      for (const task of this.#tasks.values()) {
        task.rate = smoothed(task.rate, (1_000 * task.bytes) / elapsedMs, elapsedMs, SMOOTHED_LOOKS * intervalMs);
        task.bytes = 0;
      }
      await this.#publish(signal);
    }
  }

  /** What could not be written is written after the next look, if it still holds then. */
  async #publish(signal: AbortSignal): Promise<void> {
    const { log, replica } = this.#options;
    if (replica.isEmpty) return;
    try {
      for (const [path, task] of [...this.#tasks]) {
        const published = this.#published(path);
        const step = nextStep(published, task.rate);
        if (step !== published) await this.#write(task.grip, step, signal);
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!hasReaction(error, 'retry')) throw error;
      log.debug('The load of tasks could not be published; trying again.', { error: toError(error).message });
    }
  }

  async #write({ unit, epoch }: Grip, bytesPerSecond: number, signal: AbortSignal): Promise<void> {
    const { store, keys } = this.#options;
    const key = keys.load(unit);
    const change = bytesPerSecond === 0 ? { delete: key } : { put: key, value: codecs.load.encode({ bytesPerSecond }) };
    // I2: whoever has the task by now measures it by itself.
    await store.transact({ if: [{ key: keys.owner(unit), modRevision: epoch.revision }], then: [change] }, signal);
  }

  #published(path: string): number {
    const { replica } = this.#options;
    return replica.isEmpty ? 0 : (replica.model.loads.get(path) ?? 0);
  }
}
