import { abortable, toError, type Clock } from '@headrace/foundation';
import {
  unavailable,
  type ChangeSet,
  type CoordinationStore,
  type Snapshot,
  type StoredEntry,
  type Transaction,
  type TransactionResult,
} from '@headrace/ports';
import { MemoryCoordinationStore } from '@headrace/ports/memory';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FileLock } from './file-lock.ts';
import { readState, writeState, type State } from './state-file.ts';

export interface FileCoordinationOptions {
  readonly file: string;
  readonly clock: Clock;
}

/** A watch that is further behind reads everything anew. */
const REVISIONS_KEPT = 1_000n;

/**
 * The coordination port for a worker that is alone: in this process's memory, and in a file that has every transaction before
 * its caller hears of it. Keys with a lease end with the process, as their lease would, and are not in the file. Revisions go
 * on where they were, so that epochs of ownership increase over restarts.
 */
export class FileCoordinationStore implements CoordinationStore {
  readonly #memory: MemoryCoordinationStore;
  readonly #file: string;
  readonly #lock: FileLock;
  #writing: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  private constructor(memory: MemoryCoordinationStore, file: string, lock: FileLock) {
    this.#memory = memory;
    this.#file = file;
    this.#lock = lock;
  }

  /** ConfigError when another worker uses the file, or it is not one of ours. */
  static async open({ file, clock }: FileCoordinationOptions): Promise<FileCoordinationStore> {
    await mkdir(dirname(file), { recursive: true });
    const lock = await FileLock.take(file);
    try {
      const memory = new MemoryCoordinationStore(clock);
      const state = await readState(file);
      if (state !== undefined) memory.server.restore({ ...state, leases: [] }, clock.monotonic());
      return new FileCoordinationStore(memory, file, lock);
    } catch (error) {
      await lock[Symbol.asyncDispose]();
      throw error;
    }
  }

  get(key: string, signal: AbortSignal): Promise<StoredEntry | null> {
    return this.#memory.get(key, signal);
  }

  list(prefix: string, signal: AbortSignal): Promise<Snapshot> {
    return this.#memory.list(prefix, signal);
  }

  async transact(transaction: Transaction, signal: AbortSignal): Promise<TransactionResult> {
    const result = await this.#memory.transact(transaction, signal);
    if (!result.isApplied || transaction.then.length === 0) return result;
    const { server } = this.#memory;
    if (server.revision - server.compactedRevision > REVISIONS_KEPT) server.compact();
    await abortable(this.#save(), signal);
    return result;
  }

  watch(prefix: string, revision: bigint, signal: AbortSignal): AsyncIterable<ChangeSet> {
    return this.#memory.watch(prefix, revision, signal);
  }

  grantLease(ttlMs: number, signal: AbortSignal): Promise<string> {
    return this.#memory.grantLease(ttlMs, signal);
  }

  renewLease(leaseId: string, signal: AbortSignal): Promise<number> {
    return this.#memory.renewLease(leaseId, signal);
  }

  revokeLease(leaseId: string, signal: AbortSignal): Promise<void> {
    return this.#memory.revokeLease(leaseId, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing.catch(() => undefined);
    this.#memory.server.closed.abort();
    await this.#lock[Symbol.asyncDispose]();
  }

  /** Resolves when the file has all that is in memory now. Those that come while it is written share the next write. */
  #save(): Promise<void> {
    if (this.#next !== undefined) return this.#next;
    const next = this.#writing
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return this.#write();
      });
    this.#next = next;
    this.#writing = next;
    return next;
  }

  async #write(): Promise<void> {
    try {
      await writeState(this.#file, this.#state());
    } catch (error) {
      throw unavailable(
        `The state file ${this.#file} cannot be written: ${toError(error).message}. Free space, or mend the folder.`,
        error,
      );
    }
  }

  #state(): State {
    const { revision, entries, leases } = this.#memory.server.backup();
    const leased = new Set(leases.flatMap(({ keys }) => keys));
    return { revision, entries: entries.filter(({ key }) => !leased.has(key)) };
  }
}
