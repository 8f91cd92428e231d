import { expect, test } from '@jest/globals';
import { defaults } from '../chaos/options.ts';
import { planOf } from '../chaos/plan.ts';
import { runChaos } from '../chaos/run-chaos.ts';

const servers = ['etcd', 'kafka', 'registry', 'postgres', 'mariadb'];

test('the same seed gives the same faults, of every kind', () => {
  const plan = planOf({ seed: 3, faults: 500, servers, flows: 2, workers: 3 });
  expect(planOf({ seed: 3, faults: 500, servers, flows: 2, workers: 3 })).toEqual(plan);
  expect(plan.flat()).toHaveLength(500);
  expect(new Set(plan.flat().map(({ kind }) => kind)).size).toBe(11);
});

test('I2, I4, I6: two copies survive a minute of killed owners, bad networks and restarted servers; ./scripts/chaos is the long version', async () => {
  const said: string[] = [];
  const report = await runChaos(
    { ...defaults, seed: 20_261_125, faults: 8, kills: 1, hasPlannedRestarts: false, hasBadNeighbours: false, hasMysql: false },
    (text) => said.push(text),
    new AbortController().signal,
  );
  expect(report.violations).toEqual([]);
  expect(report.takeOvers).toHaveLength(1);
  expect([...report.faults.values()].reduce((sum, count) => sum + count, 0)).toBe(9);
  expect(report.events).toBeGreaterThan(500);
});
