import { expect, test } from '@jest/globals';
import { encodedValue } from './encoded-value.ts';
import { NotColumnar } from './not-columnar.ts';

test('a value that its column refuses is left to objects, which tell of it', () => {
  const encode = (): never => {
    throw new RangeError('It has nanoseconds.');
  };
  const type = { kind: 'string', length: undefined } as const;
  const column = { name: 'c', quoted: '"c"', type, columnType: 'text', isFolded: false, encode };
  expect(() => encodedValue(column, 'x')).toThrow(NotColumnar);
});
