import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { assign, type Assignment, type Placeable } from './assignor.ts';

const members = fc.uniqueArray(
  fc.integer({ min: 0, max: 30 }).map((n) => `w${String(n)}`),
  { minLength: 1, maxLength: 8 },
);

const units = fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 1, max: 12 })), { maxLength: 6 }).map((connectors) =>
  connectors.flatMap(([group, count], index) =>
    Array.from({ length: count }, (_, task): Placeable => ({
      id: `c${String(index)}/${String(task)}`,
      group: `g${String(group)}`,
      weight: 1,
    })),
  ),
);

const weighted = units.chain((all) =>
  fc
    .array(fc.integer({ min: 1, max: 9 }), { minLength: all.length, maxLength: all.length })
    .map((weights) => all.map((unit, index) => ({ ...unit, weight: weights[index] ?? 1 }))),
);

const loads = (memberIds: readonly string[], all: readonly Placeable[], assignment: Assignment): readonly number[] =>
  memberIds.map((member) => all.filter((unit) => assignment.get(unit.id) === member).reduce((sum, unit) => sum + unit.weight, 0));

const spread = (numbers: readonly number[]): number => Math.max(...numbers) - Math.min(...numbers);

const moved = (all: readonly Placeable[], before: Assignment, after: Assignment): number =>
  all.filter((unit) => before.get(unit.id) !== after.get(unit.id)).length;

const none: Assignment = new Map();

