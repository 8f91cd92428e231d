import { expect, test } from '@jest/globals';
import type { JsonMap, JsonValue } from '@headrace/connector-api';
import fc from 'fast-check';
import { canonicalJson, connectJson, offsetKey, parseConnectJson, parseOffsetKey, parseOffsetValue } from './connect-offset-json.ts';
import { kafkaErrors } from './kafka-errors.ts';

const { value: jsonValue } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string(),
    fc.maxSafeInteger(),
    fc.bigInt().filter((large) => large > 9_007_199_254_740_991n || large < -9_007_199_254_740_991n),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value')),
    fc.dictionary(
      fc.string({ minLength: 1 }).filter((name) => name !== '__proto__'),
      tie('value'),
    ),
  ),
}));

test('whatever is written is read back, integers of any size included', () => {
  fc.assert(
    fc.property(jsonValue, (value) => {
      expect(connectJson(parseConnectJson(connectJson(value)))).toBe(connectJson(value));
    }),
  );
});

test('a key is a compact array of connector and partition, members in their order', () => {
  const partition: JsonMap = { server: 'ä', id: 9_223_372_036_854_775_807n };
  expect(offsetKey('inventory', partition).toString('utf8')).toBe('["inventory",{"server":"ä","id":9223372036854775807}]');
  expect(parseOffsetKey(offsetKey('inventory', partition))).toEqual({ connector: 'inventory', partition });
});

test('keys of other programs are not ours', () => {
  for (const text of ['', 'x', '{}', '["a"]', '[1,{}]', '["a",[]]', '["a",null]'])
    expect(parseOffsetKey(Buffer.from(text))).toBeUndefined();
});

test('the canonical text does not depend on the order of members', () => {
  expect(canonicalJson({ b: 1, a: { d: 2, c: [{ f: 3, e: 4 }] } })).toBe(canonicalJson({ a: { c: [{ e: 4, f: 3 }], d: 2 }, b: 1 }));
});

test.each(['', 'no', '[]', '5', '"x"'])('the stored value %j is an error that names the connector', (text) => {
  expect(() => parseOffsetValue(Buffer.from(text), 'inventory')).toThrow(
    expect.objectContaining({ code: kafkaErrors.offsets_unreadable.code, message: expect.stringContaining('"inventory"') }),
  );
});
