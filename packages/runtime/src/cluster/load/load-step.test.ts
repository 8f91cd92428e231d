import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LOAD_UNIT, nextStep, smoothed } from './load-step.ts';

const rate = fc.double({ min: 0, max: 4_096 * LOAD_UNIT, noNaN: true });
const step = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 0, max: 12 }).map((exponent) => LOAD_UNIT * 2 ** exponent),
);

describe('what is published of a rate', () => {
  test('is nothing, or a power of two that the rate is no more than twice away from', () => {
    fc.assert(
      fc.property(step, rate, (published, now) => {
        const next = nextStep(published, now);
        if (next === 0) expect(now).toBeLessThan(LOAD_UNIT);
        else {
          expect(Number.isInteger(Math.log2(next / LOAD_UNIT))).toBe(true);
          expect(now).toBeGreaterThanOrEqual(next / 2);
          expect(now).toBeLessThanOrEqual(next * 2);
        }
      }),
    );
  });

  test('stays while the rate swings within half and twice of it', () => {
    fc.assert(
      fc.property(step, fc.array(fc.double({ min: 0.51, max: 1.99, noNaN: true })), (published, swings) => {
        fc.pre(published > 0);
        for (const swing of swings) expect(nextStep(published, published * swing)).toBe(published);
      }),
    );
  });

  test('does not change again while the rate stays as it is', () => {
    fc.assert(
      fc.property(step, rate, (published, now) => {
        const next = nextStep(published, now);
        expect(nextStep(next, now)).toBe(next);
      }),
    );
  });
});

test('a smoothed rate comes as close to what is measured after two looks as after one that took as long', () => {
  fc.assert(
    fc.property(rate, rate, fc.integer({ min: 1, max: 600_000 }), (before, measured, ms) => {
      const twice = smoothed(smoothed(before, measured, ms, 60_000), measured, ms, 60_000);
      expect(twice).toBeCloseTo(smoothed(before, measured, 2 * ms, 60_000), 3);
    }),
  );
});
