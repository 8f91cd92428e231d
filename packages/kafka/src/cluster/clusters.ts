import { ConfigError, type ClientSettings, type Clock, type Logger, type Meter } from '@headrace/foundation';
import { errors } from '../errors.ts';
import { isConnectionSetting, readConnectionSettings } from '../security/connection-settings.ts';
import { Cluster } from './cluster.ts';

export interface ClustersOptions {
  /** Whom to connect to and how, by Kafka's names; others mean nothing here. */
  readonly settings: ClientSettings;
  readonly clientId: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly meter: Meter;
}

/**
 * One Kafka cluster as the clients of a process log in to it: with the process's own settings, and with those a
 * connector puts over them for its producer, consumer or admin client.
 */
export class Clusters implements AsyncDisposable {
  readonly base: Cluster;
  readonly #options: ClustersOptions;
  readonly #others = new Map<string, Promise<Cluster>>();

  constructor(options: ClustersOptions) {
    this.#options = options;
    this.base = this.#connect({});
  }

  /**
   * The cluster with these settings over the process's own. ConfigError where they cannot be used, or lead to another
   * cluster: a task's records, positions and topics have to be in one.
   */
  async with(settings: ClientSettings | undefined, signal: AbortSignal): Promise<Cluster> {
    const { settings: own } = this.#options;
    const changes = Object.entries(settings ?? {}).filter(
      ([key, value]) => (key === 'client.id' || isConnectionSetting(key)) && own[key] !== value,
    );
    if (changes.length === 0) return this.base;
    const name = JSON.stringify(changes.sort(([a], [b]) => (a < b ? -1 : 1)));
    let other = this.#others.get(name);
    if (other === undefined) {
      other = this.#open(Object.fromEntries(changes), signal);
      this.#others.set(name, other);
      other.catch(() => this.#others.delete(name));
    }
    return await other;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const opened = await Promise.allSettled(this.#others.values());
    for (const other of opened) if (other.status === 'fulfilled') await other.value[Symbol.asyncDispose]();
    await this.base[Symbol.asyncDispose]();
  }

  async #open(changes: ClientSettings, signal: AbortSignal): Promise<Cluster> {
    const cluster = this.#connect(changes);
    if (changes['bootstrap.servers'] === undefined) return cluster;
    try {
      const [ours, theirs] = [await this.base.metadata([], signal), await cluster.metadata([], signal)];
      if (ours.clusterId === theirs.clusterId) return cluster;
    } catch (failure) {
      await cluster[Symbol.asyncDispose]();
      throw failure;
    }
    await cluster[Symbol.asyncDispose]();
    const message = `bootstrap.servers "${cluster.addresses}" are brokers of another cluster than the worker's: leave it out, or name another listener of the same cluster.`;
    throw new ConfigError(errors.settings.code, [{ key: 'bootstrap.servers', message }]);
  }

  #connect(changes: ClientSettings): Cluster {
    const { settings, clientId, clock, log, meter } = this.#options;
    const { brokers, connection, problems } = readConnectionSettings({ ...settings, ...changes }, clock);
    if (problems.length > 0) throw new ConfigError(errors.settings.code, problems);
    return new Cluster({ brokers, clientId: changes['client.id'] ?? clientId, connection, clock, log, meter });
  }
}
