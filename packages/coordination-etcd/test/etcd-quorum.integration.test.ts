import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '@headrace/foundation';
import { OwnEtcd } from '@headrace/testkit';
import { EtcdCoordinationStore } from '../src/index.ts';

const { signal } = new AbortController();
/** An election takes etcd a second or two; the rest is for calls that had to wait for it, and for a busy machine. */
const patienceMs = 16_000;

describe('the coordination store on three members of etcd', () => {
  let etcd: OwnEtcd;
  let store: EtcdCoordinationStore;
  let turn = 0;

  beforeAll(async () => {
    etcd = await OwnEtcd.start(3);
    store = new EtcdCoordinationStore({ endpoints: etcd.endpoints, clock: systemClock, callTimeoutMs: 2_000 });
  }, 60_000);

  afterAll(async () => {
    await store[Symbol.asyncDispose]();
    await etcd[Symbol.asyncDispose]();
  });

  /** Increasing values, each written once: whether a write whose answer was lost has happened is for the comparison to find. */
  const write = async (key: string, value: number): Promise<void> => {
    const from = systemClock.monotonic();
    for (;;) {
      try {
        await store.transact({ if: [], then: [{ put: key, value: String(value) }] }, signal);
        return;
      } catch (error) {
        expect(error).toMatchObject({ code: 'coordination.unavailable', reaction: 'retry' });
        expect(systemClock.monotonic() - from).toBeLessThan(patienceMs);
        await systemClock.sleep(50, signal);
      }
    }
  };

  const followed = async (key: string, from: bigint, last: number): Promise<readonly number[]> => {
    const seen: number[] = [];
    for await (const { changes } of store.watch(key, from, signal)) {
      seen.push(...changes.map(({ entry }) => Number(entry?.value)));
      if (seen.at(-1) === last) return seen;
    }
    return seen;
  };

  const renewed = async (leaseId: string): Promise<number> => {
    const from = systemClock.monotonic();
    for (;;) {
      try {
        return await store.renewLease(leaseId, signal);
      } catch (error) {
        expect(error).toMatchObject({ reaction: 'retry' });
        expect(systemClock.monotonic() - from).toBeLessThan(patienceMs);
        await systemClock.sleep(50, signal);
      }
    }
  };

  test.each([
    ['killed', async (leader: number) => etcd.kill(leader), async (leader: number) => etcd.restart(leader)],
    ['frozen', async (leader: number) => etcd.freeze(leader), async (leader: number) => etcd.thaw(leader)],
  ])(
    'goes on within an election when the leader is %s: writes, a watch and a lease',
    async (_, fell, rise) => {
      const key = `/quorum/${String((turn += 1))}`;
      const leaseId = await store.grantLease(30_000, signal);
      const { revision } = await store.transact({ if: [], then: [{ put: `${key}-member`, value: 'w', leaseId }] }, signal);
      // Several, so that some are on the member that falls.
      const watching = Promise.all(Array.from({ length: 6 }, () => followed(key, revision, 40)));
      for (let value = 1; value <= 20; value += 1) await write(key, value);
      const leader = await etcd.leader();
      const fellAt = systemClock.monotonic();
      await fell(leader);
      for (let value = 21; value <= 40; value += 1) await write(key, value);
      expect(await renewed(leaseId)).toBeGreaterThan(0);
      for (const seen of await watching) {
        // A write whose answer was lost may have happened twice; nothing is skipped, and nothing comes out of order.
        expect([...new Set(seen)]).toEqual(Array.from({ length: 40 }, (__, index) => index + 1));
        expect(seen).toEqual(seen.toSorted((one, other) => one - other));
      }
      // Twenty writes and six watches: a member that hangs must not cost each of them its deadline.
      expect(systemClock.monotonic() - fellAt).toBeLessThan(patienceMs);
      expect((await store.get(`${key}-member`, signal))?.value).toBe('w');
      await rise(leader);
    },
    60_000,
  );

  test('is away, and says so in time, while most members are; the state is as it was when they are back', async () => {
    const key = `/quorum/${String((turn += 1))}`;
    await write(key, 1);
    await etcd.kill(0, 1);
    const from = systemClock.monotonic();
    await expect(store.transact({ if: [], then: [{ put: key, value: '2' }] }, signal)).rejects.toMatchObject({ reaction: 'retry' });
    await expect(store.get(key, signal)).rejects.toMatchObject({ code: 'coordination.unavailable' });
    expect(systemClock.monotonic() - from).toBeLessThan(20_000);
    await etcd.restart(0, 1);
    await write(key, 3);
    expect((await store.get(key, signal))?.value).toBe('3');
  }, 60_000);
});
