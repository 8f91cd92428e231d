import { primitive, Struct, structOf } from '@headrace/connector-api';
import { describe, expect, test } from '@jest/globals';
import { plainConverters, stringConverter } from './plain-converters.ts';

const { signal } = new AbortController();

const converterOf = (simpleName: string) =>
  plainConverters.find((plugin) => plugin.classNames[0]?.endsWith(`.${simpleName}`))!.create({}, false);

describe('Converters of single values', () => {
  test.each([
    ['ByteArrayConverter', Buffer.from([1, 2]), '0102'],
    ['BooleanConverter', true, '01'],
    ['ShortConverter', -2, 'fffe'],
    ['IntegerConverter', 258, '00000102'],
    ['LongConverter', 2n ** 60n, '1000000000000000'],
    ['LongConverter', 7, '0000000000000007'],
    ['FloatConverter', 1.5, '3fc00000'],
    ['DoubleConverter', -2.5, 'c004000000000000'],
  ])('%s writes %p as %s and reads it back', async (name, value, hex) => {
    const converter = converterOf(name);
    const encode = await converter.encoderFor('t', null, signal);
    const bytes = encode(value);
    expect(Buffer.from(bytes ?? []).toString('hex')).toBe(hex);
    expect((await converter.decode('t', bytes)).value).toEqual(value);
    expect(encode(null)).toBeNull();
  });

  test('refuse values and bytes of another kind', async () => {
    const encode = await converterOf('IntegerConverter').encoderFor('t', null, signal);
    expect(() => encode('x')).toThrow('IntegerConverter takes int32 only, not string.');
    expect(() => converterOf('IntegerConverter').decode('t', Buffer.alloc(3))).toThrow('has 3 bytes, which is no int32');
  });

  test('the string converter prints any value as Java does', async () => {
    const schema = structOf([
      ['a', primitive('int32')],
      ['b', primitive('string', { isOptional: true })],
      ['c', primitive('string')],
    ]);
    const encode = await stringConverter.create({}, false).encoderFor('t', schema, signal);
    expect(Buffer.from(encode(new Struct(schema, [1, null, 'x'])) ?? []).toString()).toBe('Struct{a=1,c=x}');
    expect(Buffer.from(encode('ä') ?? []).toString()).toBe('ä');
    expect((await stringConverter.create({}, false).decode('t', Buffer.from('ä'))).value).toBe('ä');
  });
});
