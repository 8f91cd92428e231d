import { describe, expect, test } from '@jest/globals';
import type { JsonMap } from '@headrace/connector-api';
import type { SlotState } from '../slot.ts';
import { confirmableLsn, readOffset, snapshotOffset, streamOffset, type StoredOffset } from './offset.ts';
import { snapshotRules } from '@headrace/cdc';
import { planStart, type StartFacts } from './start-plan.ts';

describe('offsets', () => {
  test('have the keys of Debezium, in the stream and at the end of a snapshot', () => {
    const point = {
      lsn: 24_023_128,
      commitLsn: 24_023_119,
      xid: 555,
      timeMicros: 1_705_000_000_000_000,
      message: 'UPDATE',
      transaction: {},
    } as const;
    expect(JSON.stringify(streamOffset(point, null))).toBe(
      '{"lsn_proc":24023128,"messageType":"UPDATE","lsn_commit":24023119,"lsn":24023128,"txId":555,"ts_usec":1705000000000000}',
    );
    expect(snapshotOffset(point, null)).toEqual({
      lsn: 24_023_128,
      txId: 555,
      ts_usec: 1_705_000_000_000_000,
      snapshot: 'INITIAL',
      last_snapshot_record: true,
      snapshot_completed: true,
    });
  });

  test('inside a transaction resume at the commit before it and skip what is delivered', () => {
    expect(readOffset({ lsn: 20, lsn_proc: 20, lsn_commit: 10, txId: 5, messageType: 'INSERT' })).toEqual({
      startLsn: 10,
      lastCommit: 10,
      delivered: { xid: 5, lsn: 20, counts: null },
      snapshot: null,
    });
  });

  test.each(['COMMIT', 'BEGIN', 'NOOP'])('after %s nothing is skipped', (messageType) => {
    expect(readOffset({ lsn: 20, lsn_proc: 20, lsn_commit: 20, txId: 5, messageType })?.delivered).toBeNull();
  });

  test.each<[JsonMap, boolean]>([
    [{ lsn: 1, snapshot: 'INITIAL', snapshot_completed: false, last_snapshot_record: true }, true],
    [{ lsn: 1, snapshot: 'INITIAL', snapshot_completed: true }, false],
    [{ lsn: 1, snapshot: true }, true],
    [{ lsn: 1, snapshot: 'true', last_snapshot_record: true }, false],
    [{ lsn: 1 }, false],
  ])('%p has an open snapshot: %p', (offset, isOpen) => {
    expect(readOffset(offset)?.snapshot !== null).toBe(isOpen);
  });

  test('keep the progress of a snapshot', () => {
    const pieces = [
      { table: 'public.a', after: ['1', 'x'], until: ['5', 'x'] },
      { table: 'public.b', after: null, until: null },
    ];
    const state = { kind: 'BLOCKING', pieces, selects: { 'public.b': 'SELECT 1' }, scanned: { 'public.a': 3 } } as const;
    expect(readOffset(snapshotOffset({ lsn: 1, xid: null, timeMicros: 0 }, state))?.snapshot?.state).toEqual(state);
  });

  test('confirm the slot only up to the last whole transaction', () => {
    expect(confirmableLsn({ lsn: 20, lsn_proc: 20, lsn_commit: 10 })).toBe(10);
    expect(confirmableLsn({ lsn: 20n, lsn_proc: 20n })).toBe(20);
    expect(readOffset({ some: 'thing' })).toBeNull();
  });
});

const complete: StoredOffset = { startLsn: 100, lastCommit: null, delivered: null, snapshot: null };
const unfinished: StoredOffset = {
  ...complete,
  snapshot: { state: { kind: 'INITIAL', pieces: [{ table: 'a', after: null, until: null }], selects: {} } },
};
const slot: SlotState = { plugin: 'pgoutput', database: 'd', activePid: null, confirmedLsn: 90, walStatus: 'reserved' };
const lost: SlotState = { ...slot, walStatus: 'lost' };
const ahead: SlotState = { ...slot, confirmedLsn: 101 };
const fresh = (of: string): object => ({ kind: 'snapshot', slot: of, catchUpFrom: null, state: null });

