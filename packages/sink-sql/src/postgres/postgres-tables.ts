import type { SqlSession, SqlStatement } from '../dialect/session.ts';
import type { CatalogColumn, CatalogTable, ColumnPlan, TableId, TablePlan } from '../table/table.ts';
import { readPostgresForeignKeys } from './postgres-foreign-keys.ts';
import { quoteName, quoteTable } from './postgres-names.ts';
import { postgresColumnType, postgresText } from './postgres-types.ts';

/** A change that rewrites a large table takes its time. */
const DDL_MS = 600_000;

/** Type names with modifier -1: `bpchar` and not `character`, which in a cast would mean one character. */
const columnsOf = `
  SELECT a.attname AS name, format_type(a.atttypid, -1) AS type, a.attnotnull AS not_null, a.attgenerated <> '' AS is_generated,
         a.atthasdef OR a.attidentity <> '' AS has_default
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p', 'f', 'v') AND a.attnum > 0 AND NOT a.attisdropped
  ORDER BY a.attnum`;

const uniqueKeysOf = `
  SELECT i.indexrelid AS index, a.attname AS name
  FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, position)
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
  WHERE n.nspname = $1 AND c.relname = $2 AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
    AND k.position <= i.indnkeyatts
  ORDER BY i.indisprimary DESC, i.indexrelid, k.position`;

export const readPostgresTable = async (session: SqlSession, id: TableId, signal: AbortSignal): Promise<CatalogTable | null> => {
  const values = [id.schema, id.name];
  const found = await session.query({ text: columnsOf, values }, signal);
  if (found.rows.length === 0) return null;
  const columns = new Map<string, CatalogColumn>();
  for (const row of found.rows) {
    const name = row['name'] ?? '';
    columns.set(name, {
      name,
      type: row['type'] ?? 'text',
      isNullable: row['not_null'] === 'f',
      hasDefault: row['has_default'] === 't',
      isGenerated: row['is_generated'] === 't',
      isFolded: row['type'] === 'citext',
    });
  }
  const keys = new Map<string, string[]>();
  const indexed = await session.query({ text: uniqueKeysOf, values }, signal);
  for (const row of indexed.rows) {
    const index = row['index'] ?? '';
    keys.set(index, [...(keys.get(index) ?? []), row['name'] ?? '']);
  }
  return { id, columns, uniqueKeys: [...keys.values()], ...(await readPostgresForeignKeys(session, id, signal)) };
};

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const defaultClause = (plan: ColumnPlan, type: string): string => {
  const { column } = plan;
  if (column.isKey || column.defaultValue === undefined || column.defaultValue === null) return '';
  return ` DEFAULT ${literal(postgresText(column.type, type)(column.defaultValue))}`;
};

const definition = (plan: ColumnPlan, canBeRequired: boolean): string => {
  const { column } = plan;
  const type = postgresColumnType(column.type, column.sourceType);
  const byDefault = defaultClause(plan, type);
  const isRequired = column.isKey || (!column.isOptional && (canBeRequired || byDefault !== ''));
  return `${quoteName(column.name)} ${type}${byDefault}${isRequired ? ' NOT NULL' : ''}`;
};

export const createPostgresTable = (plan: TablePlan): SqlStatement => {
  const lines = plan.columns.map((column) => definition(column, true));
  const key = plan.columns.filter(({ column }) => column.isKey).map(({ column }) => quoteName(column.name));
  if (key.length > 0) lines.push(`PRIMARY KEY (${key.join(', ')})`);
  return { text: `CREATE TABLE IF NOT EXISTS ${quoteTable(plan.id)} (${lines.join(', ')})`, deadlineMs: DDL_MS };
};

/** A required column without default becomes nullable: the rows that are there have no value for it. */
export const addPostgresColumn = (table: TableId, column: ColumnPlan): SqlStatement => ({
  text: `ALTER TABLE ${quoteTable(table)} ADD COLUMN IF NOT EXISTS ${definition(column, false)}`,
  deadlineMs: DDL_MS,
});

export const allowPostgresNull = (table: TableId, column: CatalogColumn): SqlStatement => ({
  text: `ALTER TABLE ${quoteTable(table)} ALTER COLUMN ${quoteName(column.name)} DROP NOT NULL`,
  deadlineMs: DDL_MS,
});

export const dropPostgresColumn = (table: TableId, column: string): SqlStatement => ({
  text: `ALTER TABLE ${quoteTable(table)} DROP COLUMN IF EXISTS ${quoteName(column)}`,
  deadlineMs: DDL_MS,
});

/** The default goes: it would have to be of the new type. */
export const changePostgresType = (table: TableId, column: CatalogColumn, plan: ColumnPlan): SqlStatement => {
  const name = quoteName(column.name);
  const type = postgresColumnType(plan.column.type, plan.column.sourceType);
  const nullable = plan.column.isKey ? '' : `, ALTER COLUMN ${name} DROP NOT NULL`;
  return {
    text: `ALTER TABLE ${quoteTable(table)} ALTER COLUMN ${name} DROP DEFAULT, ALTER COLUMN ${name} TYPE ${type} USING ${name}::${type}${nullable}`,
    deadlineMs: DDL_MS,
  };
};
