import type { RawConfig } from '@headrace/foundation';
import { normalize } from 'node:path';
import { defaultProviders } from '../../config/placeholders.ts';
import { listOf } from '../record/raw-config.ts';

/** What placeholders may refer to. What they may not is left as it is written, as in Kafka Connect. */
export interface PlaceholderLimits {
  isEnabled(provider: string): boolean;
  mayRead(provider: string, path: string): boolean;
  mayShow(variable: string): boolean;
}

/**
 * From the worker's settings: `config.providers` (default: file, env and dir), and of a provider `param.allowed.paths` (default:
 * any) and `param.allowlist.pattern` (default: any variable).
 */
export const placeholderLimits = (worker: RawConfig): PlaceholderLimits => {
  const named = listOf(worker, 'config.providers');
  const enabled = new Set(named.length === 0 ? defaultProviders : named);
  const variables = worker['config.providers.env.param.allowlist.pattern'];
  const pattern = new RegExp(`^(?:${variables ?? '.*'})$`);
  return {
    isEnabled: (provider) => enabled.has(provider),
    mayRead: (provider, path) => isBelow(path, listOf(worker, `config.providers.${provider}.param.allowed.paths`)),
    mayShow: (variable) => pattern.test(variable),
  };
};

const isBelow = (path: string, allowed: readonly string[]): boolean => {
  if (allowed.length === 0) return true;
  const plain = normalize(path);
  return allowed.map((root) => normalize(root).replace(/\/$/, '')).some((root) => plain === root || plain.startsWith(`${root}/`));
};
