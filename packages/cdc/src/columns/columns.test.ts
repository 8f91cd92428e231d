import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { primitive } from '@headrace/connector-api';
import { typeNames } from '../types/type-names.ts';
import { maskColumn, type MaskedColumn, type MaskProblem, type MaskSubject } from './column-mask.ts';
import { columnRuleProblems, ColumnRules, type ColumnName } from './column-rules.ts';

const name: ColumnName = { database: 'shop', path: 'public.people', column: 'email' };
const text = primitive('string');
const uuid = primitive('string', { name: typeNames.uuid, version: 1 });

const on = (key: string, subject: Partial<MaskSubject> = {}): MaskedColumn | MaskProblem | undefined => {
  const mask = new ColumnRules({ [key]: 'public.people.email' }).maskOf(name);
  return mask && maskColumn(mask, { schema: text, isKey: false, columnLength: null, ...subject });
};
const masked = (key: string, value: unknown, subject: Partial<MaskSubject> = {}): unknown => {
  const column = on(key, subject);
  return typeof column === 'object' ? column.apply(value) : column;
};

describe('masks', () => {
  test('asterisks stand for every value, null included', () => {
    expect(on('column.mask.with.5.chars')).toMatchObject({ constant: '*****', parameters: { masked: 'true' } });
  });

  test('a hash is of salt and UTF-8 bytes, and no longer than the column', () => {
    const key = 'column.mask.hash.v2.SHA-256.with.salt.Ab.c';
    const digest = createHash('sha256').update('Ab.cjürgen', 'utf8').digest('hex');
    expect(masked(key, 'jürgen')).toBe(digest);
    expect(masked(key, 'jürgen', { columnLength: 20 })).toBe(digest.slice(0, 20));
  });

  // From a run of Java: MessageDigest over the salt, then over what ObjectOutputStream writes for the string.
  test.each([
    ['john@doe.com', '7919432a50283c44698ebefa2836feeaf4392cf22a5e44cec0a9159dc6a2f80c'],
    ['zero \u0000 ü € 😀', '6a528bd3d59798671d882a224d3ae2a599eba4d96eb700d05d9582a2fa232a4b'],
    ['x'.repeat(70_000), '21042a3875b47dd8220328aaae40017a2549733682fadda8e245c213391dc13f'],
  ])('an older hash is of the text as Java serializes it: %.14s', (value, digest) => {
    expect(masked('column.mask.hash.SHA-256.with.salt.CzQMA0cB5K', value)).toBe(digest);
  });

  test('texts are cut to characters; what has a meaning of its own is not cut', () => {
    expect(masked('column.truncate.to.3.chars', 'abcdef')).toBe('abc');
    expect(masked('column.truncate.to.3.chars', 'ab')).toBe('ab');
    expect(masked('column.truncate.to.3.chars', 'ab', { schema: uuid })).toBeUndefined();
  });

  test('a masked UUID does not call itself one', () => {
    expect(on('column.mask.with.2.chars', { schema: uuid })).toMatchObject({ schema: text });
  });

  test('keys are hashed, not cut; asterisks would make one key of all, and what is no text would be seen', () => {
    expect(on('column.truncate.to.3.chars', { isKey: true })).toBeUndefined();
    expect(on('column.mask.hash.v2.MD5.with.salt.s', { isKey: true })).toMatchObject({ constant: null });
    expect(on('column.mask.with.2.chars', { isKey: true })).toBe('same-key');
    expect(on('column.mask.hash.v2.MD5.with.salt.s', { schema: primitive('int32') })).toBe('not-text');
  });

  test('of several masks the one that hides most counts', () => {
    const rules = new ColumnRules({
      'column.truncate.to.3.chars': '.*',
      'column.mask.hash.MD5.with.salt.s': '.*',
      'column.mask.with.1.chars': 'shop\\.public\\.people\\.email',
    });
    expect(rules.maskOf(name)?.kind).toBe('chars');
    expect(rules.maskOf({ ...name, column: 'other' })?.kind).toBe('hash');
  });
});

test('the type of a column is told where its name or its type is asked for', () => {
  const type = { name: 'varchar', length: 20, scale: 0, comment: 'where to write' };
  expect(new ColumnRules({ 'column.propagate.source.type': 'shop\\.public\\.people\\..*' }).sourceParameters(name, type)).toEqual({
    '__debezium.source.column.type': 'VARCHAR',
    '__debezium.source.column.length': '20',
    '__debezium.source.column.scale': '0',
    '__debezium.source.column.comment': 'where to write',
    '__debezium.source.column.name': 'email',
  });
  expect(new ColumnRules({ 'datatype.propagate.source.type': 'public\\.people\\.varchar' }).sourceParameters(name, type)).toHaveProperty([
    '__debezium.source.column.type',
  ]);
  expect(new ColumnRules({ 'datatype.propagate.source.type': 'shop\\.int4' }).sourceParameters(name, type)).toEqual({});
});

test.each([
  ['column.mask.with.x.chars', '.*'],
  ['column.mask.hash.MD2.with.salt.s', '.*'],
  ['column.truncate.to.0.chars', '.*'],
  ['column.mask.with.3.chars', '('],
  ['column.propagate.source.type', '('],
])('%s=%s is refused', (key, value) => {
  expect(columnRuleProblems({ [key]: value })).toMatchObject([{ key }]);
});