describe('the start of a task', () => {
  const plan = (mode: string, offset: StoredOffset | null, found: SlotState | null, more: Partial<StartFacts> = {}): unknown => {
    try {
      const [name = '', ...on] = mode.split('+');
      const flags = { readsData: on.includes('data'), streams: on.includes('stream'), readsOnDataError: on.includes('loss') };
      return planStart({
        rules: snapshotRules(name, flags),
        offset,
        slot: found,
        slotName: 's',
        serverLsn: 1_000,
        mismatch: 'fail',
        ...more,
      });
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  const stream = { kind: 'stream', from: complete, advancesSlot: false };
  const begin = { kind: 'stream', from: null, advancesSlot: false };
  const goOn = { kind: 'snapshot', slot: 'keep', catchUpFrom: unfinished, state: unfinished.snapshot?.state };
  const again = { kind: 'snapshot', slot: 'keep', catchUpFrom: complete, state: null };

  test.each<[StoredOffset | null, SlotState | null, readonly unknown[]]>([
    // offset, slot, then the outcome under initial, no_data, when_needed and always
    [null, null, [fresh('create'), begin, fresh('create'), fresh('create')]],
    [null, slot, [fresh('keep'), begin, fresh('keep'), fresh('keep')]],
    [null, lost, [fresh('create'), 'postgres.slot_lost', fresh('create'), fresh('create')]],
    [unfinished, slot, [goOn, { ...stream, from: unfinished }, goOn, { ...again, catchUpFrom: unfinished }]],
    [complete, slot, [stream, stream, stream, again]],
    [complete, null, ['postgres.slot_missing', 'postgres.slot_missing', fresh('create'), 'postgres.slot_missing']],
    [complete, lost, ['postgres.slot_lost', 'postgres.slot_lost', fresh('create'), 'postgres.slot_lost']],
    [complete, ahead, ['postgres.position_gap', 'postgres.position_gap', fresh('keep'), 'postgres.position_gap']],
    [unfinished, ahead, ['postgres.position_gap', 'postgres.position_gap', fresh('keep'), 'postgres.position_gap']],
  ])('with offset %j and slot %j is decided by the mode', (offset, found, outcomes) => {
    expect(['initial', 'no_data', 'when_needed', 'always'].map((mode) => plan(mode, offset, found))).toEqual(outcomes);
  });

  test('initial_only reads once and needs no slot', () => {
    expect(plan('initial_only', null, null)).toEqual(fresh('none'));
    expect(plan('initial_only', unfinished, null)).toEqual(fresh('none'));
    expect(plan('initial_only', complete, null)).toEqual({ kind: 'idle' });
  });

  test('configuration_based reads, streams and reads again after a loss as its flags say; never is no_data', () => {
    expect(plan('configuration_based+data+stream', complete, slot)).toEqual(again);
    expect(plan('configuration_based+data', complete, null)).toEqual(fresh('none'));
    expect(plan('configuration_based+stream', null, slot)).toEqual(begin);
    expect(plan('configuration_based+stream', complete, null)).toBe('postgres.slot_missing');
    expect(plan('configuration_based+stream+loss', complete, null)).toEqual(fresh('create'));
    expect(plan('never', null, slot)).toEqual(begin);
  });

  test('offset.mismatch.strategy says who is trusted when slot and offset differ', () => {
    const from = (lsn: number): object => ({ ...stream, from: { ...complete, startLsn: lsn } });
    expect(plan('initial', complete, slot, { mismatch: 'trust_slot' })).toEqual(from(90));
    expect(plan('initial', complete, ahead, { mismatch: 'trust_slot' })).toEqual(from(101));
    expect(plan('initial', complete, slot, { mismatch: 'trust_greater_lsn' })).toEqual(from(100));
    expect(plan('initial', complete, ahead, { mismatch: 'trust_greater_lsn' })).toEqual(from(101));
    expect(plan('initial', complete, slot, { mismatch: 'trust_offset' })).toEqual({ ...stream, advancesSlot: true });
    expect(plan('initial', complete, ahead, { mismatch: 'trust_offset' })).toBe('postgres.position_gap');
  });

  test('a position beyond the log is refused, a gap can be accepted', () => {
    expect(plan('initial', { ...complete, startLsn: 1_001 }, slot)).toBe('postgres.position_ahead');
    expect(plan('initial', complete, ahead, { mismatch: 'no_validation' })).toEqual(stream);
  });
});
