import { primitive, structOf } from '@headrace/connector-api';
import { describe, expect, test } from '@jest/globals';
import { fieldsRead } from './record-form.ts';

const row = structOf([['id', primitive('int32')]]);
const envelope = structOf(
  [
    ['before', row],
    ['after', row],
    ['source', structOf([['table', primitive('string')]])],
    ['op', primitive('string')],
  ],
  { name: 'shop.public.orders.Envelope' },
);

describe('of a record', () => {
  test('only the operation and the new row of a change event are read', () => {
    expect(fieldsRead([])(envelope)).toEqual(new Set(['op', 'after']));
  });

  test('the source block is read as well where it names the table', () => {
    expect(fieldsRead(['source'])(envelope)).toEqual(new Set(['op', 'after', 'source']));
  });

  test('a flat row is read whole', () => {
    expect(fieldsRead([])(row)).toBeUndefined();
  });
});
