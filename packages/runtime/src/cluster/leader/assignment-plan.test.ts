import { describe, expect, test } from '@jest/globals';
import type { StoredEntry } from '@headrace/ports';
import { readModel } from '../store/cluster-model.ts';
import { createKeyspace } from '../store/keyspace.ts';
import { codecs } from '../store/values.ts';
import { assignmentChanges } from './assignment-plan.ts';

const keys = createKeyspace('c');
const modelOf = (values: Readonly<Record<string, string>>) => {
  const entries = Object.entries(values).map(([key, value]): StoredEntry => ({ key, value, createRevision: 1n, modRevision: 1n }));
  return readModel(keys, { revision: 1n, entries });
};
const member = (isDraining: boolean) => codecs.member.encode({ restUrl: 'http://w', startedAt: 0, isDraining });
const connector = (name: string, taskCount: number) => ({
  [keys.config(name)]: codecs.config.encode({ config: {}, kind: 'source', configVersion: 1 }),
  [keys.generation(name)]: codecs.generation.encode({ generation: 1, taskCount, configVersion: 1, hash: '' }),
});
/** What is written, without why. */
const operationsOf = (model: ReturnType<typeof modelOf>) => assignmentChanges(keys, model).map(({ operation }) => operation);
const to = (workerId: string) => codecs.assignment.encode({ workerId });

