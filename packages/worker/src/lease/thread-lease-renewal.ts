import {
  abortable,
  createLatch,
  FencedError,
  isAbort,
  linkSignal,
  RetriableError,
  Stopped,
  toError,
  type Clock,
  type Latch,
  type RawConfig,
} from '@headrace/foundation';
import type { LeaseRenewal, LeaseToRenew, Moment, RenewLease } from '@headrace/ports';
import { Worker } from 'node:worker_threads';
import { errors } from '../errors.ts';
import { LeaseBoard } from './lease-board.ts';
import type { FromLeaseThread, LeaseThreadStart } from './lease-thread.ts';

export interface ThreadLeaseRenewalOptions {
  readonly workerConfig: RawConfig;
  readonly clock: Clock;
  /** Renews until the thread has its code loaded, which may take longer than a lease lasts where CPUs are busy. */
  readonly first: RenewLease;
}

const entry = new URL(import.meta.url.endsWith('.ts') ? './lease-thread.ts' : './lease-thread.js', import.meta.url);

/** It holds one client of etcd and no data. */
const HEAP_MB = 32;

/** Renews in a thread of its own: a main loop that is busy keeps the lease, one that stands still loses it. */
class ThreadLeaseRenewal implements LeaseRenewal {
  readonly #options: ThreadLeaseRenewalOptions;
  readonly #lease: LeaseToRenew;
  readonly #board = new LeaseBoard();
  readonly #first: LeaseRenewal;

  constructor(options: ThreadLeaseRenewalOptions, lease: LeaseToRenew) {
    this.#options = options;
    this.#lease = lease;
    this.#first = options.first(lease);
  }

  get renewedAt(): Moment {
    const { clock } = this.#options;
    return this.#board.renewedAt({ monotonic: clock.monotonic(), sinceBoot: clock.sinceBoot() }) ?? this.#first.renewedAt;
  }

  showProgress(): void {
    this.#board.turned();
  }

  async run(signal: AbortSignal): Promise<void> {
    const { leaseId, ttlMs } = this.#lease;
    const workerData: LeaseThreadStart = { workerConfig: this.#options.workerConfig, leaseId, ttlMs, memory: this.#board.memory };
    const thread = new Worker(entry, { workerData, name: 'lease', resourceLimits: { maxOldGenerationSizeMb: HEAP_MB } });
    const ended = createLatch<never>();
    using untilLoaded = linkSignal(signal);
    this.#listen(thread, ended, () => {
      untilLoaded.abort(new Stopped('done'));
    });
    this.#first.run(untilLoaded.signal).catch((error: unknown) => {
      if (!isAbort(error)) ended.reject(toError(error));
    });
    try {
      await abortable(ended.promise, signal);
    } finally {
      await thread.terminate();
    }
  }

  #listen(thread: Worker, ended: Latch<never>, onRenewed: () => void): void {
    thread.on('message', (message: FromLeaseThread) => {
      if (message.type === 'renewed') {
        onRenewed();
        this.#lease.onNews();
      } else ended.reject(new FencedError(message.code, message.message));
    });
    const broke = (cause?: unknown): void => {
      const { code, meaning, hint } = errors.lease_thread_ended;
      ended.reject(new RetriableError(code, `${meaning} ${hint}`, { cause }));
    };
    thread.on('error', broke);
    thread.on('exit', () => {
      broke();
    });
  }
}

export const renewInThread =
  (options: ThreadLeaseRenewalOptions): RenewLease =>
  (lease) =>
    new ThreadLeaseRenewal(options, lease);
