import type { StatementsWithin } from '../dialect/column-statements.ts';
import type { EncodedValue, RowBatch } from '../dialect/row-statements.ts';
import { UNAVAILABLE, type Change, type ChangeValue, type RowDelete, type RowWrite } from '../record/change.ts';
import type { RowShape, TargetTable } from '../table/table.ts';

/**
 * One step of a transaction. `fill` writes rows of which the source sent only a part: they must exist. `change` writes
 * rows that may exist (insert.mode=update).
 */
export type PlannedOperation =
  | { readonly kind: 'insert' | 'upsert' | 'fill' | 'change' | 'delete'; readonly batch: RowBatch }
  | { readonly kind: 'truncate'; readonly table: TargetTable };

/** `columns`: rows that were never objects. */
export type Operation = PlannedOperation | { readonly kind: 'columns'; readonly table: TargetTable; readonly statements: StatementsWithin };

export type InsertMode = 'insert' | 'upsert' | 'update';

/** Changes of one table that may be reordered by key: nothing in it has to happen between two changes of a key. */
interface Segment {
  readonly keySignature: string;
  readonly deletes: Map<string, RowDelete>;
  readonly writes: Map<string | number, RowWrite>;
}

/**
 * Turns changes, in their order, into few operations with the same outcome; where a delete reaches into other tables (ON DELETE
 * CASCADE and the like), nothing passes it.
 */
export const planOperations = (changes: readonly Change[], mode: InsertMode): readonly PlannedOperation[] =>
  betweenCascades(changes).flatMap((part) => planPart(part, mode));

/** A cascading delete is a part of its own. */
const betweenCascades = (changes: readonly Change[]): readonly (readonly Change[])[] => {
  if (!changes.some(isCascading)) return [changes];
  const parts: Change[][] = [[]];
  for (const change of changes) {
    if (isCascading(change)) parts.push([change], []);
    else parts.at(-1)?.push(change);
  }
  return parts.filter((part) => part.length > 0);
};

const isCascading = (change: Change): boolean => change.kind === 'delete' && change.shape.isCascading;

/**
 * Changes that may be reordered between tables. Within a table the last write of a key wins; a
 * key's delete stays, before the write that follows it; deletes come first, so that the unique values they hold are free.
 * Tables come in the order in which they first appear.
 */
const planPart = (changes: readonly Change[], mode: InsertMode): readonly PlannedOperation[] => {
  const tables = new Map<TargetTable, (Segment | 'truncate')[]>();
  for (const change of changes) {
    const table = change.kind === 'truncate' ? change.table : change.shape.table;
    let segments = tables.get(table);
    if (segments === undefined) tables.set(table, (segments = []));
    if (change.kind === 'truncate') segments.push('truncate');
    else if (change.kind === 'delete') addDelete(segmentFor(segments, change), change);
    else addWrite(segments, change, mode);
  }
  return [...tables].flatMap(([table, segments]) =>
    segments.flatMap((segment): PlannedOperation[] =>
      segment === 'truncate' ? [{ kind: 'truncate', table }] : operationsOf(segment, mode),
    ),
  );
};

const segmentFor = (segments: (Segment | 'truncate')[], { shape }: RowWrite | RowDelete): Segment => {
  const last = segments.at(-1);
  return last === undefined || last === 'truncate' || last.keySignature !== shape.keySignature ? openSegment(segments, shape) : last;
};

const openSegment = (segments: (Segment | 'truncate')[], { keySignature }: RowShape): Segment => {
  const segment: Segment = { keySignature, deletes: new Map(), writes: new Map() };
  segments.push(segment);
  return segment;
};

const addDelete = ({ deletes, writes }: Segment, change: RowDelete): void => {
  writes.delete(change.key);
  deletes.set(change.key, change);
};

const addWrite = (segments: (Segment | 'truncate')[], change: RowWrite, mode: InsertMode): void => {
  const segment = segmentFor(segments, change);
  if (change.key === undefined) {
    segment.writes.set(segment.writes.size, change);
    return;
  }
  const earlier = segment.writes.get(change.key);
  const merged = earlier === undefined ? change : mode === 'insert' ? undefined : merge(earlier, change);
  if (merged === undefined) {
    openSegment(segments, change.shape).writes.set(change.key, change);
    return;
  }
  // Behind the writes that came since: another row may have held its unique value until then.
  segment.writes.delete(change.key);
  segment.writes.set(change.key, merged);
};

/** Two writes of one row as one; undefined where they must stay two. */
const merge = (earlier: RowWrite, later: RowWrite): RowWrite | undefined => {
  if (earlier.shape !== later.shape && (later.isPartial || !covers(later.shape, earlier.shape))) return undefined;
  if (!later.isPartial) return later;
  const values = later.values.map((value, index): ChangeValue => (value === UNAVAILABLE ? (earlier.values[index] ?? null) : value));
  // Two parts that make a whole still need the row: one by one, neither would have created it.
  return { ...later, values, isPartial: earlier.isPartial || values.includes(UNAVAILABLE) };
};

/** A column that the later schema lacks keeps what the earlier write put there, in one batch as in two. */
const covers = (later: RowShape, earlier: RowShape): boolean => {
  const names = new Set(later.columns.map(({ name }) => name));
  return earlier.columns.every(({ name }) => names.has(name));
};

const operationsOf = ({ deletes, writes }: Segment, mode: InsertMode): PlannedOperation[] => {
  const whole = mode === 'update' ? 'change' : mode;
  const partial = mode === 'update' ? 'change' : 'fill';
  return [
    ...runs([...deletes.values()]).map((run): PlannedOperation => ({ kind: 'delete', batch: batchOf(run) })),
    ...runs([...writes.values()]).map((run): PlannedOperation => ({ kind: isPartial(run[0]) ? partial : whole, batch: batchOf(run) })),
  ];
};

const isPartial = (change: RowWrite | RowDelete | undefined): boolean => change?.kind === 'write' && change.isPartial;

/** Columns that a change brings, as a text: neighbours of one text make one statement. */
const presence = (change: RowWrite | RowDelete): string =>
  change.kind === 'write' && change.isPartial ? change.values.map((value) => (value === UNAVAILABLE ? '0' : '1')).join('') : '';

/** Neighbours with the same columns. Order is kept, for the sake of unique values that pass from row to row. */
const runs = <C extends RowWrite | RowDelete>(changes: readonly C[]): C[][] => {
  const result: C[][] = [];
  let lastShape: RowShape | undefined;
  let lastPresence = '';
  for (const change of changes) {
    const present = presence(change);
    if (change.shape !== lastShape || present !== lastPresence) result.push([]);
    result.at(-1)?.push(change);
    lastShape = change.shape;
    lastPresence = present;
  }
  return result;
};

const isSent = (value: ChangeValue): value is EncodedValue => value !== UNAVAILABLE;

const batchOf = (run: readonly (RowWrite | RowDelete)[]): RowBatch => {
  const [first] = run;
  if (first === undefined) throw new TypeError('A run has at least one change.');
  const { table, keyCount, hasOtherUniqueKeys, columns } = first.shape;
  const present = columns.filter((_, index) => first.values[index] !== UNAVAILABLE);
  const rows = run.map(({ values }) =>
    present.length === columns.length ? (values as readonly EncodedValue[]) : (values as readonly ChangeValue[]).filter(isSent),
  );
  return { table, keyCount, hasOtherUniqueKeys, columns: present, rows };
};
