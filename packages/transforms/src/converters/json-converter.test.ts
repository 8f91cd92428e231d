import { arrayOf, decimalBytes, decimalSchema, mapOf, primitive, Struct, structOf, type Schema } from '@headrace/connector-api';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { jsonConverter } from './json-converter.ts';

const { signal } = new AbortController();

const encode = async (schema: Schema | null, value: unknown, raw: Record<string, string> = {}): Promise<string> => {
  const bytes = (await jsonConverter.create(raw, false).encoderFor('t', schema, signal))(value);
  return bytes === null ? 'null' : Buffer.from(bytes).toString();
};

const decode = (text: string, raw: Record<string, string> = {}): ReturnType<typeof Object> =>
  jsonConverter.create(raw, false).decode('t', Buffer.from(text));

const row = structOf(
  [
    ['id', primitive('int32')],
    ['at', primitive('int64', { isOptional: true, name: 'org.apache.kafka.connect.data.Timestamp', version: 1 })],
  ],
  { name: 'inv.Row' },
);

describe('The JSON converter', () => {
  test('writes the envelope of Kafka Connect to the byte', async () => {
    expect(await encode(row, new Struct(row, [1, 1_700_000_000_000]))).toBe(
      '{"schema":{"type":"struct","fields":[{"type":"int32","optional":false,"field":"id"},' +
        '{"type":"int64","optional":true,"name":"org.apache.kafka.connect.data.Timestamp","version":1,"field":"at"}],' +
        '"optional":false,"name":"inv.Row"},"payload":{"id":1,"at":1700000000000}}',
    );
  });

  test('writes plain JSON without schemas, and reads it as maps, int64 and float64', async () => {
    const plain = { 'schemas.enable': 'false' };
    expect(await encode(row, new Struct(row, [1, null]), plain)).toBe('{"id":1,"at":null}');
    expect(decode('{"a":[1,2.5,"x",null],"b":9007199254740993}', plain)).toEqual({
      schema: null,
      value: new Map<string, unknown>([
        ['a', [1, 2.5, 'x', null]],
        ['b', 9_007_199_254_740_993n],
      ]),
    });
  });

  test('escapes as Jackson does, and leaves alone what only looks like an escape', async () => {
    expect(await encode(primitive('string'), 'a\u001fb\n"\\u001f')).toContain(String.raw`"payload":"a\u001Fb\n\"\\u001f"}`);
  });

  test('loses no digit of long integers and decimals', async () => {
    expect(await encode(primitive('int64'), 9_223_372_036_854_775_807n)).toContain('"payload":9223372036854775807}');
    const decimal = decimalSchema(4);
    const value = decimalBytes('123456789012345678901.2345', 4);
    expect(await encode(decimal, value, { 'decimal.format': 'NUMERIC' })).toContain('"payload":123456789012345678901.2345}');
    for (const raw of [{}, { 'decimal.format': 'numeric' }]) {
      const decoded = (await jsonConverter.create(raw, false).decode('t', Buffer.from(await encode(decimal, value, raw)))) as {
        value: Uint8Array;
      };
      expect(Buffer.from(decoded.value).equals(Buffer.from(value))).toBe(true);
    }
  });

  test('writes doubles with a fraction as Java does', async () => {
    expect(await encode(primitive('float64'), 5)).toBe('{"schema":{"type":"double","optional":false},"payload":5.0}');
  });

  test('gives back every value with the same Schema object for the same schema', async () => {
    const converter = jsonConverter.create({}, false);
    const schema = structOf([
      ['n', primitive('int64')],
      ['s', primitive('string', { isOptional: true })],
      ['l', arrayOf(primitive('boolean'))],
      ['m', mapOf(primitive('string'), primitive('int32'))],
      ['e', mapOf(primitive('int32'), primitive('string'))],
      ['f', primitive('float32')],
    ]);
    const encoder = await converter.encoderFor('t', schema, signal);
    const schemas = new Set<unknown>();
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(
          fc.integer(),
          fc.option(fc.string()),
          fc.array(fc.boolean()),
          fc
            .array(
              fc.tuple(
                fc.string().map((key) => `k${key}`),
                fc.integer(),
              ),
            )
            .map((entries) => new Map(entries)),
          fc.array(fc.tuple(fc.integer(), fc.string())).map((entries) => new Map(entries)),
          fc.float({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
        ),
        async (values) => {
          const decoded = await converter.decode('t', encoder(new Struct(schema, values)));
          schemas.add(decoded.schema);
          expect((decoded.value as Struct).values).toEqual(values);
        },
      ),
    );
    expect(schemas.size).toBe(1);
  });

  test('keeps the null of a field that has a default, unless told otherwise', async () => {
    const schema = structOf([['a', primitive('string', { isOptional: true, defaultValue: 'x' })]]);
    expect(await encode(schema, new Struct(schema, [null]))).toContain('"payload":{"a":null}');
    expect(await encode(schema, new Struct(schema, [null]), { 'replace.null.with.default': 'true' })).toContain('"payload":{"a":"x"}');
  });

  test('names the field that does not fit, and refuses other JSON', async () => {
    await expect(encode(row, new Struct(row, ['secret', null]))).rejects.toThrow(
      'Field "id": Value of type string does not fit its schema, which is int32.',
    );
    expect(() => decode('{"a":1}')).toThrow('an object with the two fields "schema" and "payload"');
    expect(() => decode('{"a":')).toThrow('Bytes are not JSON');
  });

  test('forgets schemas beyond schemas.cache.size', async () => {
    const texts = ['int32', 'int64'].map((type) => Buffer.from(`{"schema":{"type":"${type}"},"payload":1}`));
    const read = async (size: string): Promise<boolean> => {
      const converter = jsonConverter.create({ 'schemas.cache.size': size }, false);
      const decoded = [];
      for (const text of [...texts, ...texts]) decoded.push(await converter.decode('t', text));
      return decoded[0]?.schema === decoded[2]?.schema;
    };
    expect([await read('1'), await read('2')]).toEqual([false, true]);
  });

  test('a tombstone has no bytes, and no bytes are a tombstone', async () => {
    expect(await encode(row, null)).toBe('null');
    expect(await jsonConverter.create({}, false).decode('t', null)).toEqual({ schema: null, value: null });
  });
});
