import type { SqlSession } from '../dialect/session.ts';
import { foreignKeysOf, type ForeignKeys } from '../table/foreign-keys.ts';
import type { TableId } from '../table/table.ts';

const ownOf = `
  SELECT con.oid AS id, fn.nspname AS schema, fc.relname AS table, a.attname AS column, fa.attname AS reference
  FROM pg_constraint con JOIN pg_class c ON c.oid = con.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_class fc ON fc.oid = con.confrelid JOIN pg_namespace fn ON fn.oid = fc.relnamespace
  CROSS JOIN LATERAL unnest(con.conkey, con.confkey) WITH ORDINALITY AS k(attnum, refnum, position)
  JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k.attnum
  JOIN pg_attribute fa ON fa.attrelid = con.confrelid AND fa.attnum = k.refnum
  WHERE n.nspname = $1 AND c.relname = $2 AND con.contype = 'f'
  ORDER BY con.oid, k.position`;

/** Actions: c cascade, n set null, d set default; a and r refuse. */
const cascadesFrom = `
  SELECT 1 AS found FROM pg_constraint con JOIN pg_class c ON c.oid = con.confrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relname = $2 AND con.contype = 'f'
    AND (con.confdeltype IN ('c', 'n', 'd') OR con.confupdtype IN ('c', 'n', 'd')) LIMIT 1`;

export const readPostgresForeignKeys = async (session: SqlSession, id: TableId, signal: AbortSignal): Promise<ForeignKeys> => {
  const values = [id.schema, id.name];
  const own = await session.query({ text: ownOf, values }, signal);
  const cascades = await session.query({ text: cascadesFrom, values }, signal);
  return { foreignKeys: foreignKeysOf(own.rows), isCascading: cascades.rows.length > 0 };
};
