import type { EncodedValue, RowBatch, RowStatements } from '../dialect/row-statements.ts';
import type { TargetColumn } from '../table/table.ts';

/**
 * Values are literals in the text: bound numbers would travel as doubles (mysql2), and a text compared with a number or a
 * decimal is compared as a double by the server.
 */
const literal = (value: EncodedValue | undefined): string => (value === null || value === undefined ? 'NULL' : String(value));

/** A statement for many rows: a number in `row` stands for the literal of the column with that index. */
export interface RowTemplate {
  readonly head: string;
  readonly row: readonly (string | number)[];
  readonly separator: string;
  readonly tail: string;
}

type Target = Omit<RowBatch, 'rows'>;

const textOf = ({ head, row, separator, tail }: RowTemplate, rows: RowBatch['rows']): string => {
  const rowText = (values: readonly EncodedValue[]): string =>
    row.map((piece) => (typeof piece === 'string' ? piece : literal(values[piece]))).join('');
  return head + rows.map(rowText).join(separator) + tail;
};

export const insertTemplate = ({ table, columns }: Target): RowTemplate => ({
  head: `INSERT INTO ${table.quoted} (${columns.map(({ quoted }) => quoted).join(',')}) VALUES `,
  row: [...columns.flatMap((_, index) => [index === 0 ? '(' : ',', index]), ')'],
  separator: ',',
  tail: '',
});

/** Bytes for bytes, where the column itself would take `a` and `A` for one value. */
const exactly = ({ quoted, isFolded }: TargetColumn, index: number): readonly (string | number)[] =>
  isFolded ? [`(${quoted}=`, index, ` AND BINARY CONVERT(${quoted} USING utf8mb4)=BINARY `, index, ')'] : [`${quoted}=`, index];

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

export const upsertTemplate = (target: Target): RowTemplate => {
  const { columns, keyCount, hasOtherUniqueKeys } = target;
  const key = columns.slice(0, keyCount);
  const sets = columns.slice(keyCount).map(({ quoted }) => `${quoted}=VALUES(${quoted})`);
  const canCollide = hasOtherUniqueKeys || key.some(({ isFolded }) => isFolded);
  if (canCollide) sets.unshift(guard(key));
  else if (sets.length === 0) sets.push(`${key[0]?.quoted ?? ''}=${key[0]?.quoted ?? ''}`);
  return { ...insertTemplate(target), tail: ` ON DUPLICATE KEY UPDATE ${sets.join(',')}` };
};

const keyPieces = ({ columns, keyCount }: Target): readonly (string | number)[] =>
  columns.slice(0, keyCount).flatMap((column, index) => [...(index === 0 ? [] : [' AND ']), ...exactly(column, index)]);

export const deleteTemplate = (target: Target): RowTemplate => {
  const { table, columns } = target;
  const [column] = columns;
  const head = `DELETE FROM ${table.quoted} WHERE `;
  if (columns.length === 1 && column?.isFolded === false) {
    return { head: `${head}${column.quoted} IN (`, row: [0], separator: ',', tail: ')' };
  }
  return { head, row: ['(', ...keyPieces(target), ')'], separator: ' OR ', tail: '' };
};

const updateTemplate = (target: Target): RowTemplate => {
  const { table, columns, keyCount } = target;
  const sets = columns.flatMap(({ quoted }, index) => (index < keyCount ? [] : [`${index === keyCount ? '' : ','}${quoted}=`, index]));
  return { head: `UPDATE ${table.quoted} SET `, row: [...sets, ' WHERE ', ...keyPieces(target)], separator: '', tail: '' };
};

export const mysqlRows: RowStatements = {
  insert: (batch) => ({ text: textOf(insertTemplate(batch), batch.rows) }),
  upsert: (batch) => ({ text: textOf(upsertTemplate(batch), batch.rows) }),
  update: (batch) => {
    const template = updateTemplate(batch);
    return batch.rows.map((row) => ({ text: textOf(template, [row]) }));
  },
  delete: (batch) => ({ text: textOf(deleteTemplate(batch), batch.rows) }),
  // TRUNCATE would commit the transaction, and with it rows without their position.
  truncate: (table) => ({ text: `DELETE FROM ${table.quoted}` }),
};
