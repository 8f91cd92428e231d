import type { Clock, RawConfig } from '@headrace/foundation';
import { hasPlaceholder } from '../../config/placeholders.ts';
import type { ResolveConfig } from './resolve-placeholders.ts';

/** Mounted secrets are replaced now and then; looking is reading a small file. */
const LOOK_EVERY_MS = 2_000;

export interface WatchedConfig {
  /** With its placeholders. */
  readonly raw: RawConfig;
  /** What the task was started with. */
  readonly resolved: RawConfig;
  readonly resolve: ResolveConfig;
  readonly clock: Clock;
}

/** Whether a task is to start again when a secret changes: `config.action.reload`, which says so by default. */
export const isReloaded = (raw: RawConfig): boolean =>
  raw['config.action.reload'] !== 'none' && Object.values(raw).some((value) => value !== null && hasPlaceholder(value));

/**
 * Resolves when placeholders stand for other values than at the start, seen twice in a row: a file may be half written. One that
 * cannot be read changes nothing.
 */
export const untilSecretsChange = async ({ raw, resolved, resolve, clock }: WatchedConfig, signal: AbortSignal): Promise<void> => {
  const atStart = fingerprintOf(resolved);
  for (let last = atStart; ;) {
    await clock.sleep(LOOK_EVERY_MS, signal);
    const now = await resolve(raw).then(fingerprintOf, () => atStart);
    if (now !== atStart && now === last) return;
    last = now;
  }
};

const fingerprintOf = (config: RawConfig): string => JSON.stringify(config);
