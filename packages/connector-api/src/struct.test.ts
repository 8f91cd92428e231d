import { describe, expect, test } from '@jest/globals';
import { primitive, structOf } from './schema.ts';
import { Struct } from './struct.ts';

const schema = structOf([['name', primitive('string')]]);

/** The module once more, as a plugin package that brings its own copy has it. */
const anotherCopy = async (): Promise<typeof Struct> => {
  const { href } = new URL('./struct.ts?another', import.meta.url);
  return ((await import(href)) as { readonly Struct: typeof Struct }).Struct;
};

describe('A struct', () => {
  test('is one for every copy of this module, and nothing else is', async () => {
    const Foreign = await anotherCopy();
    const struct = new Foreign(schema, ['shop']);
    expect(Foreign).not.toBe(Struct);
    expect(struct instanceof Struct).toBe(true);
    expect(new Struct(schema, ['shop']) instanceof Foreign).toBe(true);
    expect(new Struct(structOf([['inner', schema]]), [struct]).toObject()).toEqual({ inner: { name: 'shop' } });
    expect([null, undefined, {}, [], 'shop', new Map()].some((value) => value instanceof Struct)).toBe(false);
  });
});
