import type { RowCounts } from '@headrace/cdc';
import { hasReaction } from '@headrace/foundation';
import type { Client } from 'pg';
import { query, quoteName } from '../wire/connection.ts';

export interface EstimatedTable {
  readonly id: number;
  readonly schema: string;
  readonly name: string;
  /** A statement that is read in its place. */
  readonly select?: string | null;
}

interface SizeRow {
  readonly id: number;
  readonly rows: number;
  readonly pages: number;
  readonly isUnknown: boolean;
}

/** As the planner does, statistics are scaled by how much the table has grown; those of partitions count for their root. */
const SIZES = `
  SELECT c.oid::int8::float8 AS id, sum(pages)::float8 AS pages, bool_or(leaf.reltuples < 0) AS "isUnknown",
    sum(greatest(leaf.reltuples, 0) * CASE WHEN leaf.relpages > 0 THEN pages / leaf.relpages ELSE 1 END)::float8 AS rows
  FROM pg_class c LEFT JOIN LATERAL pg_partition_tree(c.oid) part ON part.isleaf
    JOIN pg_class leaf ON leaf.oid = coalesce(part.relid, c.oid), LATERAL (SELECT pg_relation_size(leaf.oid) / 8192.0 AS pages) size
  WHERE c.oid = ANY($1::oid[]) GROUP BY c.oid`;

/** The planner takes a table without statistics for one of at least ten pages. */
const PLANNER_PAGES = 10;

/** What the server thinks how many rows tables have, by path. */
export const estimatedRows = async (client: Client, tables: readonly EstimatedTable[]): Promise<RowCounts> => {
  const sizes = await query<SizeRow>(client, SIZES, [tables.map(({ id }) => id)]);
  const byId = new Map(sizes.map((size) => [size.id, size]));
  const counts: [string, number][] = [];
  for (const table of tables) counts.push([`${table.schema}.${table.name}`, Math.round(await rowsOf(client, table, byId.get(table.id)))]);
  return Object.fromEntries(counts);
};

const rowsOf = async (client: Client, { schema, name, select }: EstimatedTable, size: SizeRow | undefined): Promise<number> => {
  if (typeof select === 'string') return (await plannedRows(client, select)) ?? 0;
  if (size?.isUnknown !== true || size.pages === 0) return size?.rows ?? 0;
  const planned = await plannedRows(client, `SELECT 1 FROM ${quoteName(schema)}.${quoteName(name)}`);
  return (planned ?? 0) * Math.min(1, size.pages / PLANNER_PAGES);
};

/** What the planner expects a statement to give; null where the server refuses it. */
export const plannedRows = async (client: Client, select: string): Promise<number | null> => {
  try {
    const [row] = await query<{ readonly 'QUERY PLAN': readonly [{ readonly Plan: { readonly 'Plan Rows': number } }] }>(
      client,
      `EXPLAIN (FORMAT JSON) ${select}`,
    );
    return row?.['QUERY PLAN'][0].Plan['Plan Rows'] ?? null;
  } catch (error) {
    if (hasReaction(error, 'retry')) throw error;
    return null;
  }
};
