/** What the system catalogs say about tables, columns, keys and types. Pure reading; no state but the connection. */
import type { Client } from 'pg';
import type { PgType } from './types/column-type.ts';
import { query } from './wire/connection.ts';

export interface CatalogTable {
  readonly id: number;
  readonly schema: string;
  readonly name: string;
  /** d default, n nothing, f full, i index. */
  readonly identity: string;
  readonly isPartitioned: boolean;
  readonly columns: readonly CatalogColumn[];
  readonly keys: readonly CatalogKey[];
}

export interface CatalogColumn {
  readonly name: string;
  readonly typeId: number;
  readonly typeModifier: number;
  readonly isRequired: boolean;
  /** As pg_get_expr prints it. */
  readonly defaultExpression: string | null;
  readonly comment: string | null;
  /** Stored generated columns do not reach the log before PostgreSQL 18. */
  readonly isGenerated: boolean;
}

/** Primary key or unique index of plain columns; the primary key first, then by name of the index. */
export interface CatalogKey {
  readonly isPrimary: boolean;
  readonly isIdentity: boolean;
  readonly columns: readonly string[];
}

/** A table without its columns. */
export interface TableRow {
  readonly id: number;
  readonly schema: string;
  readonly name: string;
  readonly identity: string;
  readonly isPartitioned: boolean;
}

interface ColumnRow {
  readonly table_id: number;
  readonly name: string;
  readonly type_id: number;
  readonly modifier: number;
  readonly is_required: boolean;
  readonly default_expression: string | null;
  readonly comment: string | null;
  readonly is_generated: boolean;
}

interface KeyRow {
  readonly table_id: number;
  readonly is_primary: boolean;
  readonly is_identity: boolean;
  readonly columns: readonly string[];
}

const TABLES = `
  SELECT c.oid::int8::float8 AS id, n.nspname::text AS schema, c.relname::text AS name, c.relreplident::text AS identity,
         c.relkind = 'p' AS "isPartitioned"
  FROM pg_publication_tables p
  JOIN pg_namespace n ON n.nspname = p.schemaname
  JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = p.tablename
  WHERE p.pubname = $1
  ORDER BY 2, 3`;

const COLUMNS = `
  SELECT a.attrelid::int8::float8 AS table_id, a.attname::text AS name, a.atttypid::int8::float8 AS type_id, a.atttypmod AS modifier,
         a.attnotnull OR (t.typtype = 'd' AND t.typnotnull) AS is_required,
         pg_get_expr(d.adbin, d.adrelid) AS default_expression,
         col_description(a.attrelid, a.attnum) AS comment,
         a.attgenerated <> '' AS is_generated
  FROM pg_attribute a
  JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.attgenerated = ''
  WHERE a.attrelid = ANY($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
  ORDER BY a.attrelid, a.attnum`;

const KEYS = `
  SELECT i.indrelid::int8::float8 AS table_id, i.indisprimary AS is_primary, i.indisreplident AS is_identity,
         array_agg(a.attname::text ORDER BY k.ordinal) AS columns
  FROM pg_index i
  JOIN pg_class c ON c.oid = i.indexrelid
  CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(attnum, ordinal)
  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
  WHERE i.indrelid = ANY($1::oid[]) AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
    AND k.ordinal <= i.indnkeyatts
  GROUP BY i.indrelid, i.indisprimary, i.indisreplident, c.relname
  ORDER BY i.indisprimary DESC, c.relname`;

/** Types of the given ids, with the elements and base types under them. */
const TYPES = `
  WITH RECURSIVE wanted(id) AS (
    SELECT unnest($1::oid[])
    UNION
    SELECT u.id FROM wanted w JOIN pg_type t ON t.oid = w.id
    CROSS JOIN LATERAL (VALUES (t.typelem), (t.typbasetype)) AS u(id) WHERE u.id <> 0
  )
  SELECT t.oid::int8::float8 AS id, t.typname::text AS name, t.typtype::text AS kind,
         CASE WHEN EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid) THEN t.typelem ELSE 0 END::int8::float8 AS "elementId",
         t.typdelim::text AS delimiter,
         t.typbasetype::int8::float8 AS "baseId", t.typtypmod AS "baseModifier",
         coalesce((SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid), '{}') AS labels
  FROM wanted w JOIN pg_type t ON t.oid = w.id`;

/** Ids, schemas and names of what a publication publishes: partitions or their roots, as it is set. */
export const publishedTables = (client: Client, publication: string): Promise<readonly TableRow[]> =>
  query<TableRow>(client, TABLES, [publication]);

/** Columns and keys of tables. A table that is gone comes without columns. */
export const describeTables = async (client: Client, tables: readonly TableRow[]): Promise<readonly CatalogTable[]> => {
  const ids = [tables.map((table) => table.id)];
  const columns = Map.groupBy(await query<ColumnRow>(client, COLUMNS, ids), (row) => row.table_id);
  const keys = Map.groupBy(await query<KeyRow>(client, KEYS, ids), (row) => row.table_id);
  return tables.map((table) => ({
    ...table,
    columns: (columns.get(table.id) ?? []).map(toColumn),
    keys: (keys.get(table.id) ?? []).map((row) => ({ isPrimary: row.is_primary, isIdentity: row.is_identity, columns: row.columns })),
  }));
};

const toColumn = (row: ColumnRow): CatalogColumn => ({
  name: row.name,
  typeId: row.type_id,
  typeModifier: row.modifier,
  isRequired: row.is_required,
  defaultExpression: row.default_expression,
  comment: row.comment,
  isGenerated: row.is_generated,
});

export const describeTypes = async (client: Client, typeIds: readonly number[]): Promise<ReadonlyMap<number, PgType>> => {
  const types = await query<PgType>(client, TYPES, [typeIds]);
  return new Map(types.map((type) => [type.id, type]));
};
