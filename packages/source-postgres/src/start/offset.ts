/**
 * Offsets in Debezium's keys. `lsn_commit` is the end of the last transaction delivered as a whole: streaming starts there
 * again, and the slot is confirmed up to there. Inside a transaction, `txId` and `lsn` say up to which change of it
 * everything is delivered: changes of one transaction come in LSN order, so that those at or before `lsn` are dropped after
 * a restart. A position never ends between two changes of one LSN (a COPY writes several rows under one).
 *
 * While a snapshot runs, `headrace_snapshot` holds its progress as JSON text.
 */
import type { JsonMap, JsonValue } from '@headrace/connector-api';
import { countsFromOffset, piecesFromJson, piecesToJson, type EventCounts, type RowCounts, type SnapshotPieces } from '@headrace/cdc';
import type { Lsn } from '../lsn.ts';

export type MessageType = 'BEGIN' | 'COMMIT' | 'INSERT' | 'UPDATE' | 'DELETE' | 'TRUNCATE' | 'MESSAGE' | 'NOOP';

/** A place in the stream up to which everything is delivered. */
export interface StreamPoint {
  readonly lsn: Lsn;
  /** End of the last transaction that is delivered as a whole; never after `lsn` inside a later one. */
  readonly commitLsn: Lsn;
  readonly xid: number | null;
  readonly timeMicros: number;
  readonly message: MessageType;
  /** Counts of the transaction it is in, where they are kept. */
  readonly transaction: JsonMap;
}

/** The place a snapshot shows. */
export interface SnapshotPoint {
  readonly lsn: Lsn;
  readonly xid: number | null;
  readonly timeMicros: number;
}

/** A snapshot that is under way. */
export interface SnapshotState {
  readonly kind: 'INITIAL' | 'BLOCKING';
  readonly pieces: SnapshotPieces;
  /** Statements that select the rows of some tables, as the signal gave them. */
  readonly selects: Readonly<Record<string, string>>;
  /** Rows handed out so far, by table; left out: none. */
  readonly scanned?: RowCounts;
}

/** The part of a transaction that is delivered already. */
export interface DeliveredPart {
  readonly xid: number;
  readonly lsn: Lsn;
  /** Its events by table; null: not counted. */
  readonly counts: EventCounts | null;
}

/** A stored offset, read. */
export interface StoredOffset {
  /** Where streaming starts again. */
  readonly startLsn: Lsn;
  /** End of the last transaction that a stream has told of; null: none yet. */
  readonly lastCommit: Lsn | null;
  /** Changes of this transaction up to this LSN are delivered. */
  readonly delivered: DeliveredPart | null;
  /** An unfinished snapshot; state is null when the offset was written by Debezium, which keeps none. */
  readonly snapshot: { readonly state: SnapshotState | null } | null;
}

export const sourcePartition = (server: string): JsonMap => ({ server });

/** Keys of a snapshot that is still to be finished, or with null of one that is complete. */
export const snapshotKeys = (state: SnapshotState | null): JsonMap =>
  state === null
    ? { snapshot: 'INITIAL', last_snapshot_record: true, snapshot_completed: true }
    : {
        snapshot: state.kind,
        last_snapshot_record: false,
        snapshot_completed: false,
        headrace_snapshot: JSON.stringify({ ...piecesToJson(state.pieces), selects: state.selects, scanned: state.scanned }),
      };

/** Offset of a place in the stream; `state` of a snapshot that is still to be finished. */
export const streamOffset = (point: StreamPoint, state: SnapshotState | null): JsonMap => ({
  lsn_proc: point.lsn,
  messageType: point.message,
  lsn_commit: point.commitLsn,
  lsn: point.lsn,
  ...(point.xid === null ? {} : { txId: point.xid }),
  ts_usec: point.timeMicros,
  ...point.transaction,
  ...(state === null ? {} : snapshotKeys(state)),
});

/** Offset during the snapshot, and at its end with state null. */
export const snapshotOffset = (point: SnapshotPoint, state: SnapshotState | null): JsonMap => ({
  lsn: point.lsn,
  ...(point.xid === null ? {} : { txId: point.xid }),
  ts_usec: point.timeMicros,
  ...snapshotKeys(state),
});

/** Up to where the slot may be confirmed once this offset is durable. */
export const confirmableLsn = (offset: JsonMap): Lsn =>
  numberOf(offset['lsn_commit']) ?? numberOf(offset['lsn_proc']) ?? numberOf(offset['lsn']) ?? 0;

/** Reads an offset of ours or of Debezium. Null for a map that holds no place. */
export const readOffset = (offset: JsonMap | null): StoredOffset | null => {
  if (offset === null) return null;
  const lsn = numberOf(offset['lsn']);
  const startLsn = numberOf(offset['lsn_commit']) ?? numberOf(offset['lsn_proc']) ?? lsn;
  if (startLsn === undefined) return null;
  const xid = numberOf(offset['txId']);
  return {
    startLsn,
    lastCommit: numberOf(offset['lsn_commit']) ?? null,
    delivered:
      lsn !== undefined && xid !== undefined && isInsideTransaction(offset['messageType'])
        ? { xid, lsn, counts: countsFromOffset(offset) }
        : null,
    snapshot: isSnapshotOpen(offset) ? { state: stateOf(offset) } : null,
  };
};

const isInsideTransaction = (messageType: JsonValue | undefined): boolean =>
  typeof messageType === 'string' && ['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'MESSAGE'].includes(messageType);

/** Older offsets of Debezium have `snapshot: true` and no `snapshot_completed`. */
const isSnapshotOpen = (offset: JsonMap): boolean => {
  const mark = offset['snapshot'];
  const isMarked = mark === true || (typeof mark === 'string' && mark.toLowerCase() !== 'false');
  if (!isMarked) return false;
  return offset['snapshot_completed'] === undefined ? offset['last_snapshot_record'] !== true : offset['snapshot_completed'] !== true;
};

const stateOf = (offset: JsonMap): SnapshotState | null => {
  const text = offset['headrace_snapshot'];
  if (typeof text !== 'string') return null;
  try {
    const stored = JSON.parse(text) as { selects?: Record<string, string>; scanned?: RowCounts };
    const pieces = piecesFromJson(stored);
    if (pieces === undefined) return null;
    const kind = offset['snapshot'] === 'BLOCKING' ? 'BLOCKING' : 'INITIAL';
    return { kind, pieces, selects: stored.selects ?? {}, scanned: stored.scanned ?? {} };
  } catch {
    return null;
  }
};

const numberOf = (value: JsonValue | undefined): number | undefined =>
  typeof value === 'number' ? value : typeof value === 'bigint' ? Number(value) : undefined;