describe('the assignor', () => {
  test('gives every unit to one living member', () => {
    fc.assert(
      fc.property(members, weighted, members, (now, all, before) => {
        const assignment = assign(now, all, assign(before, all, none));
        expect(assignment.size).toBe(all.length);
        for (const unit of all) expect(now).toContain(assignment.get(unit.id));
      }),
    );
  });

  test('keeps loads of equal units within one of each other, wherever it starts from', () => {
    fc.assert(
      fc.property(members, units, fc.array(fc.nat(7)), (now, all, homes) => {
        const before = new Map(all.map((unit, index) => [unit.id, now[(homes[index] ?? 0) % now.length] ?? '']));
        expect(spread(loads(now, all, assign(now, all, before)))).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('keeps loads of unequal units within the heaviest of them', () => {
    fc.assert(
      fc.property(members, weighted, (now, all) => {
        const heaviest = Math.max(0, ...all.map((unit) => unit.weight));
        expect(spread(loads(now, all, assign(now, all, none)))).toBeLessThanOrEqual(heaviest);
      }),
    );
  });

  test('moves nothing when nothing changed', () => {
    fc.assert(
      fc.property(members, weighted, (now, all) => {
        const before = assign(now, all, none);
        expect(assign(now, all, before)).toEqual(before);
      }),
    );
  });

  test('does not depend on the order in which members and units are given', () => {
    fc.assert(
      fc.property(members, weighted, (now, all) => {
        expect(assign([...now].reverse(), [...all].reverse(), none)).toEqual(assign(now, all, none));
      }),
    );
  });

  test('when a member leaves, moves only what it had', () => {
    fc.assert(
      fc.property(members, units, fc.nat(), (now, all, pick) => {
        const gone = now[pick % now.length] ?? '';
        const left = now.filter((member) => member !== gone);
        fc.pre(left.length > 0);
        const before = assign(now, all, none);
        const ofDead = all.filter((unit) => before.get(unit.id) === gone).length;
        expect(moved(all, before, assign(left, all, before))).toBe(ofDead);
      }),
    );
  });

  test('when a member joins, moves no more than its fair share, and only to it', () => {
    fc.assert(
      fc.property(members, units, (now, all) => {
        const before = assign(now, all, none);
        const after = assign([...now, 'x-new'], all, before);
        expect(moved(all, before, after)).toBeLessThanOrEqual(Math.ceil(all.length / (now.length + 1)));
        for (const unit of all) expect([before.get(unit.id), 'x-new']).toContain(after.get(unit.id));
      }),
    );
  });

  test('spreads the tasks of one connector over equally loaded members', () => {
    const all = Array.from({ length: 6 }, (_, task): Placeable => ({ id: `a/${String(task)}`, group: task < 3 ? 'a' : 'b', weight: 1 }));
    const assignment = assign(['w1', 'w2', 'w3'], all, none);
    for (const group of ['a', 'b']) {
      const homes = all.filter((unit) => unit.group === group).map((unit) => assignment.get(unit.id));
      expect(new Set(homes).size).toBe(3);
    }
  });

  test('leaves everything without a home when nobody lives', () => {
    expect(assign([], [{ id: 'a/0', group: 'a', weight: 1 }], none).size).toBe(0);
  });

  test('places a unit only where it fits, balances those that fit, and leaves out what fits nowhere', () => {
    fc.assert(
      fc.property(members, units, fc.nat(7), (now, all, seed) => {
        const fits = (unit: Placeable) => (member: string) => (unit.id.length + member.length + seed) % 3 !== 0;
        const picky = all.map((unit) => ({ ...unit, fits: fits(unit) }));
        const assignment = assign(now, picky, none);
        for (const unit of picky) {
          const home = assignment.get(unit.id);
          expect(home === undefined ? now.some(unit.fits) : !unit.fits(home)).toBe(false);
        }
        expect(assign(now, picky, assignment)).toEqual(assignment);
      }),
    );
  });

  describe('of units whose load is measured', () => {
    /** Some of measured steps, some of a weight of their own. */
    const measured = weighted.map((all) =>
      all.map((unit, index) => (index % 3 === 0 ? unit : { ...unit, weight: 1 + 2 ** unit.weight, measured: 2 ** unit.weight })),
    );
    const measuredOn = (member: string, all: readonly Placeable[], assignment: Assignment): number =>
      all.filter((unit) => assignment.get(unit.id) === member).reduce((sum, unit) => sum + (unit.measured ?? 0), 0);
    /** By how much a member is above another, beyond a third of what was measured on it. */
    const excess = (from: string, to: string, all: readonly Placeable[], assignment: Assignment): number => {
      const [above = 0, below = 0] = loads([from, to], all, assignment);
      return above - below - measuredOn(from, all, assignment) / 3;
    };
    /** Each unit's rate becomes another. */
    const changed = (all: readonly Placeable[], steps: readonly number[]): readonly Placeable[] =>
      all.map((unit, index) => {
        const rate = 2 ** (steps[index % steps.length] ?? 0);
        return unit.measured === undefined ? unit : { ...unit, weight: 1 + rate, measured: rate };
      });
    const newSteps = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 12 });

    test('moves nothing when rates change, unless one member is above another by more than a third of what was measured on it', () => {
      fc.assert(
        fc.property(members, measured, newSteps, (now, all, steps) => {
          const before = assign(now, all, none);
          const later = changed(all, steps);
          if (moved(later, before, assign(now, later, before)) === 0) return;
          expect(now.some((from) => now.some((to) => excess(from, to, later, before) > 0))).toBe(true);
        }),
      );
    });

    test('makes the most loaded member no more loaded, and leaves nothing that a single move would still better', () => {
      fc.assert(
        fc.property(members, measured, newSteps, (now, all, steps) => {
          const before = assign(now, all, none);
          const later = changed(all, steps);
          const after = assign(now, later, before);
          expect(Math.max(...loads(now, later, after))).toBeLessThanOrEqual(Math.max(...loads(now, later, before)));
          expect(assign(now, later, after)).toEqual(after);
          for (const [from, to] of now.flatMap((one) => now.map((other) => [one, other] as const))) {
            if (excess(from, to, later, after) <= 0) continue;
            const [above = 0, below = 0] = loads([from, to], later, after);
            for (const unit of later) if (after.get(unit.id) === from) expect(unit.weight).toBeGreaterThanOrEqual(above - below);
          }
        }),
      );
    });

    test('moves nothing when the rate of a unit doubles or halves that is no more than half of what its member has', () => {
      fc.assert(
        fc.property(members, fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 2, maxLength: 8 }), fc.boolean(), (now, rates, isUp) => {
          // All members are alike.
          const all = now.flatMap((member) =>
            rates.map((step, index): Placeable => ({
              id: `${member}/${String(index)}`,
              group: member,
              weight: 1 + 2 ** step,
              measured: 2 ** step,
            })),
          );
          const before = new Map(all.map((unit) => [unit.id, unit.group]));
          const total = rates.reduce((sum, step) => sum + 2 ** step, 0);
          const index = rates.findIndex((step) => 2 ** step <= total / 2);
          const later = all.map((unit) => {
            const rate = (unit.measured ?? 0) * (isUp ? 2 : 0.5);
            return unit.id === `${now[0] ?? ''}/${String(index)}` ? { ...unit, weight: 1 + rate, measured: rate } : unit;
          });
          expect(assign(now, later, before)).toEqual(before);
        }),
      );
    });

    test('gives a member that joins its share of them', () => {
      const all = Array.from({ length: 12 }, (_, task): Placeable => ({ id: `a/${String(task)}`, group: 'a', weight: 9, measured: 8 }));
      const before = assign(['w1', 'w2'], all, none);
      expect(loads(['w1', 'w2', 'w3'], all, assign(['w1', 'w2', 'w3'], all, before))).toEqual([36, 36, 36]);
    });
  });

  test('spreads 2,000 units over 20 members, and a change of one moves no more than its share', () => {
    const all = Array.from({ length: 2_000 }, (_, index) => ({
      id: `c${String(index % 50)}/${String(index)}`,
      group: `c${String(index % 50)}`,
      weight: 1,
    }));
    const twenty = Array.from({ length: 20 }, (_, index) => `w${String(index)}`);
    const before = assign(twenty, all, none);
    expect(spread(loads(twenty, all, before))).toBe(0);
    expect(moved(all, before, assign(twenty.slice(1), all, before))).toBe(100);
    const joined = [...twenty, 'w20'];
    expect(moved(all, before, assign(joined, all, before))).toBeLessThanOrEqual(Math.ceil(2_000 / 21));
    // From one worker to twenty, which would take seconds if each move looked at every unit anew.
    expect(spread(loads(twenty, all, assign(twenty, all, assign(['w0'], all, none))))).toBe(0);
  });
});
