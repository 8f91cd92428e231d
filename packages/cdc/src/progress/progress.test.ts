import { describe, expect, test } from '@jest/globals';
import { VirtualClock } from '@headrace/testkit';
import { SnapshotTracker, type SnapshotSeen } from './snapshot-tracker.ts';

const seen: SnapshotSeen = { state: 'RUNNING', scanned: {}, expected: { a: 100, b: 300 }, tables: 2, remainingTables: 2 };

describe('the progress of a snapshot', () => {
  test('is a part of the rows expected, and the time left goes by the pace of this run', async () => {
    const clock = new VirtualClock();
    const tracker = new SnapshotTracker(clock, 'initial', { a: 80 });
    await clock.advance(10_000);
    expect(tracker.at({ ...seen, scanned: { a: 100, b: 20 }, remainingTables: 1 })).toEqual({
      kind: 'initial',
      state: 'RUNNING',
      rows: 120,
      expectedRows: 400,
      percent: 30,
      // 40 rows in 10 s, 280 to come.
      etaSeconds: 70,
      tables: 2,
      remainingTables: 1,
    });
  });

  test('is 100 at the end alone, however low the estimate', () => {
    const tracker = new SnapshotTracker(new VirtualClock(), 'incremental', {});
    expect(tracker.at({ ...seen, scanned: { a: 500 } })).toMatchObject({ percent: 99, etaSeconds: 0 });
    expect(tracker.at({ ...seen, state: 'COMPLETED', scanned: { a: 500 } })).toMatchObject({ percent: 100, etaSeconds: 0 });
  });

  test('is rows alone without an estimate', () => {
    const tracker = new SnapshotTracker(new VirtualClock(), 'blocking', {});
    const status = tracker.at({ ...seen, expected: {}, scanned: { a: 5 } });
    expect(status).toMatchObject({ rows: 5, expectedRows: null, percent: null, etaSeconds: null });
  });
});
