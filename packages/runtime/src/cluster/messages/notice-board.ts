import type { ConnectorNotification } from '@headrace/connector-api';
import { hasReaction, toError, Wakeup, type Clock, type Logger, type Service } from '@headrace/foundation';
import type { CoordinationStore } from '@headrace/ports';
import type { Keyspace } from '../store/keyspace.ts';
import { codecs } from '../store/values.ts';
import type { Grip } from '../worker/ownership.ts';

export interface NoticeBoardOptions {
  readonly store: CoordinationStore;
  readonly keys: Keyspace;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Kept of each connector. */
const MAX_NOTICES = 50;
const MAX_DATA_CHARACTERS = 1_000;
/** Shortest time between two writes. */
const WRITE_MS = 1_000;

/** Brings what connectors tell their operators into the store: the last of each, where any worker reads them. */
export class NoticeBoard implements Service {
  readonly name = 'notice board';
  readonly #options: NoticeBoardOptions;
  readonly #pending = new Map<string, { readonly grip: Grip; readonly notices: readonly ConnectorNotification[] }>();
  readonly #wakeup = new Wakeup();

  constructor(options: NoticeBoardOptions) {
    this.#options = options;
  }

  pin(grip: Grip, notice: ConnectorNotification): void {
    const { connector } = grip.unit;
    const known = this.#pending.get(connector)?.notices ?? [];
    this.#pending.set(connector, { grip, notices: joined(known, [cut(notice)]) });
    this.#wakeup.wake();
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#wakeup.wait(signal);
      while (this.#pending.size > 0) {
        await this.#tryToWrite(signal);
        await this.#options.clock.sleep(WRITE_MS, signal);
      }
    }
  }

  async #tryToWrite(signal: AbortSignal): Promise<void> {
    try {
      await this.#writeAll(signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!hasReaction(error, 'retry')) throw error;
      this.#options.log.debug('Notifications could not be written down; trying again.', { error: toError(error).message });
    }
  }

  async #writeAll(signal: AbortSignal): Promise<void> {
    const { store, keys } = this.#options;
    for (const [connector, pending] of [...this.#pending]) {
      const { unit, epoch } = pending.grip;
      const key = keys.notices(connector);
      const entry = await store.get(key, signal);
      const notices = joined(entry === null ? [] : codecs.notices.decode(entry).notices, pending.notices);
      // I2: a task that was lost has nothing to say any more.
      const premises = [
        { key: keys.owner(unit), modRevision: epoch.revision },
        { key: keys.config(connector), exists: true },
      ];
      await store.transact({ if: premises, then: [{ put: key, value: codecs.notices.encode({ notices }) }] }, signal);
      const left = this.#pending.get(connector);
      if (left === pending) this.#pending.delete(connector);
    }
  }
}

/** News of progress take the place of older news of the same: they would push everything else out. */
const joined = (known: readonly ConnectorNotification[], news: readonly ConnectorNotification[]): readonly ConnectorNotification[] => {
  const replaced = new Set(news.filter(isProgress).map(subject));
  return [...known.filter((notice) => !isProgress(notice) || !replaced.has(subject(notice))), ...news].slice(-MAX_NOTICES);
};

const isProgress = ({ type }: ConnectorNotification): boolean => type === 'IN_PROGRESS';

const subject = ({ id, aggregate }: ConnectorNotification): string => `${aggregate} ${id}`;

const cut = (notice: ConnectorNotification): ConnectorNotification => ({
  ...notice,
  data: Object.fromEntries(Object.entries(notice.data).map(([name, text]) => [name, text.slice(0, MAX_DATA_CHARACTERS)])),
});