describe('what the leader assigns', () => {
  test('every connector and every task of its generation, tasks and connectors balanced apart', () => {
    const model = modelOf({
      [keys.member('w1')]: member(false),
      [keys.member('w2')]: member(false),
      ...connector('a', 3),
      ...connector('b', 1),
    });
    const changes = operationsOf(model);
    expect(changes).toHaveLength(6);
    const given = changes.map((change) => ('put' in change ? change.value : ''));
    expect(given.filter((value) => value === to('w1'))).toHaveLength(3);
  });

  test('nothing to a worker that is leaving, and what it has to others', () => {
    const model = modelOf({
      [keys.member('w1')]: member(true),
      [keys.member('w2')]: member(false),
      ...connector('a', 1),
      [keys.assignment({ connector: 'a', task: null })]: to('w2'),
      [keys.assignment({ connector: 'a', task: 0 })]: to('w1'),
    });
    expect(operationsOf(model)).toEqual([{ put: keys.assignment({ connector: 'a', task: 0 }), value: to('w2') }]);
  });

  test('nothing while everybody is leaving, so that whoever comes finds things as they were', () => {
    expect(operationsOf(modelOf({ [keys.member('w1')]: member(true), ...connector('a', 1) }))).toEqual([]);
  });

  test('takes away what is not there any more', () => {
    const model = modelOf({
      [keys.member('w1')]: member(false),
      ...connector('a', 1),
      [keys.assignment({ connector: 'a', task: null })]: to('w1'),
      [keys.assignment({ connector: 'a', task: 0 })]: to('w1'),
      [keys.assignment({ connector: 'a', task: 1 })]: to('w1'),
      [keys.assignment({ connector: 'gone', task: null })]: to('w1'),
    });
    expect(operationsOf(model)).toEqual([
      { delete: keys.assignment({ connector: 'a', task: 1 }) },
      { delete: keys.assignment({ connector: 'gone', task: null }) },
    ]);
  });

  test('nothing to a worker that an operator drains, for as long as it is that run of it; and says why each unit moves', () => {
    const held = { ...connector('a', 1), [keys.assignment({ connector: 'a', task: null })]: to('w2') };
    const moved = { ...held, [keys.assignment({ connector: 'a', task: 0 })]: to('w1') };
    const members = { [keys.member('w1')]: member(false), [keys.member('w2')]: member(false) };
    const drained = (memberRevision: string) =>
      modelOf({ ...moved, ...members, [keys.drain('w1')]: codecs.drain.encode({ memberRevision }) });
    expect(assignmentChanges(keys, drained('1')).map(({ move }) => move)).toEqual([{ from: 'w1', to: 'w2', reason: 'worker-leaves' }]);
    expect(assignmentChanges(keys, drained('7'))).toEqual([]);
    const gone = modelOf({ ...moved, [keys.member('w2')]: member(false) });
    expect(assignmentChanges(keys, gone).map(({ move }) => move?.reason)).toEqual(['worker-gone']);
    const fresh = modelOf({ ...held, [keys.member('w2')]: member(false) });
    expect(assignmentChanges(keys, fresh).map(({ move }) => move?.reason)).toEqual(['new']);
  });

  test('a connector that names labels to workers that have them, and to nobody else', () => {
    const labelled = (zone: string) => codecs.member.encode({ restUrl: 'http://w', startedAt: 0, isDraining: false, labels: { zone } });
    const placed = (placement: string) => ({
      ...connector('a', 4),
      [keys.config('a')]: codecs.config.encode({ config: { 'headrace.placement': placement }, kind: 'source', configVersion: 1 }),
    });
    const members = { [keys.member('w1')]: labelled('a'), [keys.member('w2')]: labelled('b'), [keys.member('w3')]: labelled('b') };
    const given = (placement: string) => assignmentChanges(keys, modelOf({ ...members, ...placed(placement) })).map(({ move }) => move?.to);
    expect(given('zone=a')).toEqual(Array(5).fill('w1'));
    expect(new Set(given('zone=b'))).toEqual(new Set(['w2', 'w3']));
    expect(given('zone=c')).toEqual([]);
    const elsewhere = { [keys.assignment({ connector: 'a', task: 0 })]: to('w2') };
    const moves = assignmentChanges(keys, modelOf({ ...members, ...placed('zone=a'), ...elsewhere }));
    expect(moves.find(({ unit }) => unit.task === 0)?.move).toEqual({ from: 'w2', to: 'w1', reason: 'placement' });
  });

  test('tasks by weight', () => {
    const weighted = (name: string, weight: string) => ({
      ...connector(name, 2),
      [keys.config(name)]: codecs.config.encode({ config: { 'headrace.task.weight': weight }, kind: 'source', configVersion: 1 }),
    });
    const members = { [keys.member('w1')]: member(false), [keys.member('w2')]: member(false) };
    const changes = assignmentChanges(
      keys,
      modelOf({ ...members, ...weighted('heavy', '6'), ...weighted('light', '1'), ...weighted('mid', '3') }),
    );
    const load = (workerId: string): number =>
      changes
        .filter(({ unit, move }) => unit.task !== null && move?.to === workerId)
        .reduce((sum, { unit }) => sum + (unit.connector === 'heavy' ? 6 : unit.connector === 'mid' ? 3 : 1), 0);
    expect([load('w1'), load('w2')]).toEqual([10, 10]);
  });

  test('tasks by what they move, where no weight is configured', () => {
    const MIB = 1_048_576;
    const members = { [keys.member('w1')]: member(false), [keys.member('w2')]: member(false) };
    const load = (name: string, task: number, mib: number) => ({
      [keys.load({ connector: name, task })]: codecs.load.encode({ bytesPerSecond: mib * MIB }),
    });
    const heavy = { ...connector('heavy', 1), ...load('heavy', 0, 4) };
    const taskOf = (name: string, values: Readonly<Record<string, string>>) =>
      assignmentChanges(keys, modelOf({ ...members, ...heavy, ...connector('light', 5), ...values }))
        .filter(({ unit }) => unit.task !== null)
        .flatMap(({ unit, move }) => (unit.connector === name ? [move?.to] : []));
    expect(new Set([...taskOf('light', {}), ...taskOf('heavy', {})]).size).toBe(2);
    expect(taskOf('light', {})).not.toContain(taskOf('heavy', {})[0]);
    const configured = {
      [keys.config('heavy')]: codecs.config.encode({ config: { 'headrace.task.weight': '1' }, kind: 'source', configVersion: 1 }),
    };
    expect(taskOf('light', configured)).toContain(taskOf('heavy', configured)[0]);
  });
});
