import type { SqlSession } from '../dialect/session.ts';
import { foreignKeysOf, type ForeignKeys } from '../table/foreign-keys.ts';
import type { TableId } from '../table/table.ts';

const ownOf = `
  SELECT constraint_name AS \`id\`, referenced_table_schema AS \`schema\`, referenced_table_name AS \`table\`,
    column_name AS \`column\`, referenced_column_name AS \`reference\`
  FROM information_schema.key_column_usage
  WHERE table_schema = ? AND table_name = ? AND referenced_table_name IS NOT NULL
  ORDER BY constraint_name, ordinal_position`;

const cascadesFrom = `
  SELECT 1 AS found FROM information_schema.referential_constraints
  WHERE unique_constraint_schema = ? AND referenced_table_name = ?
    AND (delete_rule IN ('CASCADE', 'SET NULL', 'SET DEFAULT') OR update_rule IN ('CASCADE', 'SET NULL', 'SET DEFAULT')) LIMIT 1`;

export const readMysqlForeignKeys = async (session: SqlSession, id: TableId, signal: AbortSignal): Promise<ForeignKeys> => {
  const values = [id.schema, id.name];
  const own = await session.query({ text: ownOf, values }, signal);
  const cascades = await session.query({ text: cascadesFrom, values }, signal);
  return { foreignKeys: foreignKeysOf(own.rows), isCascading: cascades.rows.length > 0 };
};
