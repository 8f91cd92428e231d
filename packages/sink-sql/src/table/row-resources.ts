import type { ForeignKey, RowResource, TableId } from './table.ts';

/** The same for the same columns, in whatever order they are told. */
const resource = (table: TableId, columns: readonly string[], valuesOf: readonly string[], names: readonly string[]): RowResource[] => {
  const pairs = columns.map((column, at) => [column, names.indexOf(valuesOf[at] ?? '')] as const);
  if (pairs.length === 0 || pairs.some(([, index]) => index < 0)) return [];
  const ordered = pairs.toSorted(([one], [other]) => (one < other ? -1 : 1));
  return [
    { name: JSON.stringify([table.schema, table.name, ...ordered.map(([column]) => column)]), indexes: ordered.map(([, index]) => index) },
  ];
};

/** Keys and unique values that rows with these columns have in their table; each once. */
export const rowResources = (table: TableId, keys: readonly (readonly string[])[], names: readonly string[]): readonly RowResource[] => {
  const found = keys.flatMap((key) => resource(table, key, key, names));
  return [...new Map(found.map((one) => [one.name, one])).values()];
};

/** The row of another table that rows with these columns need; none where a column is not among them. */
export const referenceResource = ({ columns, table, references }: ForeignKey, names: readonly string[]): readonly RowResource[] =>
  resource(table, references, columns, names);
