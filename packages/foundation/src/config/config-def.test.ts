import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { defineConfig } from './config-def.ts';

const definition = defineConfig({
  'task.count': { type: 'INT', default: 1, min: 1, importance: 'HIGH', doc: 'How many.' },
  mode: { type: 'STRING', values: ['initial', 'never'], importance: 'LOW', doc: 'Which.' },
  password: { type: 'PASSWORD', default: null, importance: 'LOW', doc: 'Secret.' },
  tables: { type: 'LIST', default: '', importance: 'LOW', doc: 'Tables.' },
});

describe('defineConfig', () => {
  test('fills defaults and gives typed values', () => {
    const { values, problems } = definition.parse({ mode: ' never ', tables: 'a, b' });
    expect(problems).toEqual([]);
    expect(values).toEqual({ 'task.count': 1, mode: 'never', password: null, tables: ['a', 'b'] });
  });

  test('names every problem at once, in the words of Kafka', () => {
    const { problems } = definition.parse({ 'task.count': '0' });
    expect(problems.map((problem) => problem.message)).toEqual([
      'Invalid value 0 for configuration task.count: Value must be at least 1',
      'Missing required configuration "mode" which has no default value.',
    ]);
  });

  test('a password never prints', () => {
    const { values } = definition.parse({ mode: 'never', password: 'hunter2' });
    expect(JSON.stringify(values)).not.toContain('hunter2');
    expect(String(values.password)).toBe('[hidden]');
    expect(values.password?.reveal()).toBe('hunter2');
  });

  test('any integer in range survives, anything else is a problem and never a crash', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const { values, problems } = definition.parse({ mode: 'never', 'task.count': text });
        const isGood = /^[+-]?\d+$/.test(text.trim()) && Number(text) >= 1 && Number(text) <= 2_147_483_647;
        expect(problems.length).toBe(isGood ? 0 : 1);
        if (isGood) expect(values['task.count']).toBe(Number(text));
      }),
    );
  });
});
