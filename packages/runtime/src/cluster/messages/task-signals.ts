import type { DeliveredSignal } from '@headrace/connector-api';
import type { ConnectorModel } from '../store/cluster-model.ts';
import type { Grip } from '../worker/ownership.ts';
import type { UnitContext } from '../worker/unit-context.ts';

/** A source that takes signals has one task. */
const RECEIVER = 0;

/** Signals given by REST: on their way to one start of a task, and taken out of the store when it is done with them. */
export class TaskSignals {
  readonly #context: UnitContext;
  readonly #grip: Grip;
  readonly #told = new Set<string>();
  readonly #done = new Set<string>();

  constructor(context: UnitContext, grip: Grip) {
    this.#context = context;
    this.#grip = grip;
  }

  /** Those the task has not been told of. */
  news(): readonly DeliveredSignal[] {
    if (this.#grip.unit.task !== RECEIVER) return [];
    const news = this.#stored().filter(({ token }) => !this.#told.has(token));
    for (const { token } of news) this.#told.add(token);
    return news;
  }

  /** The task has carried them out; their removal is to be tried until it succeeds. */
  done(tokens: readonly string[]): void {
    for (const token of tokens) this.#done.add(token);
  }

  /** RetriableError leaves the rest for the next call. */
  async remove(signal: AbortSignal): Promise<void> {
    const { store, keys } = this.#context;
    const { unit, epoch } = this.#grip;
    for (const { id, token } of this.#stored()) {
      if (!this.#done.has(token)) continue;
      // I2: whoever lost the task leaves them to its successor.
      const owner = { key: keys.owner(unit), modRevision: epoch.revision };
      await store.transact({ if: [owner], then: [{ delete: keys.signal(unit.connector, id) }] }, signal);
      this.#done.delete(token);
    }
  }

  #stored(): ConnectorModel['signals'] {
    return this.#context.replica.model.connectors.get(this.#grip.unit.connector)?.signals ?? [];
  }
}
