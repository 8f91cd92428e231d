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
const to = (workerId: string) => codecs.assignment.encode({ workerId });

describe('what the leader assigns', () => {
  test('every connector and every task of its generation, tasks and connectors balanced apart', () => {
    const model = modelOf({
      [keys.member('w1')]: member(false),
      [keys.member('w2')]: member(false),
      ...connector('a', 3),
      ...connector('b', 1),
    });
    const changes = assignmentChanges(keys, model);
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
    expect(assignmentChanges(keys, model)).toEqual([{ put: keys.assignment({ connector: 'a', task: 0 }), value: to('w2') }]);
  });

  test('nothing while everybody is leaving, so that whoever comes finds things as they were', () => {
    expect(assignmentChanges(keys, modelOf({ [keys.member('w1')]: member(true), ...connector('a', 1) }))).toEqual([]);
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
    expect(assignmentChanges(keys, model)).toEqual([
      { delete: keys.assignment({ connector: 'a', task: 1 }) },
      { delete: keys.assignment({ connector: 'gone', task: null }) },
    ]);
  });
});
