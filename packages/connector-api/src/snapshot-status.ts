/** How far a source's snapshot is, for those who wait for it. */
export interface SnapshotStatus {
  readonly kind: 'initial' | 'blocking' | 'incremental';
  readonly state: 'RUNNING' | 'PAUSED' | 'COMPLETED' | 'ABORTED';
  /** Handed out so far, over restarts. */
  readonly rows: number;
  /** The database's estimate of all; null where it has none. */
  readonly expectedRows: number | null;
  /** 0 to 100, which it is at the end alone; null without an estimate. */
  readonly percent: number | null;
  /** Seconds until its end at the pace so far; null while there is nothing to reckon by. */
  readonly etaSeconds: number | null;
  readonly tables: number;
  readonly remainingTables: number;
}
