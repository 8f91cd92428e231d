/**
 * Decides how a task begins, from the stored offset, the slot and snapshot.mode. Pure.
 *
 *   offset       slot            initial            no_data        when_needed / always
 *   none         none            snapshot, create   create slot    snapshot, create
 *   none         there           snapshot, keep     stream it      snapshot, keep
 *   unfinished   there           catch up, go on    stream         catch up, go on (always: all tables)
 *   complete     there           stream             stream         stream (always: catch up, all tables)
 *   any          missing, lost   fail               fail           snapshot, create
 *   any          ahead of offset fail               fail           snapshot, keep
 *
 * Catching up: streaming from the offset to the place of the new snapshot, whose rows are then newer than all that was
 * delivered; so deletes of rows read before the restart are not lost and no key goes backwards.
 */
import { TaskFailure } from '@headrace/foundation';
import type { SnapshotProgress } from '@headrace/cdc';
import { errors } from '../errors.ts';
import { lsnText, type Lsn } from '../lsn.ts';
import type { SlotState } from '../slot.ts';
import type { StoredOffset } from './offset.ts';

export interface StartFacts {
  /** snapshot.mode, lower case. */
  readonly mode: string;
  readonly offset: StoredOffset | null;
  readonly slot: SlotState | null;
  readonly slotName: string;
  /** End of the server's log. */
  readonly serverLsn: Lsn;
  /** offset.mismatch.strategy accepts what a slot ahead of the offset cannot send any more. */
  readonly isGapAccepted: boolean;
}

export type StartPlan =
  | { readonly kind: 'idle' }
  /** From null: the slot is to be created, or its own place counts. */
  | { readonly kind: 'stream'; readonly from: StoredOffset | null }
  | {
      readonly kind: 'snapshot';
      /** What becomes of the slot: create (a lost one is dropped first), keep, or none needed. */
      readonly slot: 'create' | 'keep' | 'none';
      /** Stream from here to the place of the snapshot first; null: nothing is delivered yet. */
      readonly catchUpFrom: StoredOffset | null;
      /** null: all tables from their beginning. */
      readonly progress: SnapshotProgress | null;
    };

export const planStart = (facts: StartFacts): StartPlan => {
  const { mode, offset } = facts;
  if (mode === 'initial_only') return offset !== null && offset.snapshot === null ? { kind: 'idle' } : freshSnapshot('none');
  return offset === null ? withoutOffset(facts) : withOffset(facts, offset);
};

const withOffset = (facts: StartFacts, offset: StoredOffset): StartPlan => {
  const { mode, slot } = facts;
  const failure = positionFailure(facts, offset);
  if (failure !== undefined) {
    if (mode !== 'when_needed' && mode !== 'always') throw failure;
    return freshSnapshot(slot === null || slot.walStatus === 'lost' ? 'create' : 'keep');
  }
  if (mode === 'always') return { kind: 'snapshot', slot: 'keep', catchUpFrom: offset, progress: null };
  if (offset.snapshot === null || mode === 'no_data') return { kind: 'stream', from: offset };
  return { kind: 'snapshot', slot: 'keep', catchUpFrom: offset, progress: offset.snapshot.progress };
};

const freshSnapshot = (slot: 'create' | 'keep' | 'none'): StartPlan => ({ kind: 'snapshot', slot, catchUpFrom: null, progress: null });

const withoutOffset = ({ mode, slot, slotName }: StartFacts): StartPlan => {
  if (slot?.walStatus === 'lost') {
    if (mode === 'no_data') throw slotLost(slotName);
    return freshSnapshot('create');
  }
  return mode === 'no_data' ? { kind: 'stream', from: null } : freshSnapshot(slot === null ? 'create' : 'keep');
};

/** Why the log cannot be read on from the offset. */
const positionFailure = ({ slot, slotName, serverLsn, isGapAccepted }: StartFacts, offset: StoredOffset): TaskFailure | undefined => {
  if (slot === null) {
    return new TaskFailure(
      errors.slot_missing.code,
      `Replication slot "${slotName}" does not exist, but position ${lsnText(offset.startLsn)} is stored. ${errors.slot_missing.hint}`,
    );
  }
  if (slot.walStatus === 'lost') return slotLost(slotName);
  if (offset.startLsn > serverLsn) {
    return new TaskFailure(
      errors.position_ahead.code,
      `The stored position ${lsnText(offset.startLsn)} lies beyond the end of the log, ${lsnText(serverLsn)}. ${errors.position_ahead.hint}`,
    );
  }
  if (slot.confirmedLsn > offset.startLsn && !isGapAccepted) {
    return new TaskFailure(
      errors.position_gap.code,
      `Replication slot "${slotName}" starts at ${lsnText(slot.confirmedLsn)}, after the stored position ${lsnText(offset.startLsn)}. ` +
        errors.position_gap.hint,
    );
  }
  return undefined;
};

const slotLost = (slotName: string): TaskFailure =>
  new TaskFailure(errors.slot_lost.code, `Replication slot "${slotName}" was invalidated by the server. ${errors.slot_lost.hint}`);
