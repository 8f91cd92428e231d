import type { WatchedChange } from '@headrace/cdc';
import type { CapturedTable } from '../tables/captured-table.ts';

/** Sees changes on their way, in the order of the log. */
export interface ChangeWatcher {
  saw(change: WatchedChange<CapturedTable>): void;
  /** A statement may have changed the shape of tables. */
  sawStatement(): void;
  /** Every change has to be seen for now: none may take the fused lane. */
  readonly isWatching: boolean;
  /** Changes of this table always have to be seen. */
  watches(path: string): boolean;
}
