import type { SinkRecord } from '@headrace/connector-api';
import type { Change } from '../record/change.ts';

/** A record on its way, with what it changes; null for one that changes nothing but the position. */
export interface PendingRecord {
  readonly record: SinkRecord;
  readonly change: Change | null;
  /** The record was refused: from here on its key, or its table, is stopped, which this change names. */
  readonly stops?: Change;
}
