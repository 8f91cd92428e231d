import type { SnapshotStatus } from '@headrace/connector-api';
import type { Clock } from '@headrace/foundation';

/** Rows by table path. */
export type RowCounts = Readonly<Record<string, number>>;

export interface SnapshotSeen {
  readonly state: SnapshotStatus['state'];
  /** All that is handed out by now, over restarts. */
  readonly scanned: RowCounts;
  /** The database's estimates, where it has some. */
  readonly expected: RowCounts;
  readonly tables: number;
  readonly remainingTables: number;
}

/** Reckons how far a snapshot is: percent of the rows expected, and the time left at the pace of this run. */
export class SnapshotTracker {
  readonly #clock: Clock;
  readonly #kind: SnapshotStatus['kind'];
  readonly #begunAt: number;
  readonly #rowsBefore: number;

  /** `scanned`: what earlier runs handed out. */
  constructor(clock: Clock, kind: SnapshotStatus['kind'], scanned: RowCounts) {
    this.#clock = clock;
    this.#kind = kind;
    this.#begunAt = clock.monotonic();
    this.#rowsBefore = sumOf(scanned);
  }

  /** Since this run began. */
  get seconds(): number {
    return (this.#clock.monotonic() - this.#begunAt) / 1_000;
  }

  at({ state, scanned, expected, tables, remainingTables }: SnapshotSeen): SnapshotStatus {
    const rows = sumOf(scanned);
    const estimate = Math.round(sumOf(expected));
    const expectedRows = estimate === 0 ? null : estimate;
    const isDone = state === 'COMPLETED';
    return {
      kind: this.#kind,
      state,
      rows,
      expectedRows,
      percent: isDone ? 100 : percentOf(rows, expectedRows),
      etaSeconds: isDone ? 0 : this.#eta(rows, expectedRows),
      tables,
      remainingTables,
    };
  }

  #eta(rows: number, expectedRows: number | null): number | null {
    const now = rows - this.#rowsBefore;
    if (expectedRows === null || now <= 0) return null;
    return Math.round((Math.max(0, expectedRows - rows) * this.seconds) / now);
  }
}

/** An estimate may be too low: the end alone is 100. */
const percentOf = (rows: number, expectedRows: number | null): number | null =>
  expectedRows === null ? null : Math.min(99, Math.floor((100 * rows) / expectedRows));

const sumOf = (counts: RowCounts): number => Object.values(counts).reduce((sum, rows) => sum + rows, 0);
