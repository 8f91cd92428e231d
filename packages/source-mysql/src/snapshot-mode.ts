import type { JsonMap } from '@headrace/connector-api';
import { hasCode } from '@headrace/foundation';
import { errors } from './errors.ts';
import { interruptedSnapshotOf, type InterruptedSnapshot } from './snapshot/snapshot-phase.ts';
import { resumePointOf, type ResumePoint } from './streaming/log-position.ts';

/** What a run begins with. */
export type CapturePlan =
  | {
      readonly kind: 'snapshot';
      /** What an earlier run has left; null: there was none. */
      readonly interrupted: InterruptedSnapshot | null;
      readonly isReplaceable: (error: unknown) => boolean;
    }
  /** The snapshot is there, and there is nothing else to do. */
  | { readonly kind: 'idle' }
  | {
      readonly kind: 'stream';
      /** null: from the present end of the log on. */
      readonly from: ResumePoint | null;
      /** Whether a snapshot takes the place of a log that cannot be had any more. */
      readonly isReplaceable: (error: unknown) => boolean;
    };

const isUnfinished = (offset: JsonMap): boolean => {
  const marker = offset['snapshot'];
  return marker !== undefined && marker !== null && marker !== false && marker !== 'false';
};

const never = (): boolean => false;
const whenPurged = (error: unknown): boolean =>
  [errors.binlog_purged, errors.binlog_refused, errors.position_ahead].some(({ code }) => hasCode(error, code));

/**
 * By `snapshot.mode` and the stored offset:
 *
 *   always        snapshot                              no_data       stream, from the end without an offset
 *   initial       snapshot without finished offset      when_needed   like initial, and snapshot when the log is gone
 *   initial_only  like initial, then idle
 *
 * A blocking snapshot that a signal asked for is finished in any mode. With an offset, a snapshot first makes good what happened since (see snapshot-phase.ts).
 */
export const planCapture = (mode: string, stored: JsonMap | null): CapturePlan => {
  const known = mode.toLowerCase();
  if (stored?.['snapshot'] === 'BLOCKING') return { kind: 'snapshot', interrupted: interruptedSnapshotOf(stored), isReplaceable: never };
  if (known === 'no_data') return { kind: 'stream', from: stored === null ? null : resumePointOf(stored), isReplaceable: never };
  if (stored === null) return { kind: 'snapshot', interrupted: null, isReplaceable: never };
  const isReplaceable = known === 'when_needed' || known === 'always' ? whenPurged : never;
  if (isUnfinished(stored) || known === 'always') return { kind: 'snapshot', interrupted: interruptedSnapshotOf(stored), isReplaceable };
  if (known === 'initial_only') return { kind: 'idle' };
  return { kind: 'stream', from: resumePointOf(stored), isReplaceable };
};
