import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isHeadraceError, systemClock } from '@headrace/foundation';
import type { ChangeSet, Comparison, CoordinationStore, Operation, StoredEntry } from '@headrace/ports';
import { MemoryCoordinationStore } from '@headrace/ports/memory';
import { OwnEtcd, VirtualClock } from '@headrace/testkit';
import fc from 'fast-check';
import { EtcdCoordinationStore } from '../src/index.ts';

const { signal } = new AbortController();
const names = ['a', 'a/b', 'a/c', 'd'] as const;
const leaseCount = 2;

/** Revisions count from the beginning of the history; the number of a lease stands for its id. */
type Check = readonly [name: string, is: 'there' | 'gone' | 'x' | 'y' | readonly ['mod' | 'create', number]];
type Write = readonly ['put', name: string, value: string, lease: number | undefined] | readonly ['delete', name: string];
type Step =
  | readonly ['transact', readonly Check[], readonly Write[]]
  | readonly ['clear', name: string]
  | readonly ['get' | 'list', name: string]
  | readonly ['revoke' | 'renew', lease: number];

const name = fc.constantFrom(...names);
const lease = fc.nat({ max: leaseCount - 1 });
const value = fc.constantFrom('x', 'y');
const check: fc.Arbitrary<Check> = fc.tuple(
  name,
  fc.oneof(fc.constantFrom('there' as const, 'gone' as const), value, fc.tuple(fc.constantFrom('mod', 'create'), fc.nat({ max: 12 }))),
);
const write: fc.Arbitrary<Write> = fc.oneof(
  fc.tuple(fc.constant('put' as const), name, value, fc.option(lease, { nil: undefined })),
  fc.tuple(fc.constant('delete' as const), name),
);
// A key twice in one transaction is an error of etcd's.
const writes = fc.uniqueArray(write, { maxLength: 3, selector: ([, key]) => key });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constant('transact' as const), fc.array(check, { maxLength: 2 }), writes) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('clear' as const), name) },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom('get' as const, 'list' as const), name) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom('revoke' as const, 'renew' as const), lease) },
);

/** All that one store has to say to a history, and the changes that a watch tells of it, in numbers that any store can have. */
const tale = async (store: CoordinationStore, prefix: string, steps: readonly Step[]): Promise<readonly unknown[]> => {
  const base = (await store.list(prefix, signal)).revision;
  const since = (revision: bigint): number => (revision === 0n ? 0 : Number(revision - base));
  const shown = (entry: StoredEntry | null | undefined): unknown =>
    entry && [entry.key.slice(prefix.length), entry.value, since(entry.createRevision), since(entry.modRevision)];
  const leases: string[] = [];
  while (leases.length < leaseCount) leases.push(await store.grantLease(60_000, signal));

  const comparisonOf = ([suffix, is]: Check): Comparison => {
    const key = `${prefix}${suffix}`;
    if (is === 'there' || is === 'gone') return { key, exists: is === 'there' };
    if (typeof is === 'string') return { key, value: is };
    const revision = is[1] === 0 ? 0n : base + BigInt(is[1]);
    return is[0] === 'mod' ? { key, modRevision: revision } : { key, createRevision: revision };
  };
  const operationOf = (of: Write): Operation => {
    if (of[0] === 'delete') return { delete: `${prefix}${of[1]}` };
    const leaseId = of[3] === undefined ? undefined : leases[of[3]];
    return { put: `${prefix}${of[1]}`, value: of[2], ...(leaseId === undefined ? {} : { leaseId }) };
  };
  const applied = async (comparisons: readonly Comparison[], operations: readonly Operation[]): Promise<unknown> => {
    const { isApplied, revision } = await store.transact({ if: comparisons, then: operations }, signal);
    return [isApplied, since(revision)];
  };
  const answer = async (of: Step): Promise<unknown> => {
    if (of[0] === 'transact') return applied(of[1].map(comparisonOf), of[2].map(operationOf));
    if (of[0] === 'clear') return applied([], [{ deletePrefix: `${prefix}${of[1]}` }]);
    if (of[0] === 'get') return shown(await store.get(`${prefix}${of[1]}`, signal));
    if (of[0] === 'revoke') return store.revokeLease(leases[of[1]] ?? '', signal);
    if (of[0] === 'renew') return (await store.renewLease(leases[of[1]] ?? '', signal)) > 0;
    const { entries, revision } = await store.list(`${prefix}${of[1]}`, signal);
    return [entries.map(shown), since(revision)];
  };

  const told: unknown[] = [];
  for (const each of steps) {
    told.push(
      await answer(each).catch((error: unknown) => {
        if (isHeadraceError(error)) return error.code;
        throw error;
      }),
    );
  }
  await store.transact({ if: [], then: [{ put: `${prefix}end`, value: 'end' }] }, signal);
  for await (const { revision, changes } of store.watch(prefix, base, signal)) {
    told.push([since(revision), sorted(changes).map(({ key, entry }) => [key.slice(prefix.length), shown(entry)])]);
    if (changes.some(({ key }) => key === `${prefix}end`)) break;
  }
  return told;
};

/** Which key of one revision comes first is nobody's business. */
const sorted = (changes: ChangeSet['changes']): ChangeSet['changes'] => changes.toSorted((a, b) => (a.key < b.key ? -1 : 1));

let etcd: OwnEtcd;
let real: EtcdCoordinationStore;

beforeAll(async () => {
  etcd = await OwnEtcd.start();
  real = new EtcdCoordinationStore({ endpoints: [...etcd.endpoints], clock: systemClock });
});

afterAll(async () => {
  await real[Symbol.asyncDispose]();
  await etcd[Symbol.asyncDispose]();
});

test('the store in memory, which the simulation runs on, answers every history as etcd does, revision by revision', async () => {
  let turn = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      turn += 1;
      const memory = new MemoryCoordinationStore(new VirtualClock());
      expect(await tale(memory, `/history-${String(turn)}/`, steps)).toEqual(await tale(real, `/history-${String(turn)}/`, steps));
    }),
    { numRuns: 150 },
  );
});
