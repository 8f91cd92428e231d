import type { EncodedValue, RowBatch, RowStatements } from '../dialect/row-statements.ts';
import type { SqlStatement } from '../dialect/session.ts';
import type { TargetColumn } from '../table/table.ts';
import { binaryArray, binaryTextArray, textOids } from './binary-array.ts';
import { binaryForm } from './binary-values.ts';
import { arrayElement } from './postgres-types.ts';

/**
 * Rows travel as one array per column: the text of a statement depends on its columns alone, so it is prepared once and
 * the number of rows meets no limit of parameters. Arrays are binary where their values are: numbers, moments and texts.
 */
const arrayParameter = (column: TargetColumn, index: number, rows: RowBatch['rows']): string | Buffer => {
  const values = rows.map((row): EncodedValue => row[index] ?? null);
  const form = binaryForm(column.columnType);
  if (form !== undefined && values.every(isNumberOrNull)) return binaryArray(form, values);
  const texts =
    form === undefined ? (values as (string | null)[]) : values.map((value) => (typeof value === 'number' ? form.text(value) : value));
  const oid = textOids[column.columnType];
  return oid === undefined ? arrayLiteral(column, texts) : binaryTextArray(oid, texts);
};

const isNumberOrNull = (value: EncodedValue): value is number | null => typeof value === 'number' || value === null;

const arrayLiteral = (column: TargetColumn, texts: readonly (string | null)[]): string => {
  const element = isArray(column) ? quotedArrays : arrayElement(column.type);
  return `{${texts.map((text) => (text === null ? 'NULL' : element(text))).join(',')}}`;
};

const isArray = (column: TargetColumn): boolean => column.columnType.endsWith('[]');
const quotedArrays = arrayElement({ kind: 'string', length: undefined });

/** unnest flattens arrays of arrays, so values of array columns travel as text. */
const unnest = (columns: readonly TargetColumn[]): string =>
  columns.map((column, index) => `$${String(index + 1)}::${isArray(column) ? 'text' : column.columnType}[]`).join(', ');

const alias = (index: number): string => `c${String(index)}`;

const selected = (columns: readonly TargetColumn[]): string =>
  columns.map((column, index) => (isArray(column) ? `u.${alias(index)}::${column.columnType}` : `u.${alias(index)}`)).join(', ');

const source = (columns: readonly TargetColumn[]): string =>
  `unnest(${unnest(columns)}) AS u(${columns.map((_, index) => alias(index)).join(', ')})`;

const names = (columns: readonly TargetColumn[]): string => columns.map((column) => column.quoted).join(', ');

const bound = (batch: RowBatch, text: string): SqlStatement => ({
  text,
  values: batch.columns.map((column, index) => arrayParameter(column, index, batch.rows)),
  isRepeated: true,
});

/** With an alias, because a table may itself be called `excluded`. */
const insertText = ({ table, columns }: RowBatch): string =>
  `INSERT INTO ${table.quoted} AS t (${names(columns)}) OVERRIDING SYSTEM VALUE SELECT ${selected(columns)} FROM ${source(columns)}`;

const conflictText = ({ columns, keyCount }: RowBatch): string => {
  const rest = columns.slice(keyCount);
  const action = rest.length === 0 ? 'NOTHING' : `UPDATE SET ${rest.map(({ quoted }) => `${quoted} = EXCLUDED.${quoted}`).join(', ')}`;
  return ` ON CONFLICT (${names(columns.slice(0, keyCount))}) DO ${action}`;
};

const keyMatch = ({ columns, keyCount }: RowBatch): string =>
  columns
    .slice(0, keyCount)
    .map((column, index) => `t.${column.quoted} = u.${alias(index)}`)
    .join(' AND ');

export const postgresRows: RowStatements = {
  insert: (batch) => bound(batch, insertText(batch)),
  upsert: (batch) => bound(batch, insertText(batch) + conflictText(batch)),
  update: (batch) => {
    const { columns, keyCount } = batch;
    const isSet = columns.map((column, index) => ({ column, index })).slice(keyCount);
    const set = isSet.map(
      ({ column, index }) => `${column.quoted} = ${isArray(column) ? `u.${alias(index)}::${column.columnType}` : `u.${alias(index)}`}`,
    );
    return [bound(batch, `UPDATE ${batch.table.quoted} AS t SET ${set.join(', ')} FROM ${source(columns)} WHERE ${keyMatch(batch)}`)];
  },
  delete: (batch) => bound(batch, `DELETE FROM ${batch.table.quoted} AS t USING ${source(batch.columns)} WHERE ${keyMatch(batch)}`),
  truncate: (table) => ({ text: `TRUNCATE TABLE ${table.quoted}` }),
};
