import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '@headrace/foundation';
import { OwnServers } from '@headrace/testkit';
import { EtcdCoordinationStore } from '../src/index.ts';

const { signal } = new AbortController();

describe('the coordination store over a restart of etcd', () => {
  let servers: OwnServers;
  let store: EtcdCoordinationStore;

  beforeAll(async () => {
    servers = await OwnServers.start(['etcd']);
    store = new EtcdCoordinationStore({
      endpoints: servers.variable('ETCD_ENDPOINTS').split(','),
      clock: systemClock,
      callTimeoutMs: 2_000,
    });
  }, 120_000);

  afterAll(async () => {
    await store[Symbol.asyncDispose]();
    await servers[Symbol.asyncDispose]();
  });

  const put = (key: string, value: string, leaseId?: string) =>
    store.transact({ if: [], then: [{ put: key, value, ...(leaseId === undefined ? {} : { leaseId }) }] }, signal);

  test('says in time that etcd is away, and works again as soon as it is back; a lease and a watch live through it', async () => {
    const leaseId = await store.grantLease(10_000, signal);
    await put('/r/member', 'w1', leaseId);
    const { revision } = await put('/r/a', '1');
    const watching = (async () => {
      const seen: (string | undefined)[] = [];
      for await (const set of store.watch('/r/', revision, signal)) if (seen.push(set.changes[0]?.entry?.value) === 2) return seen;
      return seen;
    })();
    await put('/r/a', '2');
    await servers.kill('etcd');
    const failedFrom = systemClock.monotonic();
    for (const call of [store.get('/r/a', signal), store.list('/r/', signal), put('/r/a', 'lost'), store.renewLease(leaseId, signal)]) {
      await expect(call).rejects.toMatchObject({ code: 'coordination.unavailable', reaction: 'retry' });
    }
    expect(systemClock.monotonic() - failedFrom).toBeLessThan(6_000);
    await servers.restart('etcd');
    const backFrom = systemClock.monotonic();
    for (;;) {
      const entry = await store.get('/r/a', signal).catch(() => null);
      if (entry !== null) break;
      expect(systemClock.monotonic() - backFrom).toBeLessThan(3_000);
      await systemClock.sleep(50, signal);
    }
    expect(await store.renewLease(leaseId, signal)).toBeGreaterThan(0);
    expect((await store.get('/r/member', signal))?.value).toBe('w1');
    await put('/r/a', '3');
    expect(await watching).toEqual(['2', '3']);
  }, 60_000);
});
