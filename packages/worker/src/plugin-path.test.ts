import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { loadPlugins } from './plugins.ts';

let dir: string;
let folders = 0;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'headrace-plugins-'));
});
afterAll(() => rm(dir, { recursive: true }));

/** A folder with these files. */
const folderOf = async (files: Readonly<Record<string, string>>): Promise<string> => {
  const folder = join(dir, String((folders += 1)));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
};

const manifest = '{"name": "x", "type": "module", "headrace": {"plugins": "./plugins.js"}}';
const predicate = (className: string, rest = "version: '1', config: { keys: {}, parse: () => ({ values: {}, problems: [] }) }"): string =>
  `export const plugins = [{ kind: 'predicate', classNames: ['${className}'], create: () => () => true, ${rest} }];`;

/** jest resolves modules by itself; that plugins share the worker's API is shown by test/e2e/plugin-path.test.ts. */
const byJest = (): undefined => undefined;

describe('plugin.path', () => {
  test('brings the plugins of a package, and of every package in a folder, scopes included', async () => {
    const one = await folderOf({ 'package.json': manifest, 'plugins.js': predicate('org.example.One') });
    const many = await folderOf({
      'a/package.json': manifest,
      'a/plugins.js': predicate('org.example.A'),
      '@scope/b/package.json': manifest,
      '@scope/b/plugins.js': predicate('org.example.B'),
      'left-pad/package.json': '{"name": "left-pad"}',
    });
    const { registry, ignored } = await loadPlugins([one, many], byJest);
    expect(['One', 'A', 'org.example.B'].map((name) => registry.predicate(name)?.kind)).toEqual(['predicate', 'predicate', 'predicate']);
    expect(registry.connector('FileStreamSource')).toBeDefined();
    expect(ignored).toEqual([]);
  });

  test('says what nothing was loaded from, and why', async () => {
    const jars = await folderOf({ 'connector.jar': 'PK' });
    const { ignored } = await loadPlugins([jars, join(dir, 'none')]);
    expect(ignored).toEqual([`${jars}: Java plugins cannot run here`, `${join(dir, 'none')}: no such folder`]);
  });

  test.each([
    ['a manifest without a module', { 'package.json': '{"headrace": {}}' }, /names no module/],
    ['a module that is not there', { 'package.json': manifest }, /plugins\.js cannot be loaded/],
    ['a module without plugins', { 'package.json': manifest, 'plugins.js': 'export const plugin = 1;' }, /exports no list called plugins/],
    ['a plugin without a version', { 'package.json': manifest, 'plugins.js': predicate('org.example.C', 'x: 1') }, /C has no version/],
    [
      'a class name that is taken',
      { 'package.json': manifest, 'plugins.js': predicate('org.apache.kafka.connect.transforms.predicates.TopicNameMatches') },
      /there is a predicate .*TopicNameMatches already/,
    ],
  ] as readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[])('is refused with %s', async (_, files, message) => {
    const folder = await folderOf(files);
    await expect(loadPlugins([folder], byJest)).rejects.toMatchObject({
      reaction: 'config',
      code: 'worker.plugin_unusable',
      message: expect.stringMatching(message),
    });
  });
});
