import type { ConnectorStore } from './connector-store.ts';

/** Topics that connectors have used (KIP-558). An unknown connector has used none. */
export class ConnectorTopics {
  readonly #connectors: ConnectorStore;

  constructor(connectors: ConnectorStore) {
    this.#connectors = connectors;
  }

  async active(name: string, signal: AbortSignal): Promise<readonly string[]> {
    const { connector } = await this.#connectors.read(name, signal);
    return Object.keys(connector?.topics.topics ?? {}).toSorted();
  }

  /** Forgets them; those still in use come back with their next records. */
  async reset(name: string, signal: AbortSignal): Promise<void> {
    await this.#connectors.transact({ if: [], then: [{ delete: this.#connectors.keys.topics(name) }] }, signal);
  }
}
