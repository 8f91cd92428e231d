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

/** etcd takes 128 operations in a transaction. */
const CHANGES_AT_ONCE = 100;

interface LoadChange {
  readonly grip: Grip;
  readonly bytesPerSecond: number;
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
    const changes = [...this.#tasks].flatMap(([path, { grip, rate }]): readonly LoadChange[] => {
      const published = this.#published(path);
      const bytesPerSecond = nextStep(published, rate);
      return bytesPerSecond === published ? [] : [{ grip, bytesPerSecond }];
    });
    try {
      for (let from = 0; from < changes.length; from += CHANGES_AT_ONCE)
        await this.#write(changes.slice(from, from + CHANGES_AT_ONCE), signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!hasReaction(error, 'retry')) throw error;
      log.debug('The load of tasks could not be published; trying again.', { error: toError(error).message });
    }
  }

  /** Together, so that the leader does not move tasks because of one and back because of the next; alone where one of them was lost. */
  async #write(changes: readonly LoadChange[], signal: AbortSignal): Promise<void> {
    const { store, keys } = this.#options;
    const operations = changes.map(({ grip: { unit }, bytesPerSecond }) => {
      const key = keys.load(unit);
      return bytesPerSecond === 0 ? { delete: key } : { put: key, value: codecs.load.encode({ bytesPerSecond }) };
    });
    // I2: whoever has a task by now measures it by itself.
    const owners = changes.map(({ grip: { unit, epoch } }) => ({ key: keys.owner(unit), modRevision: epoch.revision }));
    const { isApplied } = await store.transact({ if: owners, then: operations }, signal);
    if (isApplied || changes.length === 1) return;
    for (const change of changes) await this.#write([change], signal);
  }

  #published(path: string): number {
    const { replica } = this.#options;
    return replica.isEmpty ? 0 : (replica.model.loads.get(path) ?? 0);
  }
}
