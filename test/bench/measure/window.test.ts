import { describe, expect, test } from '@jest/globals';
import { ratesOf, type Sample } from './window.ts';

const sample = (atSeconds: number, arrived: number, worker: number, busySeconds: number): Sample => ({
  atSeconds,
  arrived,
  cpuSeconds: new Map([['worker', worker]]),
  busySeconds,
  stolenSeconds: 0,
});

describe('the window in which rates are read', () => {
  test('leaves out the first and the last 5 % and what they cost', () => {
    // A start-up of 10 s that uses 9 s of CPU, then 100 changes a second at 5 ms each, then 10 s for the last change.
    const samples = [sample(0, 0, 0, 0), sample(10, 0, 9, 9), sample(20, 1_000, 14, 14), sample(30, 1_000, 20, 20)];
    const rates = ratesOf(samples, 1_000, 2);
    expect(rates.changes).toBe(900);
    expect(rates.seconds).toBeCloseTo(9);
    expect(rates.changesPerSecond).toBeCloseTo(100);
    expect(rates.cpuMicrosPerChange.get('worker')).toBeCloseTo(5_000);
    expect(rates.othersCpuPercent).toBeCloseTo(0);
  });

  test('shows what other processes used, in percent of all cores', () => {
    const samples = [sample(0, 0, 0, 0), sample(10, 1_000, 5, 10)];
    expect(ratesOf(samples, 1_000, 2).othersCpuPercent).toBeCloseTo(25);
  });

  test('refuses a run that did not arrive', () => {
    expect(() => ratesOf([sample(0, 0, 0, 0), sample(10, 900, 5, 5)], 1_000, 2)).toThrow('never reached 950');
  });
});
