// Entry of the thread that renews the worker's lease: traffic on the main loop does not delay it, a main loop that stands ends it.
import { LeaseRenewals } from '@headrace/coordination-etcd';
import { hasReaction, systemClock, toError, type RawConfig } from '@headrace/foundation';
import { parentPort, workerData } from 'node:worker_threads';
import { compactOnceSettled } from '../collector.ts';
import { etcdOptions } from '../settings/etcd-options.ts';
import { parseWorkerConfig } from '../settings/worker-config.ts';
import { LeaseBoard } from './lease-board.ts';

export interface LeaseThreadStart {
  readonly workerConfig: RawConfig;
  readonly leaseId: string;
  readonly ttlMs: number;
  readonly memory: SharedArrayBuffer;
}

/** `lost`: the store says that the lease is gone. */
export type FromLeaseThread = { readonly type: 'renewed' } | { readonly type: 'lost'; readonly code: string; readonly message: string };

if (parentPort === null) throw new Error('lease-thread runs only as a worker thread.');
const port = parentPort;
const { workerConfig, leaseId, ttlMs, memory } = workerData as LeaseThreadStart;
const config = parseWorkerConfig(workerConfig);
const board = new LeaseBoard(memory);
const forever = new AbortController().signal;
const clock = systemClock;
// A call that is not answered must leave time for another.
const endpoints = config['etcd.endpoints'] ?? [];
const options = { ...etcdOptions(endpoints, config, clock), callTimeoutMs: ttlMs / (endpoints.length > 1 ? 6 : 3) };
using renewals = new LeaseRenewals(options);

const post = (message: FromLeaseThread): void => {
  port.postMessage(message);
};

/** False when it has to be tried again; the lease being gone ends the thread. */
const renew = async (): Promise<boolean> => {
  const succeeded = board.sending();
  try {
    await renewals.renew(leaseId, forever);
  } catch (error) {
    if (hasReaction(error, 'retry')) return false;
    throw error;
  }
  succeeded();
  post({ type: 'renewed' });
  return true;
};

void compactOnceSettled(clock, forever);

let turns = board.turns;
let turnedAt = clock.monotonic();
let dueAt = clock.monotonic();
try {
  for (;;) {
    const now = clock.monotonic();
    if (board.turns !== turns) [turns, turnedAt] = [board.turns, now];
    const isMainLoopTurning = now - turnedAt < ttlMs / 3;
    if (isMainLoopTurning && now >= dueAt) dueAt = now + ((await renew()) ? ttlMs / 3 : ttlMs / 10);
    await clock.sleep(ttlMs / 20, forever);
  }
} catch (error) {
  const failure = toError(error);
  post({ type: 'lost', code: (failure as { readonly code?: string }).code ?? '', message: failure.message });
}
