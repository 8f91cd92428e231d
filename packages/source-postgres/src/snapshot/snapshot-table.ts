/** A table as a snapshot reads it, and the statements that do. */
import type { KeyTexts, SnapshotPiece } from '@headrace/cdc';
import type { CapturedTable } from '../tables/captured-table.ts';
import { quoteName, quoteText } from '../wire/connection.ts';

export interface SnapshotTable {
  readonly table: CapturedTable;
  /** Columns of a unique key without nulls, to read in ranges by; empty: the table is read as a whole. */
  readonly pageKey: readonly string[];
  /** Rows of a partitioned table lie in its partitions; those of another table's children are not its own. */
  readonly isPartitioned: boolean;
  /** A statement that selects the rows, instead of all; null: none. */
  readonly override: string | null;
}

/** What stands behind FROM. */
export const rowSource = ({ table, isPartitioned, override }: SnapshotTable): string =>
  override === null
    ? `${isPartitioned ? '' : 'ONLY '}${quoteName(table.schema)}.${quoteName(table.name)}`
    : `(${override.trim().replace(/;$/, '')}) AS headrace_rows`;

export const keyList = (pageKey: readonly string[]): string => pageKey.map(quoteName).join(', ');

const keyLiteral = (key: KeyTexts): string => `(${key.map(quoteText).join(', ')})`;

/** Conditions of a range; none for a table without a key to range by. */
export const rangeConditions = (
  pageKey: readonly string[],
  { after, until }: Pick<SnapshotPiece, 'after' | 'until'>,
): readonly string[] => {
  if (pageKey.length === 0) return [];
  const key = `(${keyList(pageKey)})`;
  return [...(after === null ? [] : [`${key} > ${keyLiteral(after)}`]), ...(until === null ? [] : [`${key} <= ${keyLiteral(until)}`])];
};

/** Captured columns of a range, by ascending key. */
export const selectText = (
  entry: SnapshotTable,
  range: Pick<SnapshotPiece, 'after' | 'until'>,
  filters: readonly string[] = [],
): string => {
  const columns = entry.table.columns.map((column) => quoteName(column.name)).join(', ');
  const conditions = [...rangeConditions(entry.pageKey, range), ...filters];
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  const order = entry.pageKey.length === 0 ? '' : ` ORDER BY ${keyList(entry.pageKey)}`;
  return `SELECT ${columns} FROM ${rowSource(entry)}${where}${order}`;
};

/** Texts of the key columns in the DataRow at `start`, as the server sent them: it understands them in a comparison. */
export const keyTexts = (buffer: Buffer, start: number, table: CapturedTable, pageKey: readonly string[]): KeyTexts => {
  const texts = new Map<string, string>();
  let position = start + 2;
  for (const column of table.columns) {
    const length = buffer.readInt32BE(position);
    position += 4;
    if (length < 0) continue;
    texts.set(column.name, buffer.toString('utf8', position, position + length));
    position += length;
  }
  return pageKey.map((name) => texts.get(name) ?? '');
};
