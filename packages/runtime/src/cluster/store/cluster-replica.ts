import {
  Backoff,
  hasReaction,
  linkSignal,
  Scope,
  Stopped,
  toError,
  Wakeup,
  type Clock,
  type Logger,
  type Service,
} from '@headrace/foundation';
import type { ChangeSet, CoordinationStore, StoredEntry } from '@headrace/ports';
import { storeWentBack } from '../errors.ts';
import { readModel, type ClusterModel } from './cluster-model.ts';
import type { Keyspace } from './keyspace.ts';

export interface ReplicaOptions {
  readonly store: CoordinationStore;
  readonly keys: Keyspace;
  readonly clock: Clock;
  readonly log: Logger;
  /** Everything is read anew this often, because watches are hints. Default 30,000 ms. */
  readonly rereadMs?: number;
}

const BURST_MS = 3;

/**
 * A worker's copy of `live/`: read at one revision, kept up by a watch, re-read now and then and whenever the watch broke.
 * It tells what to try; every decision that matters is checked again by the transaction that makes it.
 */
export class ClusterReplica implements Service {
  readonly name = 'cluster replica';
  readonly #options: ReplicaOptions;
  readonly #listeners = new Set<() => void>();
  readonly #news = new Wakeup();
  #entries = new Map<string, StoredEntry>();
  #revision = 0n;
  #model: ClusterModel | undefined;

  constructor(options: ReplicaOptions) {
    this.#options = options;
  }

  /** Nothing has been read yet: decide nothing. */
  get isEmpty(): boolean {
    return this.#revision === 0n;
  }

  get model(): ClusterModel {
    this.#model ??= readModel(this.#options.keys, { revision: this.#revision, entries: [...this.#entries.values()] });
    return this.#model;
  }

  /** Calls soon after changes; returns how to end that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async run(signal: AbortSignal): Promise<void> {
    await using scope = new Scope(signal);
    scope.spawn('following', (child) => this.#follow(child));
    scope.spawn('telling', (child) => this.#tell(child));
    await scope.done();
  }

  /** Changes come in bursts (a hundred tasks start): listeners hear of each burst once, not of each change. */
  async #tell(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#news.wait(signal);
      await this.#options.clock.sleep(BURST_MS, signal);
      for (const listener of this.#listeners) listener();
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    const backoff = new Backoff(clock, { initialMs: 100, maxMs: 2_000 });
    while (!signal.aborted) {
      try {
        await this.#readAll(signal);
        backoff.reset();
        await this.#watch(signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!hasReaction(error, 'retry')) throw error;
        log.info('The cluster state could not be followed and is read anew.', { error: toError(error).message });
        await backoff.wait(signal);
      }
    }
  }

  async #readAll(signal: AbortSignal): Promise<void> {
    const { store, keys } = this.#options;
    const { revision, entries } = await store.list(keys.live, signal);
    if (revision < this.#revision) throw storeWentBack(this.#revision, revision);
    const former = this.#entries;
    // Unchanged entries stay the same objects: what was decoded from them stays known.
    const keep = (entry: StoredEntry): StoredEntry => {
      const known = former.get(entry.key);
      return known?.modRevision === entry.modRevision ? known : entry;
    };
    this.#entries = new Map(entries.map((entry) => [entry.key, keep(entry)]));
    this.#changed(revision);
  }

  /** Follows changes until it is time to read anew. */
  async #watch(signal: AbortSignal): Promise<void> {
    const { store, keys, clock, rereadMs = 30_000 } = this.#options;
    using period = linkSignal(signal);
    const timeIsUp = new Stopped('done');
    const timer = clock.sleep(rereadMs, period.signal).then(
      () => {
        period.abort(timeIsUp);
      },
      () => undefined,
    );
    try {
      for await (const set of store.watch(keys.live, this.#revision, period.signal)) this.#apply(set);
    } catch (error) {
      if (error !== timeIsUp) throw error;
    } finally {
      period.abort(timeIsUp);
      await timer;
    }
  }

  #apply(set: ChangeSet): void {
    // A watch that was taken up again elsewhere may tell old news (etcd#15271): what was read since must not go back.
    if (set.revision <= this.#revision) return;
    for (const { key, entry } of set.changes) {
      if (entry === undefined) this.#entries.delete(key);
      else this.#entries.set(key, entry);
    }
    this.#changed(set.revision);
  }

  #changed(revision: bigint): void {
    this.#revision = revision;
    this.#model = undefined;
    this.#news.wake();
  }
}
