import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createKeyspace, type LiveKey } from './keyspace.ts';
import { parseUnitPath, unitPath } from './unit.ts';

const keys = createKeyspace('my/cluster');
const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }).filter((text) => text.isWellFormed());
const unit = fc.record({ connector: name, task: fc.oneof(fc.constant(null), fc.nat(500)) });

describe('the keyspace', () => {
  test('reads back what every live key stands for, whatever names contain', () => {
    fc.assert(
      fc.property(name, unit, fc.nat(), fc.nat(500), (text, own, generation, task) => {
        const cases: readonly (readonly [string, LiveKey])[] = [
          [keys.incarnation, { kind: 'incarnation' }],
          [keys.leader, { kind: 'leader' }],
          [keys.member(text), { kind: 'member', workerId: text }],
          [keys.config(text), { kind: 'config', name: text }],
          [keys.target(text), { kind: 'target', name: text }],
          [keys.generation(text), { kind: 'generation', name: text }],
          [keys.restart(text), { kind: 'restart', name: text }],
          [keys.fence(text), { kind: 'fence', name: text }],
          [keys.signal(text, text), { kind: 'signal', name: text, id: text }],
          [keys.task(text, generation, task), { kind: 'task', name: text, generation, task }],
          [keys.assignment(own), { kind: 'assignment', unit: own }],
          [keys.owner(own), { kind: 'owner', unit: own }],
          [keys.load(own), { kind: 'load', unit: own }],
        ];
        for (const [key, meaning] of cases) {
          expect(keys.parse(key)).toEqual(meaning);
          expect(key.startsWith(keys.live)).toBe(true);
        }
        expect(keys.parseStatus(keys.status(own))).toEqual(own);
        expect(parseUnitPath(unitPath(own))).toEqual(own);
      }),
    );
  });

  test('no prefix of one connector, generation or cluster holds a key of another', () => {
    fc.assert(
      fc.property(name, name, fc.nat(300), fc.nat(300), (a, b, older, newer) => {
        fc.pre(a !== b && older !== newer);
        expect(keys.config(b).startsWith(keys.connector(a))).toBe(false);
        expect(keys.status({ connector: b, task: 0 }).startsWith(keys.statusesOf(a))).toBe(false);
        expect(keys.version(b, 1).startsWith(keys.history(a))).toBe(false);
        expect(keys.task(a, newer, 0).startsWith(keys.tasks(a, older))).toBe(false);
        expect(createKeyspace(b).live.startsWith(createKeyspace(a).live)).toBe(false);
      }),
    );
  });

  test('versions of a configuration sort as numbers do', () => {
    const versions = [1, 9, 10, 99, 100, 12_345].map((version) => keys.version('a', version));
    expect(versions.toSorted()).toEqual(versions);
  });

  test('a key that a later release adds means nothing here', () => {
    expect(keys.parse(`${keys.live}something/else`)).toBeUndefined();
    expect(keys.parse(`${keys.connector('a')}colour`)).toBeUndefined();
  });
});
