import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ChangeSet, CoordinationStore } from '../coordination-store.ts';

/** One store under test, with time that passes its own way. */
export interface CoordinationHarness {
  readonly store: CoordinationStore;
  /** Starts every key; unique to the test. */
  readonly prefix: string;
  /** Lets time pass until `condition` holds; rejects after a deadline. */
  until(condition: () => Promise<boolean>): Promise<unknown>;
  /** Makes the store forget its history. */
  compact(): Promise<void>;
  close(): Promise<void>;
}

/** What every coordination store does, the one in memory and etcd alike. */
export const coordinationStoreContract = (name: string, open: () => Promise<CoordinationHarness>): void => {
  describe(name, () => {
    let harness: CoordinationHarness;
    let store: CoordinationStore;
    let key: (suffix: string) => string;
    const { signal } = new AbortController();

    beforeEach(async () => {
      harness = await open();
      store = harness.store;
      key = (suffix) => `${harness.prefix}${suffix}`;
    });
    afterEach(() => harness.close());

    const put = (suffix: string, value: string, leaseId?: string) =>
      store.transact({ if: [], then: [{ put: key(suffix), value, ...(leaseId === undefined ? {} : { leaseId }) }] }, signal);

    describe('reads and transactions', () => {
      test('a key that was never written is null', async () => {
        expect(await store.get(key('none'), signal)).toBeNull();
      });

      test('an entry carries the revision that created it and the one that changed it last', async () => {
        const created = await put('a', '1');
        const changed = await put('a', '2');
        expect(await store.get(key('a'), signal)).toEqual({
          key: key('a'),
          value: '2',
          createRevision: created.revision,
          modRevision: changed.revision,
        });
        expect(changed.revision > created.revision).toBe(true);
      });

      test('a list has every entry under the prefix in the order of their keys, and nothing else', async () => {
        await put('x/2', 'two');
        await put('x/1', 'one');
        await put('y', 'no');
        const { entries } = await store.list(key('x/'), signal);
        expect(entries.map((entry) => [entry.key, entry.value])).toEqual([
          [key('x/1'), 'one'],
          [key('x/2'), 'two'],
        ]);
      });

      test('a list longer than a page is complete and of one revision', async () => {
        for (let chunk = 0; chunk < 6; chunk += 1) {
          const numbers = Array.from({ length: 100 }, (_, index) => String(chunk * 100 + index).padStart(4, '0'));
          await store.transact({ if: [], then: numbers.map((number) => ({ put: key(`many/${number}`), value: number })) }, signal);
        }
        const { entries, revision } = await store.list(key('many/'), signal);
        expect(entries).toHaveLength(600);
        expect(entries.every((entry) => entry.modRevision <= revision)).toBe(true);
      });

      test('values keep every character', async () => {
        await put('text', 'größer ≥ \u0000 💧');
        expect((await store.get(key('text'), signal))?.value).toBe('größer ≥ \u0000 💧');
      });

      test('of two that create the same key one wins', async () => {
        const create = (value: string) =>
          store.transact({ if: [{ key: key('one'), exists: false }], then: [{ put: key('one'), value }] }, signal);
        const results = await Promise.all([create('a'), create('b')]);
        expect(results.filter((result) => result.isApplied)).toHaveLength(1);
      });

      test('a comparison that fails leaves everything as it was', async () => {
        const { revision } = await put('a', '1');
        const stale = [
          { key: key('a'), modRevision: revision - 1n },
          { key: key('a'), createRevision: revision + 1n },
          { key: key('a'), value: '2' },
          { key: key('a'), exists: false },
          { key: key('b'), exists: true },
        ];
        for (const comparison of stale) {
          const result = await store.transact({ if: [comparison], then: [{ delete: key('a') }] }, signal);
          expect(result.isApplied).toBe(false);
        }
        expect((await store.get(key('a'), signal))?.value).toBe('1');
      });

      test('all comparisons holding, all operations are one revision', async () => {
        const { revision } = await put('a', '1');
        await put('old/1', 'x');
        await put('old/2', 'x');
        const result = await store.transact(
          {
            if: [
              { key: key('a'), modRevision: revision },
              { key: key('a'), createRevision: revision },
              { key: key('a'), value: '1' },
              { key: key('a'), exists: true },
              { key: key('b'), exists: false },
            ],
            then: [{ put: key('b'), value: '2' }, { delete: key('a') }, { deletePrefix: key('old/') }],
          },
          signal,
        );
        expect(result.isApplied).toBe(true);
        const { entries } = await store.list(harness.prefix, signal);
        expect(entries).toEqual([{ key: key('b'), value: '2', createRevision: result.revision, modRevision: result.revision }]);
      });

      test('a transaction without operations only tells whether its comparisons hold', async () => {
        const { revision } = await put('a', '1');
        expect((await store.transact({ if: [{ key: key('a'), modRevision: revision }], then: [] }, signal)).isApplied).toBe(true);
        expect((await store.transact({ if: [{ key: key('a'), exists: false }], then: [] }, signal)).isApplied).toBe(false);
      });

      test('a key deleted and written again has a new creation', async () => {
        const first = await put('a', '1');
        await store.transact({ if: [], then: [{ delete: key('a') }] }, signal);
        await put('a', '1');
        expect((await store.get(key('a'), signal))?.createRevision).not.toBe(first.revision);
      });

      test('an aborted signal ends a call with its reason', async () => {
        const reason = new Error('enough');
        await expect(store.get(key('a'), AbortSignal.abort(reason))).rejects.toBe(reason);
      });
    });

    describe('leases', () => {
      test('a key lives as long as its lease is renewed', async () => {
        const leaseId = await store.grantLease(2_000, signal);
        await put('member', 'w1', leaseId);
        expect(await store.renewLease(leaseId, signal)).toBeGreaterThan(0);
        expect(await store.get(key('member'), signal)).not.toBeNull();
        await harness.until(async () => (await store.get(key('member'), signal)) === null);
      });

      test('a lease that is gone cannot be renewed, nor hold a key', async () => {
        const leaseId = await store.grantLease(60_000, signal);
        await store.revokeLease(leaseId, signal);
        await expect(store.renewLease(leaseId, signal)).rejects.toMatchObject({ code: 'coordination.lease_lost', reaction: 'fenced' });
        await expect(put('member', 'w1', leaseId)).rejects.toMatchObject({ code: 'coordination.lease_lost' });
      });

      test('revoking removes the keys at once, and twice is fine', async () => {
        const leaseId = await store.grantLease(60_000, signal);
        await put('m/1', 'x', leaseId);
        await put('m/2', 'x', leaseId);
        await store.revokeLease(leaseId, signal);
        await store.revokeLease(leaseId, signal);
        expect((await store.list(key('m/'), signal)).entries).toEqual([]);
      });

      test('a key written again without the lease outlives it', async () => {
        const leaseId = await store.grantLease(60_000, signal);
        await put('kept', '1', leaseId);
        await put('kept', '2');
        await store.revokeLease(leaseId, signal);
        expect((await store.get(key('kept'), signal))?.value).toBe('2');
      });
    });

    describe('watches', () => {
      /** The next `count` change sets under the prefix after a revision. */
      const take = async (prefix: string, revision: bigint, count: number, signal: AbortSignal): Promise<readonly ChangeSet[]> => {
        const seen: ChangeSet[] = [];
        for await (const change of store.watch(prefix, revision, signal)) if (seen.push(change) === count) break;
        return seen;
      };

      test('a watch gives what happened after its revision, one set per revision, in order', async () => {
        const before = await put('w/0', 'before');
        const one = await put('w/1', 'one');
        await put('elsewhere', 'x');
        const two = await store.transact({ if: [], then: [{ put: key('w/2'), value: 'two' }, { delete: key('w/0') }] }, signal);
        const sets = await take(key('w/'), before.revision, 2, signal);
        expect(sets.map((set) => set.revision)).toEqual([one.revision, two.revision]);
        expect(sets[1]?.changes.map((change) => [change.key, change.entry?.value]).sort()).toEqual([
          [key('w/0'), undefined],
          [key('w/2'), 'two'],
        ]);
      });

      test('a watch gives what happens later, too', async () => {
        const { revision } = await put('w/0', 'before');
        const watching = take(key('w/'), revision, 2, signal);
        await put('w/1', 'one');
        await put('w/2', 'two');
        expect((await watching).map((set) => set.changes[0]?.entry?.value)).toEqual(['one', 'two']);
      });

      test('the end of a lease is seen as the deletion of its keys', async () => {
        const leaseId = await store.grantLease(60_000, signal);
        const { revision } = await put('w/member', 'x', leaseId);
        const watching = take(key('w/'), revision, 1, signal);
        await store.revokeLease(leaseId, signal);
        expect((await watching)[0]?.changes).toEqual([{ key: key('w/member'), entry: undefined }]);
      });

      test('a watch ends with the reason of its signal', async () => {
        const controller = new AbortController();
        const reason = new Error('enough');
        const { revision } = await put('w/0', 'x');
        const watching = take(key('w/'), revision, 1, controller.signal);
        controller.abort(reason);
        await expect(watching).rejects.toBe(reason);
      });

      test('a watch from a compacted revision says so instead of leaving changes out', async () => {
        const { revision } = await put('w/0', 'x');
        await put('w/1', 'x');
        await put('w/2', 'x');
        await harness.compact();
        await expect(take(key('w/'), revision, 1, signal)).rejects.toMatchObject({ code: 'coordination.compacted', reaction: 'retry' });
      });
    });
  });
};
