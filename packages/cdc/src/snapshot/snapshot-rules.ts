import type { ConfigOf } from '@headrace/foundation';
import type { SnapshotKeys } from '../config/snapshot-keys.ts';

/** What `snapshot.mode` asks for, apart from the database. */
export interface SnapshotRules {
  /** When existing rows are read: once, at each start, never. */
  readonly reads: 'once' | 'always' | 'never';
  /** Whether changes follow. */
  readonly streams: boolean;
  /** The log cannot be read on from the stored position: fail, or read the rows again. */
  readonly afterLoss: 'fail' | 'read';
}

/** The flags of `snapshot.mode=configuration_based`. */
export interface SnapshotFlags {
  readonly readsData: boolean;
  readonly streams: boolean;
  readonly readsOnDataError: boolean;
}

const byMode: Readonly<Record<string, SnapshotRules>> = {
  initial: { reads: 'once', streams: true, afterLoss: 'fail' },
  initial_only: { reads: 'once', streams: false, afterLoss: 'fail' },
  always: { reads: 'always', streams: true, afterLoss: 'fail' },
  no_data: { reads: 'never', streams: true, afterLoss: 'fail' },
  never: { reads: 'never', streams: true, afterLoss: 'fail' },
  when_needed: { reads: 'once', streams: true, afterLoss: 'read' },
};

/** Values of `snapshot.mode`; `never` is the older name of `no_data`. */
export const snapshotModes: readonly string[] = [...Object.keys(byMode), 'configuration_based'];

/** The rules of a mode, without regard to case. */
export const snapshotRules = (mode: string, flags: SnapshotFlags): SnapshotRules =>
  byMode[mode.toLowerCase()] ?? {
    reads: flags.readsData ? 'always' : 'never',
    streams: flags.streams,
    afterLoss: flags.readsOnDataError ? 'read' : 'fail',
  };

/** The rules that a configuration asks for. */
export const configuredRules = (config: ConfigOf<SnapshotKeys>): SnapshotRules =>
  snapshotRules(config['snapshot.mode'], {
    readsData: config['snapshot.mode.configuration.based.snapshot.data'],
    streams: config['snapshot.mode.configuration.based.start.stream'],
    readsOnDataError: config['snapshot.mode.configuration.based.snapshot.on.data.error'],
  });
