import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { EtcdCoordinationStore } from '@headrace/coordination-etcd';
import { silentLogger, Stopped, systemClock, toError } from '@headrace/foundation';
import type { RenewLease } from '@headrace/ports';
import { renewInLoop } from '@headrace/runtime';
import { setTimeout as sleep } from 'node:timers/promises';
import { renewInThread } from '../src/lease/thread-lease-renewal.ts';

const ttlMs = 2_000;
const endpoints = process.env['ETCD_ENDPOINTS'] ?? '';
const workerConfig = { 'bootstrap.servers': 'localhost:1', 'etcd.endpoints': endpoints };
const { signal } = new AbortController();

/** Stops this thread, and with it its event loop. */
const stand = (ms: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
};

describe('a lease that a thread renews', () => {
  let store: EtcdCoordinationStore;

  beforeAll(() => {
    store = new EtcdCoordinationStore({ endpoints: endpoints.split(','), clock: systemClock });
  });

  afterAll(async () => {
    await store[Symbol.asyncDispose]();
  });

  const start = async () => {
    const sentAt = { monotonic: systemClock.monotonic(), sinceBoot: systemClock.sinceBoot() };
    const leaseId = await store.grantLease(ttlMs, signal);
    const key = `/headrace-test/lease-thread/${leaseId}`;
    await store.transact({ if: [], then: [{ put: key, value: 'held', leaseId }] }, signal);
    const { promise: untilLoaded, resolve } = Promise.withResolvers<undefined>();
    const first: RenewLease = (lease) => {
      const inLoop = renewInLoop({ store, clock: systemClock, log: silentLogger })(lease);
      const run = (untilThread: AbortSignal): Promise<void> => {
        untilThread.addEventListener('abort', () => {
          resolve(undefined);
        });
        return inLoop.run(untilThread);
      };
      return { renewedAt: sentAt, showProgress: () => undefined, run };
    };
    const renewal = renewInThread({ workerConfig, clock: systemClock, first })({
      leaseId,
      ttlMs,
      grantedAt: sentAt,
      onNews: () => undefined,
    });
    const end = new AbortController();
    let outcome: Error | undefined;
    const running = renewal.run(end.signal).catch((error: unknown) => {
      outcome = toError(error);
    });
    const progress = setInterval(() => {
      renewal.showProgress();
    }, ttlMs / 10);
    await untilLoaded;
    return {
      renewal,
      isHeld: async () => (await store.get(key, signal)) !== null,
      outcome: () => outcome,
      stop: async () => {
        clearInterval(progress);
        end.abort(new Stopped('done'));
        await running;
        await store.revokeLease(leaseId, signal);
      },
    };
  };

  test('is kept by a main loop that is busy: it stands for half a second again and again', async () => {
    const { isHeld, outcome, renewal, stop } = await start();
    for (let turn = 0; turn < 10; turn += 1) {
      stand(500);
      await sleep(1);
    }
    expect(await isHeld()).toBe(true);
    expect(systemClock.monotonic() - renewal.renewedAt.monotonic).toBeLessThan(ttlMs);
    expect(outcome()).toBeUndefined();
    await stop();
  });

  test('is lost by a main loop that stands still, and is told so as soon as it goes on', async () => {
    const { isHeld, outcome, renewal, stop } = await start();
    stand(ttlMs * 3);
    // Before any message was read: what must not write asks this first.
    expect(systemClock.monotonic() - renewal.renewedAt.monotonic).toBeGreaterThan(ttlMs);
    expect(await isHeld()).toBe(false);
    while (outcome() === undefined) await sleep(20);
    expect(outcome()).toMatchObject({ reaction: 'fenced', code: 'coordination.lease_lost' });
    await stop();
  });
});
