import { Struct, primitive, structOf } from '@headrace/connector-api';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ExpressionProgram, readExpression } from './expression.ts';
import type { Variables } from './variables.ts';

const row = structOf([
  ['id', primitive('int64')],
  ['name', primitive('string', { isOptional: true })],
]);

const variables: Variables = {
  key: null,
  keySchema: null,
  value: new Struct(row, [7, 'Ada']),
  valueSchema: null,
  topic: 's.t',
  header: new Map(),
};

const run = (text: string): unknown => {
  const program = readExpression(text);
  if (!(program instanceof ExpressionProgram)) throw new Error(program);
  return program.run(variables);
};

describe('Expressions', () => {
  test.each([
    ['value.id * 2 + 1', 15],
    ['value.id / 2', 3.5],
    ["value['name'] + value.id", 'Ada7'],
    ['value.name.toLowerCase() in ["ada", "bob"]', true],
    ['9007199254740993 == 9007199254740993', true],
    ['key?.id.deep', null],
    ['value.name.substring(1, 2)', 'd'],
    ["topic.matches('s[.].*') && !value.name.isEmpty()", true],
    ['-value.id', -7],
  ])('%s is %p', (text, expected) => {
    expect(run(text)).toEqual(expected);
  });

  test.each([
    ['constructor', 'There is no variable "constructor"'],
    ['value.constructor', 'has no field "constructor"'],
    ['topic.constructor', 'there is no "constructor"'],
    ["topic['__proto__']", 'there is no "__proto__"'],
    ['topic.constructor("x")', 'The function constructor is not supported'],
    ['topic.toString.call(1)', 'The function call is not supported'],
    ['this.process', 'is not supported'],
    ['value.id = 3', 'cannot be read'],
    ['value.id; value.name', 'not supported'],
    ['key.id', 'is asked of null'],
    ['value.id < value.name', 'values that have no order'],
  ])('%s goes nowhere: %s', (text, reason) => {
    expect(() => run(text)).toThrow(reason);
  });

  test('no text makes anything else than an answer, a sentence or an error of the record', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z.()'"0-9 =<>&|!?:+*[\],-]{0,40}$/), (text) => {
        const program = readExpression(text);
        if (!(program instanceof ExpressionProgram)) return;
        try {
          program.run(variables);
        } catch (error) {
          expect(error).toMatchObject({ reaction: 'record' });
        }
      }),
    );
  });
});
