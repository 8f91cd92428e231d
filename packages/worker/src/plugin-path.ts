import { ConfigError, systemCode, toError } from '@headrace/foundation';
import type { Plugin } from '@headrace/runtime';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { errors } from './errors.ts';

/** An npm package that brings plugins: its `package.json` has `"headrace": { "plugins": "./plugins.js" }`. */
export interface PluginPackage {
  readonly dir: string;
  /** The module whose export `plugins` is the list of them, relative to `dir`. */
  readonly entry: string;
}

interface Found {
  readonly packages: readonly PluginPackage[];
  readonly ignored: readonly string[];
}

/** Each folder of `plugin.path` is such a package, or has some in it (`node_modules` of an npm project, scopes included). */
export const findPluginPackages = async (folders: readonly string[]): Promise<Found> => {
  const packages: PluginPackage[] = [];
  const ignored: string[] = [];
  for (const folder of folders) {
    const names = await list(folder);
    const found = names === undefined ? [] : await packagesIn(folder, names);
    packages.push(...found);
    if (names === undefined) ignored.push(`${folder}: no such folder`);
    else if (found.length === 0)
      ignored.push(`${folder}: ${names.some(isJar) ? 'Java plugins cannot run here' : 'no npm package with plugins'}`);
  }
  return { packages, ignored };
};

const packagesIn = async (folder: string, names: readonly string[]): Promise<readonly PluginPackage[]> => {
  const own = await packageAt(folder);
  if (own !== undefined) return [own];
  const scoped = await Promise.all(
    names
      .filter((name) => name.startsWith('@'))
      .map(async (scope) => ((await list(join(folder, scope))) ?? []).map((name) => join(scope, name))),
  );
  const found = await Promise.all([...names, ...scoped.flat()].toSorted().map((name) => packageAt(join(folder, name))));
  return found.filter((each) => each !== undefined);
};

const packageAt = async (dir: string): Promise<PluginPackage | undefined> => {
  let text: string;
  try {
    text = await readFile(join(dir, 'package.json'), 'utf8');
  } catch {
    return undefined;
  }
  const entry = entryIn(dir, text);
  return entry === undefined ? undefined : { dir, entry };
};

const entryIn = (dir: string, text: string): string | undefined => {
  let manifest: { readonly plugins?: unknown } | null | undefined;
  try {
    manifest = (JSON.parse(text) as { readonly headrace?: { readonly plugins?: unknown } | null } | null)?.headrace;
  } catch (error) {
    throw unusable(dir, `its package.json is no JSON: ${toError(error).message}`);
  }
  if (manifest === undefined) return undefined;
  const entry = manifest?.plugins;
  if (typeof entry !== 'string') throw unusable(dir, 'its package.json names no module in headrace.plugins');
  return entry;
};

/** What the package brings. A class name that `present` has already would leave open which of both is meant. */
export const loadPluginPackage = async ({ dir, entry }: PluginPackage, present: readonly Plugin[]): Promise<readonly Plugin[]> => {
  const taken = new Set(present.flatMap(namesOf));
  const plugins = (await exportedBy(dir, entry)).map((plugin) => asPlugin(dir, plugin));
  const twice = plugins.flatMap(namesOf).find((name) => taken.has(name));
  if (twice !== undefined) throw unusable(dir, `there is a ${twice} already`);
  return plugins;
};

const namesOf = ({ kind, classNames }: Plugin): readonly string[] => classNames.map((name) => `${kind} ${name}`);

const exportedBy = async (dir: string, entry: string): Promise<readonly unknown[]> => {
  let plugins: unknown;
  try {
    ({ plugins } = (await import(pathToFileURL(join(dir, entry)).href)) as { readonly plugins?: unknown });
  } catch (error) {
    throw unusable(dir, `${entry} cannot be loaded: ${toError(error).message}`, error);
  }
  if (!Array.isArray(plugins)) throw unusable(dir, `${entry} exports no list called plugins`);
  return plugins as readonly unknown[];
};

/** The function without which a plugin of that kind does nothing. */
const essential: Readonly<Record<Plugin['kind'], string>> = {
  source: 'createTask',
  sink: 'createTask',
  converter: 'create',
  transformation: 'create',
  predicate: 'create',
};

const asPlugin = (dir: string, plugin: unknown): Plugin => {
  if (typeof plugin !== 'object' || plugin === null) throw unusable(dir, 'one of its plugins is no object');
  const { kind, classNames, ...rest } = plugin as Readonly<Record<string, unknown>>;
  if (typeof kind !== 'string' || !Object.hasOwn(essential, kind)) throw unusable(dir, `a plugin has the kind ${String(kind)}`);
  if (!Array.isArray(classNames) || !classNames.every((name) => typeof name === 'string') || classNames[0] === undefined) {
    throw unusable(dir, `a ${kind} has no class names`);
  }
  const missing = missingOf(rest, essential[kind as Plugin['kind']]);
  if (missing !== undefined) throw unusable(dir, `${classNames[0]} has no ${missing}`);
  return plugin as Plugin;
};

const missingOf = ({ version, config, ...rest }: Readonly<Record<string, unknown>>, method: string): string | undefined => {
  if (typeof version !== 'string' || version === '') return 'version';
  if (typeof (config as { readonly parse?: unknown } | undefined)?.parse !== 'function') return 'config definition';
  return typeof rest[method] === 'function' ? undefined : `function ${method}`;
};

const list = async (folder: string): Promise<readonly string[] | undefined> => {
  try {
    return await readdir(folder);
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined;
    throw unusable(folder, `it cannot be read: ${toError(error).message}`);
  }
};

const isJar = (name: string): boolean => name.endsWith('.jar');

const unusable = (dir: string, what: string, cause?: unknown): ConfigError => {
  const message = `The plugin package ${dir} cannot be used: ${what}. ${errors.plugin_unusable.hint}`;
  return new ConfigError(errors.plugin_unusable.code, [{ key: 'plugin.path', value: dir, message }], { cause });
};
