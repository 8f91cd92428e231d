import { Backoff, hasReaction, toError, Wakeup, type Clock, type Logger, type Service } from '@headrace/foundation';
import type { TaskId } from '@headrace/connector-api';
import type { CoordinationStore } from '@headrace/ports';
import type { ClusterReplica } from '../store/cluster-replica.ts';
import type { Keyspace } from '../store/keyspace.ts';
import { codecs } from '../store/values.ts';

export interface TopicLedgerOptions {
  readonly store: CoordinationStore;
  readonly keys: Keyspace;
  readonly replica: ClusterReplica;
  readonly clock: Clock;
  readonly log: Logger;
  /** `topic.tracking.enable`. */
  readonly tracksTopics: boolean;
}

/** Topics waiting to be written, per connector: tasks name theirs again and again, so what does not fit comes later. */
const MAX_PENDING = 10_000;

/** Writes down which topics the tasks of connectors use: each once, until it is reset. */
export class TopicLedger implements Service {
  readonly name = 'topic ledger';
  readonly #options: TopicLedgerOptions;
  readonly #pending = new Map<string, Map<string, number>>();
  readonly #wakeup = new Wakeup();

  constructor(options: TopicLedgerOptions) {
    this.#options = options;
  }

  /** What the replica knows already is not written again. */
  used({ connector, task }: TaskId, topics: readonly string[]): void {
    if (!this.#options.tracksTopics) return;
    const known = this.#options.replica.model.connectors.get(connector)?.topics.topics;
    if (known === undefined) return;
    const pending = this.#pending.get(connector) ?? new Map<string, number>();
    for (const topic of topics) {
      if (!Object.hasOwn(known, topic) && !pending.has(topic) && pending.size < MAX_PENDING) pending.set(topic, task);
    }
    if (pending.size === 0) return;
    this.#pending.set(connector, pending);
    this.#wakeup.wake();
  }

  async run(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff(this.#options.clock, { initialMs: 200, maxMs: 5_000 });
    while (!signal.aborted) {
      await this.#wakeup.wait(signal);
      while (this.#pending.size > 0) {
        if (await this.#writeAll(signal)) backoff.reset();
        else await backoff.wait(signal);
      }
    }
  }

  /** False when something is left to be tried again. */
  async #writeAll(signal: AbortSignal): Promise<boolean> {
    try {
      const written = await Promise.all([...this.#pending].map(([connector, topics]) => this.#write(connector, topics, signal)));
      return written.every(Boolean);
    } catch (error) {
      signal.throwIfAborted();
      if (!hasReaction(error, 'retry')) throw error;
      this.#options.log.debug('Topics in use could not be written down; trying again.', { error: toError(error).message });
      return false;
    }
  }

  async #write(connector: string, topics: ReadonlyMap<string, number>, signal: AbortSignal): Promise<boolean> {
    const { store, keys, replica, clock } = this.#options;
    const model = replica.model.connectors.get(connector);
    const news = [...topics].filter(([topic]) => model !== undefined && !Object.hasOwn(model.topics.topics, topic));
    if (model === undefined || news.length === 0) return this.#forget(connector, topics.keys());
    const discoveredAt = clock.now();
    const found = Object.fromEntries(news.map(([topic, task]) => [topic, { task, discoveredAt }]));
    const value = codecs.topics.encode({ topics: { ...model.topics.topics, ...found } });
    const unchanged = [
      { key: keys.config(connector), createRevision: model.config.createRevision },
      { key: keys.topics(connector), modRevision: model.topics.modRevision },
    ];
    const { isApplied } = await store.transact({ if: unchanged, then: [{ put: keys.topics(connector), value }] }, signal);
    return isApplied ? this.#forget(connector, Object.keys(found)) : false;
  }

  #forget(connector: string, topics: Iterable<string>): true {
    const pending = this.#pending.get(connector);
    for (const topic of topics) pending?.delete(topic);
    if (pending?.size === 0) this.#pending.delete(connector);
    return true;
  }
}
