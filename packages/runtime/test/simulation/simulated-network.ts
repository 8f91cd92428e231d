import {
  leaseLost,
  unavailable,
  compacted,
  type ChangeSet,
  type CoordinationStore,
  type Snapshot,
  type StoredEntry,
  type Transaction,
  type TransactionResult,
} from '@headrace/ports';
import { linkSignal, Wakeup, type Clock } from '@headrace/foundation';
import type { SeededRandom } from '@headrace/testkit';
import type { Gate } from './gate.ts';
import type { SimulatedEtcd } from './simulated-etcd.ts';

/** What the line between one worker and etcd does. All chances are per call. */
export interface Line {
  /** Requests do not arrive. */
  isCutOut: boolean;
  /** Answers and watched changes do not arrive. */
  isCutIn: boolean;
  /** Longest time one way, in calm. */
  latencyMs: number;
  /** Of a request that is lost. */
  lossOut: number;
  /** Of an answer that is lost: what was asked has happened. */
  lossIn: number;
  /** Of a request that arrives after the caller has given up. */
  straggling: number;
}

export const calmLine = (): Line => ({ isCutOut: false, isCutIn: false, latencyMs: 10, lossOut: 0, lossIn: 0, straggling: 0 });

export interface NetworkOptions {
  readonly etcd: SimulatedEtcd;
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly gate: Gate;
  readonly line: Line;
  readonly workerId: string;
}

const CALL_TIMEOUT_MS = 2_000;
const never = new AbortController().signal;

/** A worker's client of the simulated etcd. A request that was sent is on its way, whatever its caller does then. */
export class SimulatedStore implements CoordinationStore {
  readonly #options: NetworkOptions;

  constructor(options: NetworkOptions) {
    this.#options = options;
  }

  get(key: string, signal: AbortSignal): Promise<StoredEntry | null> {
    return this.#call(signal, (etcd) => etcd.server.entries.get(key) ?? null);
  }

  list(prefix: string, signal: AbortSignal): Promise<Snapshot> {
    return this.#call(signal, (etcd) => etcd.server.list(prefix));
  }

  transact(transaction: Transaction, signal: AbortSignal): Promise<TransactionResult> {
    return this.#call(signal, (etcd) => etcd.transact(transaction, this.#options.workerId));
  }

  grantLease(ttlMs: number, signal: AbortSignal): Promise<string> {
    return this.#call(signal, (etcd) => etcd.grant(ttlMs));
  }

  renewLease(leaseId: string, signal: AbortSignal): Promise<number> {
    return this.#call(signal, (etcd) => {
      const ttlMs = etcd.renew(leaseId);
      if (ttlMs === undefined) throw leaseLost(leaseId);
      return ttlMs;
    });
  }

  revokeLease(leaseId: string, signal: AbortSignal): Promise<void> {
    return this.#call(signal, (etcd) => {
      etcd.server.revoke(leaseId);
    });
  }

  async *watch(prefix: string, revision: bigint, signal: AbortSignal): AsyncGenerator<ChangeSet> {
    const { etcd, clock, gate, line, random } = this.#options;
    using linked = linkSignal(signal);
    const wakeup = new Wakeup();
    const unsubscribe = etcd.onChange(() => {
      wakeup.wake();
    });
    let seen = revision;
    try {
      while (!linked.signal.aborted) {
        for (const set of this.#news(prefix, seen)) {
          await clock.sleep(random.next() * line.latencyMs + etcd.watchLagMs(random), linked.signal);
          await gate.pass();
          yield set;
          seen = max(seen, set.revision);
        }
        await wakeup.wait(linked.signal);
      }
    } finally {
      unsubscribe();
    }
  }

  /** What the stream brings next: nothing over a cut line, and now and then something that was brought before. */
  #news(prefix: string, seen: bigint): readonly ChangeSet[] {
    const { etcd, line, random } = this.#options;
    if (line.isCutIn || line.isCutOut || etcd.isDown) return [];
    if (seen < etcd.server.compactedRevision) throw compacted(prefix, seen);
    const from = random.isHit(etcd.watchSetback) ? seen - BigInt(random.whole(1, 4)) : seen;
    return etcd.server.changesAfter(prefix, from);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  /** Settles with the answer, or as unavailable when none came in time; in both cases once the worker's process runs. */
  async #call<T>(signal: AbortSignal, run: (etcd: SimulatedEtcd) => T): Promise<T> {
    const { clock, gate } = this.#options;
    signal.throwIfAborted();
    await gate.pass();
    using waiting = linkSignal(signal);
    try {
      return await new Promise<T>((resolve, reject) => {
        void this.#exchange(run, resolve, reject);
        clock.sleep(CALL_TIMEOUT_MS, waiting.signal).then(() => {
          reject(unavailable('The simulated etcd did not answer in time.'));
        }, reject);
      });
    } finally {
      waiting.abort(new Error('done'));
      await gate.pass();
    }
  }

  async #exchange<T>(run: (etcd: SimulatedEtcd) => T, resolve: (value: T) => void, reject: (error: unknown) => void): Promise<void> {
    const { clock, etcd, line, random } = this.#options;
    const isLost = line.isCutOut || random.isHit(line.lossOut);
    const isLate = random.isHit(line.straggling);
    await etcd.clock.sleep(isLate ? random.between(CALL_TIMEOUT_MS, 4 * CALL_TIMEOUT_MS) : random.next() * line.latencyMs, never);
    if (isLost || etcd.isDown) return;
    let settle: () => void;
    try {
      const value = run(etcd);
      settle = () => {
        resolve(value);
      };
    } catch (error) {
      settle = () => {
        reject(error);
      };
    }
    await clock.sleep(random.next() * line.latencyMs, never);
    if (!line.isCutIn && !random.isHit(line.lossIn)) settle();
  }
}

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
