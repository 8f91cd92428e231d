import type { JsonMap } from '@headrace/connector-api';
import type { SnapshotRules } from '@headrace/cdc';
import { hasCode } from '@headrace/foundation';
import { errors } from './errors.ts';
import { interruptedSnapshotOf, type InterruptedSnapshot } from './snapshot/unfinished-snapshot.ts';
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
 * By the rules of `snapshot.mode` and the stored offset:
 *
 *   reads once    snapshot without finished offset; then the log, or nothing
 *   reads always  snapshot
 *   reads never   the log, from its end without an offset
 *   after a loss  where the log of the position is gone: fail, or a snapshot
 *
 * A blocking snapshot that a signal asked for is finished in any mode. With an offset, a snapshot first makes good what happened since (see snapshot-phase.ts).
 */
export const planCapture = (rules: SnapshotRules, stored: JsonMap | null): CapturePlan => {
  if (stored?.['snapshot'] === 'BLOCKING') return { kind: 'snapshot', interrupted: interruptedSnapshotOf(stored), isReplaceable: never };
  // What is read at each start anyway needs no log from before.
  const isReplaceable = rules.afterLoss === 'read' || rules.reads === 'always' ? whenPurged : never;
  if (rules.reads === 'never') return { kind: 'stream', from: stored === null ? null : resumePointOf(stored), isReplaceable };
  if (stored === null) return { kind: 'snapshot', interrupted: null, isReplaceable: never };
  if (isUnfinished(stored) || rules.reads === 'always')
    return { kind: 'snapshot', interrupted: interruptedSnapshotOf(stored), isReplaceable };
  return rules.streams ? { kind: 'stream', from: resumePointOf(stored), isReplaceable } : { kind: 'idle' };
};
