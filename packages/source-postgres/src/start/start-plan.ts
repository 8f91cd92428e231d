/**
 * Decides how a task begins, from the stored offset, the slot and the rules of snapshot.mode (`initial` reads once,
 * `when_needed` also after a loss, `no_data` never, `always` at each start). Pure.
 *
 *   offset       slot            reads once         reads never    reads always
 *   none         none            snapshot, create   create slot    snapshot, create
 *   none         there           snapshot, keep     stream it      snapshot, keep
 *   unfinished   there           catch up, go on    stream         catch up, all tables
 *   complete     there           stream             stream         catch up, all tables
 *   any          missing, lost   fail; where a loss is read again: snapshot, create
 *   any          ahead of offset fail; where a loss is read again: snapshot, keep
 *
 * Catching up: streaming from the offset to the place of the new snapshot, whose rows are then newer than all that was
 * delivered; so deletes of rows read before the restart are not lost and no key goes backwards.
 */
import { TaskFailure } from '@headrace/foundation';
import type { SnapshotRules } from '@headrace/cdc';
import { errors } from '../errors.ts';
import { lsnText, type Lsn } from '../lsn.ts';
import type { SlotState } from '../slot.ts';
import type { SnapshotState, StoredOffset } from './offset.ts';
import { streamStart } from './opened-capture.ts';

export interface StartFacts {
  readonly rules: SnapshotRules;
  readonly offset: StoredOffset | null;
  readonly slot: SlotState | null;
  readonly slotName: string;
  /** End of the server's log. */
  readonly serverLsn: Lsn;
  /** offset.mismatch.strategy, lower case. */
  readonly mismatch: string;
}

export type StartPlan =
  | { readonly kind: 'idle' }
  /** From null: the slot is to be created, or its own place counts. */
  | { readonly kind: 'stream'; readonly from: StoredOffset | null; readonly advancesSlot: boolean }
  | {
      readonly kind: 'snapshot';
      /** What becomes of the slot: create (a lost one is dropped first), keep, or none needed. */
      readonly slot: 'create' | 'keep' | 'none';
      /** Stream from here to the place of the snapshot first; null: nothing is delivered yet. */
      readonly catchUpFrom: StoredOffset | null;
      /** null: all tables from their beginning. */
      readonly state: SnapshotState | null;
    };

export const planStart = (facts: StartFacts): StartPlan => {
  const { rules, offset } = facts;
  if (!rules.streams) {
    const isRead = rules.reads === 'never' || (rules.reads === 'once' && offset !== null && offset.snapshot === null);
    return isRead ? { kind: 'idle' } : freshSnapshot('none');
  }
  return offset === null ? withoutOffset(facts) : withOffset(facts, offset);
};

const withOffset = (facts: StartFacts, stored: StoredOffset): StartPlan => {
  const { rules, slot, mismatch } = facts;
  const failure = positionFailure(facts, stored);
  if (failure !== undefined) {
    if (rules.afterLoss === 'fail') throw failure;
    return freshSnapshot(slot === null || slot.walStatus === 'lost' ? 'create' : 'keep');
  }
  const offset = trusted(facts, stored);
  if (rules.reads === 'always') return { kind: 'snapshot', slot: 'keep', catchUpFrom: offset, state: null };
  if (offset.snapshot === null || (rules.reads === 'never' && offset.snapshot.state?.kind !== 'BLOCKING'))
    return { kind: 'stream', from: offset, advancesSlot: mismatch === 'trust_offset' };
  return { kind: 'snapshot', slot: 'keep', catchUpFrom: offset, state: offset.snapshot.state };
};

/** trust_slot and trust_greater_lsn let the slot say where streaming starts, be it before the offset or after. */
const trusted = ({ slot, mismatch }: StartFacts, offset: StoredOffset): StoredOffset => {
  if (slot === null || slot.confirmedLsn === offset.startLsn) return offset;
  const isSlotTrusted = mismatch === 'trust_slot' || (mismatch === 'trust_greater_lsn' && slot.confirmedLsn > offset.startLsn);
  return isSlotTrusted ? { ...streamStart(slot.confirmedLsn), snapshot: offset.snapshot } : offset;
};

const freshSnapshot = (slot: 'create' | 'keep' | 'none'): StartPlan => ({ kind: 'snapshot', slot, catchUpFrom: null, state: null });

const withoutOffset = ({ rules, slot, slotName }: StartFacts): StartPlan => {
  const isNeverRead = rules.reads === 'never';
  if (slot?.walStatus === 'lost') {
    if (isNeverRead && rules.afterLoss === 'fail') throw slotLost(slotName);
    return freshSnapshot('create');
  }
  return isNeverRead ? { kind: 'stream', from: null, advancesSlot: false } : freshSnapshot(slot === null ? 'create' : 'keep');
};

const gapIsAccepted: ReadonlySet<string> = new Set(['no_validation', 'trust_slot', 'trust_greater_lsn']);

/** Why the log cannot be read on from the offset. */
const positionFailure = ({ slot, slotName, serverLsn, mismatch }: StartFacts, offset: StoredOffset): TaskFailure | undefined => {
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
  if (slot.confirmedLsn > offset.startLsn && !gapIsAccepted.has(mismatch)) {
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
