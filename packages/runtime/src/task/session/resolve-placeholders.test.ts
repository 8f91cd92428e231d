import { describe, expect, test } from '@jest/globals';
import { placeholderLimits } from './placeholder-limits.ts';
import { propertiesOf, resolvePlaceholders, type PlaceholderSources } from './resolve-placeholders.ts';

const files: Readonly<Record<string, string>> = {
  '/run/db.properties': '# secrets\nuser = app\npassword: p\\u00e4ss\\=1\nlong=a\\\n   b\n',
  '/run/secrets/token': 'abc\n',
};

const sources: PlaceholderSources = {
  environment: { HOST: 'db.local' },
  readFile: (path) => {
    const text = files[path];
    return text === undefined ? Promise.reject(new Error('ENOENT: no such file')) : Promise.resolve(text);
  },
};

describe('Placeholders', () => {
  test.each([
    ['${env:HOST}', 'db.local'],
    ['postgres://${file:/run/db.properties:user}@${env:HOST}/x', 'postgres://app@db.local/x'],
    ['${file:/run/db.properties:password}', 'päss=1'],
    ['${dir:/run/secrets:token}', 'abc\n'],
    ['${env:MISSING}', '${env:MISSING}'],
    ['${file:/run/db.properties:missing}', '${file:/run/db.properties:missing}'],
    ['${dir:/run/secrets:../db.properties}', '${dir:/run/secrets:../db.properties}'],
    ['${vault:a:b} $1 {x}', '${vault:a:b} $1 {x}'],
  ])('%s becomes %p', async (value, expected) => {
    expect(await resolvePlaceholders({ key: value }, sources)).toEqual({ key: expected });
  });

  test('a file that cannot be read fails the task by name', async () => {
    await expect(resolvePlaceholders({ 'database.password': '${file:/nowhere:x}', other: null }, sources)).rejects.toMatchObject({
      code: 'task.placeholder_unreadable',
      message: expect.stringContaining('The file "/nowhere" that database.password refers to cannot be read: ENOENT') as unknown,
    });
  });

  test('properties are read as Java reads them', () => {
    expect(Object.fromEntries(propertiesOf('a=1\n b : 2\nc 3\n!no\nd\\ e=f\nlong=a\\\n   b'))).toEqual({
      a: '1',
      b: '2',
      c: '3',
      'd e': 'f',
      long: 'ab',
    });
  });

  test.each([
    [{ 'config.providers': 'file' }, '${env:HOST} ${file:/run/db.properties:user}', '${env:HOST} app'],
    [{ 'config.providers.file.param.allowed.paths': '/run' }, '${file:/run/db.properties:user}', 'app'],
    [{ 'config.providers.file.param.allowed.paths': '/ru' }, '${file:/run/db.properties:user}', '${file:/run/db.properties:user}'],
    [
      { 'config.providers.file.param.allowed.paths': '/run/secrets' },
      '${file:/run/secrets/../db.properties:user}',
      '${file:/run/secrets/../db.properties:user}',
    ],
    [{ 'config.providers.env.param.allowlist.pattern': 'H.*' }, '${env:HOST}', 'db.local'],
    [{ 'config.providers.env.param.allowlist.pattern': 'OST' }, '${env:HOST}', '${env:HOST}'],
  ])('under the worker settings %p %s becomes %s', async (worker, value, expected) => {
    expect(await resolvePlaceholders({ key: value }, sources, placeholderLimits(worker))).toEqual({ key: expected });
  });
});
