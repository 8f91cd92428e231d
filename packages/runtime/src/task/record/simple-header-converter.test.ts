import { primitive, Struct, structOf } from '@headrace/connector-api';
import { describe, expect, test } from '@jest/globals';
import { simpleHeaderConverter } from './simple-header-converter.ts';

const { signal } = new AbortController();

const write = async (value: unknown): Promise<string | null> => {
  const bytes = (await simpleHeaderConverter.encoderFor('t', null, signal))(value);
  return bytes === null ? null : Buffer.from(bytes).toString();
};

describe('The simple header converter', () => {
  const key = structOf([
    ['id', primitive('int64')],
    ['name', primitive('string')],
  ]);

  test.each([
    ['text', 'text'],
    [1, '1'],
    [true, 'true'],
    [null, null],
    [new Struct(key, [9_007_199_254_740_993n, 'a"b']), '{"id":9007199254740993,"name":"a\\"b"}'],
    [[1, 'x'], '[1,"x"]'],
  ])('writes %p as %p', async (value, text) => {
    expect(await write(value)).toBe(text);
  });

  test.each([
    ['12', 'int8', 12],
    ['-129', 'int16', -129],
    ['70000', 'int32', 70_000],
    ['9007199254740993', 'int64', 9_007_199_254_740_993n],
    ['1.5', 'float32', 1.5],
    ['true', 'boolean', true],
    ['"quoted"', 'string', '"quoted"'],
    ['2020-01-02', 'int32', 18_263],
    ['[1,300]', 'array', [1, 300]],
    ['{"a":true}', 'map', new Map([['a', true]])],
    ['plain text', 'string', 'plain text'],
  ])('reads %s as %s', async (text, type, value) => {
    const decoded = await simpleHeaderConverter.decode('t', Buffer.from(text));
    expect(decoded).toMatchObject({ schema: { type }, value });
  });
});
