/** A column of a corpus table: values are SQL literals, one per row; rows beyond them hold null. */
export interface TypedColumn {
  readonly name: string;
  readonly type: string;
  readonly values: readonly string[];
}

/** A table whose rows, written side by side, show each edge of each type once. */
export interface TypedTable {
  readonly name: string;
  readonly columns: readonly TypedColumn[];
}

/** `type` with the texts of its values; the column is named after the type. */
export const column = (type: string, ...texts: readonly string[]): TypedColumn => ({
  name: `c_${type
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replace(/_$/, '')}${type.endsWith('[]') ? 's' : ''}`,
  type,
  values: texts.map((text) => `'${text.replaceAll("'", "''")}'`),
});

export const createTable = ({ name, columns }: TypedTable): string =>
  `CREATE TABLE ${name} (id integer PRIMARY KEY, ${columns.map((entry) => `${entry.name} ${entry.type}`).join(', ')})`;

/** One INSERT per row, the last of them all null; ids count from `firstId`. */
export const insertRows = ({ name, columns }: TypedTable, firstId: number): readonly string[] => {
  const rows = Math.max(...columns.map((entry) => entry.values.length)) + 1;
  return Array.from({ length: rows }, (_, row) => {
    const values = columns.map((entry) => entry.values[row] ?? 'NULL');
    return `INSERT INTO ${name} VALUES (${[String(firstId + row), ...values].join(', ')})`;
  });
};
