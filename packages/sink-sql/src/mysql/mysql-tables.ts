import type { SqlSession, SqlStatement } from '../dialect/session.ts';
import type { CatalogColumn, CatalogTable, ColumnPlan, TableId, TablePlan } from '../table/table.ts';
import { diagnoseMysql } from './mysql-errors.ts';
import { readMysqlForeignKeys } from './mysql-foreign-keys.ts';
import { quoteName, quoteTable } from './mysql-names.ts';
import { mysqlColumnType, mysqlLiteral } from './mysql-types.ts';

/** A change that rewrites a large table takes its time. */
const DDL_MS = 600_000;

/** An index holds 3,072 bytes, at four bytes a character shared by the key's texts. */
const INDEX_CHARACTERS = 760;
const LONGEST_KEY_TEXT = 255;

/**
 * Keys that differ only in case, accents or trailing blanks are different keys at the source, so they must be here. Each
 * server has its own name for such a collation and takes the other's comment for a comment.
 */
const CHARACTER_SET = 'CHARACTER SET utf8mb4 COLLATE /*M!100200 utf8mb4_nopad_bin *//*!80017 utf8mb4_0900_bin */';

const columnOf = (row: Readonly<Record<string, string | null>>): CatalogColumn => {
  const extra = (row['Extra'] ?? '').toLowerCase();
  const collation = row['Collation'] ?? null;
  return {
    name: row['Field'] ?? '',
    type: `${row['Type'] ?? ''}${collation === null ? '' : ` COLLATE ${collation}`}`,
    isNullable: row['Null'] === 'YES',
    hasDefault: (row['Default'] ?? null) !== null || extra.includes('auto_increment') || extra.includes('default_generated'),
    isGenerated: /(?:virtual|stored|persistent) generated/.test(extra),
    isFolded: collation !== null && !collation.endsWith('_bin'),
  };
};

const uniqueKeysOf = (rows: readonly Readonly<Record<string, string | null>>[]): string[][] => {
  const keys = new Map<string, string[]>();
  const partial = new Set<string>();
  for (const row of rows) {
    const name = row['Key_name'] ?? '';
    if (row['Non_unique'] !== '0') continue;
    if ((row['Sub_part'] ?? null) !== null || (row['Column_name'] ?? null) === null) partial.add(name);
    keys.set(name, [...(keys.get(name) ?? []), row['Column_name'] ?? '']);
  }
  // A unique prefix or expression still makes rows collide: kept, but as no column's key.
  return [...keys].map(([name, columns]) => (partial.has(name) ? [] : columns));
};

export const readMysqlTable = async (session: SqlSession, id: TableId, signal: AbortSignal): Promise<CatalogTable | null> => {
  const table = quoteTable(id);
  try {
    const found = await session.query({ text: `SHOW FULL COLUMNS FROM ${table}` }, signal);
    const indexed = await session.query({ text: `SHOW INDEX FROM ${table}` }, signal);
    const columns = found.rows.map(columnOf);
    return {
      id,
      columns: new Map(columns.map((column) => [column.name.toLowerCase(), column])),
      uniqueKeys: uniqueKeysOf(indexed.rows),
      ...(await readMysqlForeignKeys(session, id, signal)),
    };
  } catch (error) {
    if (diagnoseMysql(error).diagnosis === 'missing') return null;
    throw error;
  }
};

const keyLength = (plan: ColumnPlan): number | undefined =>
  plan.column.isKey ? Math.min(LONGEST_KEY_TEXT, Math.floor(INDEX_CHARACTERS / Math.max(1, plan.keyShare))) : undefined;

/** In parentheses, as an expression: texts and JSON take no plain default. */
const defaultClause = (plan: ColumnPlan, type: string): string => {
  const { column } = plan;
  if (column.isKey || column.defaultValue === undefined || column.defaultValue === null) return '';
  if (column.type.kind === 'point' || column.type.kind === 'geometry') return '';
  return ` DEFAULT (${mysqlLiteral(column.type, type)(column.defaultValue)})`;
};

const definition = (plan: ColumnPlan, canBeRequired: boolean): string => {
  const { column } = plan;
  const type = mysqlColumnType(column.type, keyLength(plan));
  const byDefault = defaultClause(plan, type);
  const isRequired = column.isKey || (!column.isOptional && (canBeRequired || byDefault !== ''));
  return `${quoteName(column.name)} ${type}${isRequired ? ' NOT NULL' : ' NULL'}${byDefault}`;
};

export const createMysqlTable = (plan: TablePlan): SqlStatement => {
  const lines = plan.columns.map((column) => definition(column, true));
  const key = plan.columns.filter(({ column }) => column.isKey).map(({ column }) => quoteName(column.name));
  if (key.length > 0) lines.push(`PRIMARY KEY (${key.join(', ')})`);
  return {
    text: `CREATE TABLE IF NOT EXISTS ${quoteTable(plan.id)} (${lines.join(', ')}) ENGINE=InnoDB ${CHARACTER_SET}`,
    deadlineMs: DDL_MS,
  };
};

/** A required column without default becomes nullable: the rows that are there have no value for it. */
export const addMysqlColumn = (table: TableId, column: ColumnPlan): SqlStatement => ({
  text: `ALTER TABLE ${quoteTable(table)} ADD COLUMN ${definition(column, false)}`,
  deadlineMs: DDL_MS,
});

export const allowMysqlNull = (table: TableId, column: CatalogColumn): SqlStatement => ({
  text: `ALTER TABLE ${quoteTable(table)} MODIFY COLUMN ${quoteName(column.name)} ${column.type} NULL`,
  deadlineMs: DDL_MS,
});

export const dropMysqlColumn = (table: TableId, column: string): SqlStatement => ({
  text: `ALTER TABLE ${quoteTable(table)} DROP COLUMN ${quoteName(column)}`,
  deadlineMs: DDL_MS,
});

export const changeMysqlType = (table: TableId, column: CatalogColumn, plan: ColumnPlan): SqlStatement => ({
  text: `ALTER TABLE ${quoteTable(table)} MODIFY COLUMN ${quoteName(column.name)} ${mysqlColumnType(plan.column.type, keyLength(plan))} ${
    plan.column.isKey ? 'NOT NULL' : 'NULL'
  }`,
  deadlineMs: DDL_MS,
});
