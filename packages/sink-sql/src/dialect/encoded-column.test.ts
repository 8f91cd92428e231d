import { primitive } from '@headrace/connector-api';
import { expect, test } from '@jest/globals';
import { logicalTypeOf } from '../types/logical-type.ts';
import { EncodedColumn } from './encoded-column.ts';
import { NotColumnar } from './not-columnar.ts';

test('a value that its column refuses is left to objects, which tell of it', () => {
  const type = logicalTypeOf(primitive('string'));
  if (type === undefined) throw new Error('Strings have no type.');
  const encode = (): never => {
    throw new RangeError('It has nanoseconds.');
  };
  const column = new EncodedColumn({ name: 'c', quoted: '"c"', type, columnType: 'text', isFolded: false, encode });
  expect(() => {
    column.value('x');
  }).toThrow(NotColumnar);
});
