import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { planPartitions } from './partition-plan.ts';

const topics = fc.dictionary(fc.constantFrom('orders', 'customers', 'a.b', 'x-1'), fc.nat(12));
const partitionsOf = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts).flatMap(([topic, count]) => Array.from({ length: count }, (_, partition) => ({ topic, partition })));
const flat = (plan: ReturnType<typeof planPartitions>) =>
  plan.flatMap((own, task) => Object.entries(own).flatMap(([topic, numbers]) => numbers.map((partition) => ({ topic, partition, task }))));
const nameOf = ({ topic, partition }: { readonly topic: string; readonly partition: number }) => `${topic}/${String(partition)}`;

describe('the partitions of a sink', () => {
  test('go to one task each, evenly, and tasks beyond them have none', () => {
    fc.assert(
      fc.property(topics, fc.integer({ min: 1, max: 20 }), (counts, taskCount) => {
        const all = partitionsOf(counts);
        const plan = planPartitions(all, taskCount, []);
        expect(plan).toHaveLength(taskCount);
        expect(flat(plan).map(nameOf).sort()).toEqual(all.map(nameOf).sort());
        const sizes = plan.map((own) => Object.values(own).flat().length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('stay where they are when nothing changes', () => {
    fc.assert(
      fc.property(topics, fc.integer({ min: 1, max: 20 }), (counts, taskCount) => {
        const plan = planPartitions(partitionsOf(counts), taskCount, []);
        expect(planPartitions(partitionsOf(counts), taskCount, plan)).toEqual(plan);
      }),
    );
  });

  test('stay with their tasks when a topic grows', () => {
    const before = planPartitions(partitionsOf({ t: 4 }), 2, []);
    const after = planPartitions(partitionsOf({ t: 6 }), 2, before);
    const homes = new Map(flat(after).map((one) => [nameOf(one), one.task]));
    for (const one of flat(before)) expect(homes.get(nameOf(one))).toBe(one.task);
  });
});
