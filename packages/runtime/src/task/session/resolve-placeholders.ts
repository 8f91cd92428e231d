import { TaskFailure, toError, type RawConfig } from '@headrace/foundation';
import { readFile } from 'node:fs/promises';
import { hasPlaceholder } from '../../config/placeholders.ts';
import { taskErrors } from '../errors.ts';
import { placeholderLimits, type PlaceholderLimits } from './placeholder-limits.ts';

/** Where values of placeholders come from. */
export interface PlaceholderSources {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readFile(path: string): Promise<string>;
}

const PLACEHOLDER = /\$\{(file|dir|env):(?:([^}:]*):)?([^}:]*)\}/g;

/**
 * Puts values in the place of `${env:NAME}`, `${file:/path.properties:key}` and `${dir:/path:file}`, anywhere in a value.
 * Done in the task's own thread when it starts, so that a secret is in no stored configuration. What a source does not have
 * stays as it is written; TaskFailure `task.placeholder_unreadable` for a file that cannot be read.
 */
export const resolvePlaceholders = async (
  raw: RawConfig,
  sources: PlaceholderSources,
  limits: PlaceholderLimits = placeholderLimits({}),
): Promise<RawConfig> => {
  const lookUp = new PlaceholderLookUp(sources, limits);
  const resolved: Record<string, string | null> = {};
  for (const [key, value] of Object.entries(raw)) {
    resolved[key] = value !== null && hasPlaceholder(value) ? await lookUp.replaceIn(key, value) : value;
  }
  return resolved;
};

export type ResolveConfig = (raw: RawConfig) => Promise<RawConfig>;

/** Resolves from this machine's files and environment, as far as the worker's settings let it. */
export const placeholderResolver = (worker: RawConfig): ResolveConfig => {
  const limits = placeholderLimits(worker);
  return (raw) => resolvePlaceholders(raw, { environment: process.env, readFile: (path) => readFile(path, 'utf8') }, limits);
};

/** Reads each file once. */
class PlaceholderLookUp {
  readonly #sources: PlaceholderSources;
  readonly #limits: PlaceholderLimits;
  readonly #files = new Map<string, string>();

  constructor(sources: PlaceholderSources, limits: PlaceholderLimits) {
    this.#sources = sources;
    this.#limits = limits;
  }

  async replaceIn(key: string, value: string): Promise<string> {
    let text = '';
    let end = 0;
    for (const match of value.matchAll(PLACEHOLDER)) {
      const [placeholder, provider = '', path = '', name = ''] = match;
      text += value.slice(end, match.index) + ((await this.#find(key, provider, { path, name })) ?? placeholder);
      end = match.index + placeholder.length;
    }
    return text + value.slice(end);
  }

  async #find(
    key: string,
    provider: string,
    { path, name }: { readonly path: string; readonly name: string },
  ): Promise<string | undefined> {
    if (!this.#limits.isEnabled(provider)) return undefined;
    if (provider === 'env') return path === '' && this.#limits.mayShow(name) ? this.#sources.environment[name] : undefined;
    if (path === '' || name === '' || !this.#limits.mayRead(provider, path)) return undefined;
    if (provider === 'file') return propertiesOf(await this.#read(key, path)).get(name);
    return name.includes('/') ? undefined : this.#read(key, `${path}/${name}`);
  }

  async #read(key: string, path: string): Promise<string> {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    try {
      const text = await this.#sources.readFile(path);
      this.#files.set(path, text);
      return text;
    } catch (error) {
      const { code, hint } = taskErrors.placeholder_unreadable;
      throw new TaskFailure(code, `The file "${path}" that ${key} refers to cannot be read: ${toError(error).message}. ${hint}`, {
        cause: error,
      });
    }
  }
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f' };

const unescape = (text: string): string =>
  text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_match, hex: string | undefined, character: string | undefined) =>
    hex === undefined ? (escapes[character ?? ''] ?? character ?? '') : String.fromCharCode(Number.parseInt(hex, 16)),
  );

/** Java properties: `key=value`, `key: value` or `key value`; comments, continued lines and escapes. */
export const propertiesOf = (text: string): ReadonlyMap<string, string> => {
  const entries = text
    .replace(/\\\r?\n[ \t]*/g, '')
    .split(/\r?\n/)
    .map((line) => line.trimStart())
    .filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('!'))
    .map((line) => {
      const [, name = '', value = ''] = /^((?:\\.|[^\\=:\s])+)[ \t]*[=:]?[ \t]*(.*)$/.exec(line) ?? [];
      return [unescape(name), unescape(value)] as const;
    });
  return new Map(entries);
};
