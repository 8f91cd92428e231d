import type { CatalogTable, ForeignKey } from './table.ts';

export type ForeignKeys = Pick<CatalogTable, 'foreignKeys' | 'isCascading'>;

/** From rows of the catalog, one per column and in their order: id of the constraint, schema, table, column, reference. */
export const foreignKeysOf = (rows: readonly Readonly<Record<string, string | null>>[]): readonly ForeignKey[] => {
  const found = new Map<string, { columns: string[]; references: string[]; table: ForeignKey['table'] }>();
  for (const row of rows) {
    const id = row['id'] ?? '';
    const known = found.get(id) ?? { columns: [], references: [], table: { schema: row['schema'] ?? '', name: row['table'] ?? '' } };
    known.columns.push(row['column'] ?? '');
    known.references.push(row['reference'] ?? '');
    found.set(id, known);
  }
  return [...found.values()];
};
