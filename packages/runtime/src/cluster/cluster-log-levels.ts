import { Backoff, hasReaction, toError, type Clock, type Logger, type LogLevel, type Service } from '@headrace/foundation';
import type { CoordinationStore, StoredEntry } from '@headrace/ports';
import type { Keyspace } from './store/keyspace.ts';
import { codecs } from './store/values.ts';

export interface ClusterLogLevelsOptions {
  readonly store: CoordinationStore;
  readonly keys: Keyspace;
  readonly clock: Clock;
  readonly log: Logger;
  /** A level was set for every worker while this one ran. */
  readonly onLevel: (logger: string, level: LogLevel) => void;
}

/**
 * Levels of loggers that are set for the whole cluster. As in Kafka Connect only news count: a worker starts with its own
 * levels, whatever was set before.
 */
export class ClusterLogLevels implements Service {
  readonly name = 'cluster log levels';
  readonly #options: ClusterLogLevelsOptions;
  /** Whatever was written up to this revision has been seen; undefined before the first look. */
  #seen: bigint | undefined;

  constructor(options: ClusterLogLevelsOptions) {
    this.#options = options;
  }

  async set(logger: string, level: LogLevel, signal: AbortSignal): Promise<void> {
    const { store, keys } = this.#options;
    await store.transact({ if: [], then: [{ put: keys.logger(logger), value: codecs.logger.encode({ level }) }] }, signal);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    const backoff = new Backoff(clock, { initialMs: 100, maxMs: 5_000 });
    while (!signal.aborted) {
      try {
        await this.#follow(signal, () => {
          backoff.reset();
        });
      } catch (error) {
        signal.throwIfAborted();
        if (!hasReaction(error, 'retry')) throw error;
        log.debug('Log levels of the cluster could not be followed and are read anew.', { error: toError(error).message });
        await backoff.wait(signal);
      }
    }
  }

  async #follow(signal: AbortSignal, onRead: () => void): Promise<void> {
    const { store, keys } = this.#options;
    const { revision, entries } = await store.list(keys.loggers, signal);
    onRead();
    const known = this.#seen ?? revision;
    for (const entry of entries.filter(({ modRevision }) => modRevision > known)) this.#apply(entry);
    this.#seen = revision;
    for await (const { revision: reached, changes } of store.watch(keys.loggers, revision, signal)) {
      for (const { entry } of changes) if (entry !== undefined) this.#apply(entry);
      this.#seen = reached;
    }
  }

  #apply(entry: StoredEntry): void {
    const { keys, onLevel } = this.#options;
    onLevel(keys.parseLogger(entry.key), codecs.logger.decode(entry).level);
  }
}
