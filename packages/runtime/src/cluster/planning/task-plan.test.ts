import { describe, expect, test } from '@jest/globals';
import type { TaskPlan } from '../store/values.ts';
import { datedTasks, mustFence, planHash } from './task-plan.ts';

const task = (share: string, partitions: TaskPlan['partitions'] = {}): TaskPlan => ({ config: { share }, partitions });

describe('fencing before new tasks may run', () => {
  test.each([
    ['the first tasks', [], [task('0')], false],
    ['no tasks, then none', [], [], false],
    ['the same tasks', [task('0'), task('1')], [task('0'), task('1')], false],
    ['one task, configured anew: it fences its former self', [task('0')], [task('1')], false],
    ['one more task beside those there were', [task('0'), task('1')], [task('0'), task('1'), task('2')], false],
    ['fewer tasks', [task('0'), task('1')], [task('0')], true],
    ['a stop', [task('0')], [], true],
    ['what one of several did is another one’s now', [task('0'), task('1')], [task('1'), task('0')], true],
    ['a partition moved', [task('', { t: [0] }), task('', { t: [1] })], [task('', { t: [1] }), task('', { t: [0] })], true],
    [
      'a task that only got more to read',
      [task('', { t: [0] }), task('', { t: [1] })],
      [task('', { t: [0, 2] }), task('', { t: [1] })],
      false,
    ],
    ['one task becomes two', [task('', { t: [0, 1] })], [task('', { t: [0] }), task('', { t: [1] })], true],
  ] as const)('%s: %#', (...[, previous, next, expected]) => {
    expect(mustFence(previous, next)).toBe(expected);
  });
});

describe('the hash of a plan', () => {
  test('does not depend on the order of keys', () => {
    const one = { config: { a: '1', b: '2' }, partitions: {} };
    const other = { config: { b: '2', a: '1' }, partitions: {} };
    expect(planHash([one])).toBe(planHash([other]));
  });

  test('differs by content, count and order of tasks', () => {
    const hashes = [[], [task('0')], [task('1')], [task('0'), task('1')], [task('1'), task('0')], [task('0', { t: [0] })]].map(planHash);
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});

describe('a new generation', () => {
  const stored = new Map([task('0'), task('1')].map((plan, number) => [number, { ...plan, since: 5 }] as const));

  test('leaves the date of tasks that stay as they were, so that they go on', () => {
    expect(datedTasks(stored, [task('0'), task('1'), task('2')], 9).map(({ since }) => since)).toEqual([5, 5, 9]);
  });

  test('dates every task anew when the former ones are fenced', () => {
    expect(datedTasks(stored, [task('0')], 9).map(({ since }) => since)).toEqual([9]);
  });
});
