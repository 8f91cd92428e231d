import type { EncodedValue, RowBatch, RowStatements } from '../dialect/row-statements.ts';
import type { SqlStatement } from '../dialect/session.ts';
import type { TargetColumn } from '../table/table.ts';
import { arrayParameter, isArray } from './array-parameter.ts';

/** unnest flattens arrays of arrays, so values of array columns travel as text. */
const unnest = (columns: readonly TargetColumn[]): string =>
  columns.map((column, index) => `$${String(index + 1)}::${isArray(column) ? 'text' : column.columnType}[]`).join(', ');

const alias = (index: number): string => `c${String(index)}`;

const selected = (columns: readonly TargetColumn[]): string =>
  columns.map((column, index) => (isArray(column) ? `u.${alias(index)}::${column.columnType}` : `u.${alias(index)}`)).join(', ');

const source = (columns: readonly TargetColumn[]): string =>
  `unnest(${unnest(columns)}) AS u(${columns.map((_, index) => alias(index)).join(', ')})`;

const names = (columns: readonly TargetColumn[]): string => columns.map((column) => column.quoted).join(', ');

const bound = ({ columns, rows }: RowBatch, text: string): SqlStatement => ({
  text,
  values: columns.map((column, index) =>
    arrayParameter(
      column,
      rows.map((row): EncodedValue => row[index] ?? null),
    ),
  ),
  isRepeated: true,
});

type Target = Pick<RowBatch, 'table' | 'columns' | 'keyCount'>;

/** With an alias, because a table may itself be called `excluded`. */
export const insertText = ({ table, columns }: Target): string =>
  `INSERT INTO ${table.quoted} AS t (${names(columns)}) OVERRIDING SYSTEM VALUE SELECT ${selected(columns)} FROM ${source(columns)}`;

export const upsertText = (target: Target): string => {
  const { columns, keyCount } = target;
  const rest = columns.slice(keyCount);
  const action = rest.length === 0 ? 'NOTHING' : `UPDATE SET ${rest.map(({ quoted }) => `${quoted} = EXCLUDED.${quoted}`).join(', ')}`;
  return `${insertText(target)} ON CONFLICT (${names(columns.slice(0, keyCount))}) DO ${action}`;
};

const keyMatch = ({ columns, keyCount }: Target): string =>
  columns
    .slice(0, keyCount)
    .map((column, index) => `t.${column.quoted} = u.${alias(index)}`)
    .join(' AND ');

export const deleteText = (target: Target): string =>
  `DELETE FROM ${target.table.quoted} AS t USING ${source(target.columns)} WHERE ${keyMatch(target)}`;

export const postgresRows: RowStatements = {
  insert: (batch) => bound(batch, insertText(batch)),
  upsert: (batch) => bound(batch, upsertText(batch)),
  update: (batch) => {
    const { columns, keyCount } = batch;
    const isSet = columns.map((column, index) => ({ column, index })).slice(keyCount);
    const set = isSet.map(
      ({ column, index }) => `${column.quoted} = ${isArray(column) ? `u.${alias(index)}::${column.columnType}` : `u.${alias(index)}`}`,
    );
    return [bound(batch, `UPDATE ${batch.table.quoted} AS t SET ${set.join(', ')} FROM ${source(columns)} WHERE ${keyMatch(batch)}`)];
  },
  delete: (batch) => bound(batch, deleteText(batch)),
  truncate: (table) => ({ text: `TRUNCATE TABLE ${table.quoted}` }),
};
