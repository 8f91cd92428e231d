/** What an offset says of a snapshot that is not done. */
import type { JsonMap } from '@headrace/connector-api';
import { piecesFromJson, piecesToJson, type RowCounts, type SnapshotPieces } from '@headrace/cdc';
import { resumePointOf, type ResumePoint } from '../streaming/log-position.ts';

/** What an earlier run, or a signal, left to do. */
export interface UnfinishedSnapshot {
  /** BLOCKING: a signal has asked for it, in whatever mode. */
  readonly kind: SnapshotKind;
  /** undefined: nothing is known to be done, every table is read again. */
  readonly pieces: SnapshotPieces | undefined;
  /** Statements that select the rows of some tables, by path, where a signal gave them. */
  readonly selects: Selects;
  /** Rows given out so far, by path; left out: none. */
  readonly scanned?: RowCounts;
}

export interface InterruptedSnapshot extends UnfinishedSnapshot {
  readonly from: ResumePoint;
}

export type SnapshotKind = 'INITIAL' | 'BLOCKING';
export type Selects = Readonly<Record<string, string>>;

/** Throws TaskFailure when the offset names no place. */
export const interruptedSnapshotOf = (offset: JsonMap): InterruptedSnapshot => ({
  from: resumePointOf(offset),
  kind: offset['snapshot'] === 'BLOCKING' ? 'BLOCKING' : 'INITIAL',
  ...storedPieces(offset['headrace_snapshot']),
});

const storedPieces = (text: unknown): Omit<UnfinishedSnapshot, 'kind'> => {
  try {
    const stored = JSON.parse(typeof text === 'string' ? text : '') as Partial<Omit<UnfinishedSnapshot, 'kind'>>;
    // A form without pieces named topics.
    const pieces = stored.pieces === undefined ? undefined : piecesFromJson(stored);
    return { pieces, selects: stored.selects ?? {}, scanned: stored.scanned ?? {} };
  } catch {
    return { pieces: undefined, selects: {} };
  }
};

/** Keys of an offset that say what is still to be read. */
export const unfinishedKeys = ({ kind, pieces = [], selects, scanned = {} }: UnfinishedSnapshot): JsonMap => ({
  snapshot: kind,
  headrace_snapshot: JSON.stringify({ ...piecesToJson(pieces), ...given({ selects, scanned }) }),
});

/** Leaves out what is empty. */
const given = (parts: Readonly<Record<string, JsonMap>>): JsonMap =>
  Object.fromEntries(Object.entries(parts).filter(([, part]) => Object.keys(part).length > 0));
