import type { EncodedValue, RowBatch, RowStatements } from '../dialect/row-statements.ts';
import type { TargetColumn } from '../table/table.ts';

/**
 * Values are literals in the text: bound numbers would travel as doubles (mysql2), and a text compared with a number or a
 * decimal is compared as a double by the server.
 */
const literal = (value: EncodedValue | undefined): string => (value === null || value === undefined ? 'NULL' : String(value));

const tuples = (rows: RowBatch['rows']): string => rows.map((row) => `(${row.map(literal).join(',')})`).join(',');

const insertText = ({ table, columns, rows }: RowBatch): string =>
  `INSERT INTO ${table.quoted} (${columns.map(({ quoted }) => quoted).join(',')}) VALUES ${tuples(rows)}`;

/** Bytes for bytes, where the column itself would take `a` and `A` for one value. */
const exactly = (column: TargetColumn, value: string): string =>
  column.isFolded
    ? `(${column.quoted}=${value} AND BINARY CONVERT(${column.quoted} USING utf8mb4)=BINARY ${value})`
    : `${column.quoted}=${value}`;

const sameKey = (column: TargetColumn): string =>
  column.isFolded ? `BINARY ${column.quoted}<=>BINARY VALUES(${column.quoted})` : `${column.quoted}<=>VALUES(${column.quoted})`;

/**
 * ON DUPLICATE KEY fires for any unique index: without the guard a row would silently overwrite another row that holds
 * the same unique value. The guard's subquery of two rows is an error (1242) where the row found has another key.
 */
const guard = (key: readonly TargetColumn[]): string => {
  const first = key[0]?.quoted ?? '';
  return `${first}=IF(${key.map(sameKey).join(' AND ')},${first},(SELECT ${first} UNION ALL SELECT ${first}))`;
};

const upsertText = (batch: RowBatch): string => {
  const { columns, keyCount, hasOtherUniqueKeys } = batch;
  const key = columns.slice(0, keyCount);
  const sets = columns.slice(keyCount).map(({ quoted }) => `${quoted}=VALUES(${quoted})`);
  const canCollide = hasOtherUniqueKeys || key.some(({ isFolded }) => isFolded);
  if (canCollide) sets.unshift(guard(key));
  else if (sets.length === 0) sets.push(`${key[0]?.quoted ?? ''}=${key[0]?.quoted ?? ''}`);
  return `${insertText(batch)} ON DUPLICATE KEY UPDATE ${sets.join(',')}`;
};

const keyText = ({ columns, keyCount }: RowBatch, row: readonly EncodedValue[]): string =>
  columns
    .slice(0, keyCount)
    .map((column, index) => exactly(column, literal(row[index])))
    .join(' AND ');

export const mysqlRows: RowStatements = {
  insert: (batch) => ({ text: insertText(batch) }),
  upsert: (batch) => ({ text: upsertText(batch) }),
  update: (batch) =>
    batch.rows.map((row) => {
      const sets = batch.columns.map((column, index) => `${column.quoted}=${literal(row[index])}`).slice(batch.keyCount);
      return { text: `UPDATE ${batch.table.quoted} SET ${sets.join(',')} WHERE ${keyText(batch, row)}` };
    }),
  delete: (batch) => {
    const [column] = batch.columns;
    const isPlain = batch.columns.length === 1 && column?.isFolded === false;
    const where = isPlain
      ? `${column.quoted} IN (${batch.rows.map((row) => literal(row[0])).join(',')})`
      : batch.rows.map((row) => `(${keyText(batch, row)})`).join(' OR ');
    return { text: `DELETE FROM ${batch.table.quoted} WHERE ${where}` };
  },
  // TRUNCATE would commit the transaction, and with it rows without their position.
  truncate: (table) => ({ text: `DELETE FROM ${table.quoted}` }),
};
