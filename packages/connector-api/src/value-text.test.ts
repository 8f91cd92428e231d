import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decimalBytes, decimalSchema, logicalNames } from './logical-types.ts';
import { arrayOf, mapOf, primitive, structOf, type Schema } from './schema.ts';
import { Struct } from './struct.ts';
import { parseValueText, valueText } from './value-text.ts';

const dateSchema = primitive('int32', { name: logicalNames.date, version: 1 });
const row = structOf([
  ['a', primitive('int32')],
  ['b', primitive('string')],
]);

describe('Values as texts of headers', () => {
  test.each<readonly [Schema | null, unknown, string]>([
    [primitive('string'), 'a"b', 'a"b'],
    [primitive('float64'), 5, '5.0'],
    [primitive('float64'), 1e21, '1.0E21'],
    [primitive('float32'), Math.fround(1.1), '1.1'],
    [primitive('bytes'), Uint8Array.of(1, 2), 'AQI='],
    [primitive('int64', { name: logicalNames.timestamp, version: 1 }), 1_700_000_000_123, '2023-11-14T22:13:20.123Z'],
    [primitive('int64', { name: logicalNames.timestamp, version: 1 }), 1_700_006_400_000, '2023-11-15'],
    [dateSchema, 19_000, '2022-01-08'],
    [dateSchema, -1, '00:00:00.000Z'],
    [primitive('int32', { name: logicalNames.time, version: 1 }), 3_723_004, '01:02:03.004Z'],
    [decimalSchema(2), decimalBytes('2.33', 2), '2.33'],
    [arrayOf(primitive('string')), ['a"b', 'c\\d'], '["a\\"b","c\\\\d"]'],
    [arrayOf(dateSchema), [19_000], '[2022-01-08]'],
    [mapOf(primitive('string'), primitive('float64')), new Map([['k', 2]]), '{"k":2.0}'],
    [row, new Struct(row, [1, 'x']), '{"a":1,"b":"x"}'],
    [arrayOf(primitive('string')), ['tab\tline\n'], '["tab\tline\n"]'],
    [arrayOf(primitive('bytes')), [Uint8Array.of(1, 2)], '["AQI="]'],
    [arrayOf(decimalSchema(2)), [decimalBytes('2.33', 2)], '[2.33]'],
    [null, new Map([['a', [1, 'x', null]]]), '{"a":[1,"x",null]}'],
  ])('%p %p is %s, as SimpleHeaderConverter 4.3.1 writes it', (schema, value, text) => {
    expect(valueText({ schema, value })).toBe(text);
  });

  test('numbers, lists and maps of texts are read back as they were', () => {
    const value = fc.oneof(
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((number) => ({ schema: primitive('int64'), value: int64Form(number) })),
      fc.array(fc.string(), { minLength: 1 }).map((items) => ({ schema: arrayOf(primitive('string')), value: items })),
      fc
        .array(fc.tuple(fc.string(), fc.string()), { minLength: 1 })
        .map((entries) => ({ schema: mapOf(primitive('string'), primitive('string')), value: new Map(entries) })),
    );
    fc.assert(
      fc.property(value, (typed) => {
        expect(parseValueText(valueText(typed)).value).toEqual(typed.value);
      }),
    );
  });

  test('no text is beyond it', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[-+0-9eE.TZ:,[\]{}" a]{0,24}$/), (text) => {
        expect(parseValueText(text)).toHaveProperty('schema');
      }),
    );
  });
});

const int64Form = (value: bigint): number | bigint => (Number.isSafeInteger(Number(value)) ? Number(value) : value);
