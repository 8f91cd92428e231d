import type { CoordinationStore, Transaction } from '@headrace/ports';
import { readModel, type ClusterModel, type ConnectorModel } from '../cluster/store/cluster-model.ts';
import type { Keyspace } from '../cluster/store/keyspace.ts';
import { conflict } from './errors.ts';

/** One connector as it is now, with the state it was read from. */
export interface ConnectorView {
  readonly model: ClusterModel;
  readonly connector: ConnectorModel | undefined;
}

/** How often a change is tried again when somebody else was quicker. */
const ATTEMPTS = 8;

/** Linearizable reads and compare-and-set changes of connectors, for the herder: it holds no state of its own. */
export class ConnectorStore {
  readonly keys: Keyspace;
  readonly #store: CoordinationStore;

  constructor(store: CoordinationStore, keys: Keyspace) {
    this.#store = store;
    this.keys = keys;
  }

  async read(name: string, signal: AbortSignal): Promise<ConnectorView> {
    const model = readModel(this.keys, await this.#store.list(this.keys.connector(name), signal));
    return { model, connector: model.connectors.get(name) };
  }

  /** Everything under `live`, at one revision. */
  async readAll(signal: AbortSignal): Promise<ClusterModel> {
    return readModel(this.keys, await this.#store.list(this.keys.live, signal));
  }

  list(prefix: string, signal: AbortSignal): ReturnType<CoordinationStore['list']> {
    return this.#store.list(prefix, signal);
  }

  get(key: string, signal: AbortSignal): ReturnType<CoordinationStore['get']> {
    return this.#store.get(key, signal);
  }

  /** True when it was applied. */
  async transact(transaction: Transaction, signal: AbortSignal): Promise<boolean> {
    const result = await this.#store.transact(transaction, signal);
    return result.isApplied;
  }

  /**
   * Reads, lets `decide` make a transaction and its result from what was read, applies it, and starts over when the
   * comparisons failed. Without a transaction nothing is written. RequestError 409 when others are always quicker.
   */
  async change<T>(name: string, decide: (view: ConnectorView) => Promise<Change<T>> | Change<T>, signal: AbortSignal): Promise<T> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const { transaction, result } = await decide(await this.read(name, signal));
      if (transaction === undefined || (await this.transact(transaction, signal))) return result;
    }
    throw conflict();
  }
}

export interface Change<T> {
  readonly transaction?: Transaction;
  readonly result: T;
}
