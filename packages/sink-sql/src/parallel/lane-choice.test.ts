import type { PartitionPosition } from '@headrace/connector-api';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AppliedAbove } from './applied-above.ts';
import type { Entry } from './commit-order.ts';
import { LaneChoice } from './lane-choice.ts';

const LANES = 3;
const resources = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { maxLength: 3 });
const transactions = fc.array(fc.record({ changed: resources, needed: resources }), { maxLength: 20 });

const entryOf = ({ changed, needed }: { readonly changed: readonly string[]; readonly needed: readonly string[] }): Entry => ({
  transaction: { records: [], end: undefined },
  resources: { changed: new Set(changed), needed: new Set(needed), isExclusive: false },
  isDone: false,
});

const meets = (one: ReadonlySet<string>, other: ReadonlySet<string>): boolean => [...one].some((resource) => other.has(resource));

const areRelated = ({ resources: one }: Entry, { resources: other }: Entry): boolean =>
  meets(one.changed, other.changed) || meets(one.changed, other.needed) || meets(one.needed, other.changed);

describe('the choice of a lane', () => {
  test('keeps related transactions in order, whichever lane is how quick, and never waits for nothing', () => {
    fc.assert(
      fc.property(transactions, fc.array(fc.nat(LANES - 1), { minLength: 1 }), fc.array(fc.nat(9)), (specs, picks, pauses) => {
        const choice = new LaneChoice();
        const queues: Entry[][] = Array.from({ length: LANES }, () => []);
        const done: Entry[] = [];
        let step = 0;
        const finishOne = (): void => {
          const busy = queues.filter((queue) => queue.length > 0);
          const entry = busy[(picks[(step += 1) % picks.length] ?? 0) % Math.max(1, busy.length)]?.shift();
          expect(entry).toBeDefined();
          if (entry === undefined) return;
          done.push(entry);
          choice.done([entry]);
        };
        const entries = specs.map(entryOf);
        entries.forEach((entry, index) => {
          let chosen = choice.choose(entry.resources);
          for (; chosen.kind === 'wait'; chosen = choice.choose(entry.resources)) finishOne();
          const lane = chosen.kind === 'lane' ? chosen.lane : (picks[index % picks.length] ?? 0);
          choice.given(entry, lane);
          queues[lane]?.push(entry);
          for (let pause = pauses[index] ?? 0; pause > 7 && queues.some((queue) => queue.length > 0); pause -= 1) finishOne();
        });
        while (queues.some((queue) => queue.length > 0)) finishOne();
        entries.forEach((later, index) => {
          for (const earlier of entries.slice(0, index)) {
            if (areRelated(earlier, later)) expect(done.indexOf(earlier)).toBeLessThan(done.indexOf(later));
          }
        });
      }),
    );
  });
});

describe('what is applied above the low-water mark', () => {
  const place = fc.record({ topic: fc.constantFrom('tx', 'other tx'), partition: fc.nat(2), offset: fc.bigInt({ min: 0n, max: 20n }) });

  test('comes back from its text, but for what lies below the mark', () => {
    fc.assert(
      fc.property(fc.array(place), fc.array(place), fc.array(place), (before, added, marks) => {
        const above = new AppliedAbove();
        above.add(before);
        const read = AppliedAbove.parse(above.text(added));
        read.forgetBelow(marks);
        const isBelow = (one: PartitionPosition): boolean =>
          marks.some(({ topic, partition, offset }) => topic === one.topic && partition === one.partition && one.offset < offset);
        for (const one of [...before, ...added]) expect(read.has(one)).toBe(!isBelow(one));
      }),
    );
  });
});
