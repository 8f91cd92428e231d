/** A row of a workload: whole numbers by column. */
export type RowNumbers = Readonly<Record<string, number>>;

/** What one statement did to a row. */
export interface RowChange {
  readonly kind: 'insert' | 'update';
  readonly table: string;
  /** All of it, as it is then. */
  readonly row: RowNumbers;
}

/** What a table of a workload is called in a database. */
export type Naming = (table: string) => string;

/**
 * Transactions of a source, one after the other, and what must be true of its copy at every moment. It knows no database: tests
 * make records of it, or statements.
 */
export interface Workload {
  /** Columns by table; the first is the key. */
  readonly columns: ReadonlyMap<string, readonly string[]>;
  /** Tables with their constraints, for PostgreSQL as for MySQL. */
  ddl(name: Naming): readonly string[];
  /** The rows to begin with, in an order that the constraints allow. */
  readonly initial: readonly RowChange[];
  /** Changes of the next transaction. */
  next(): readonly RowChange[];
  /** One row: columns that must have the values of `expected` in every state that a reader sees. */
  invariant(name: Naming): string;
  readonly expected: Readonly<Record<string, string>>;
  /** One row with the column `progress`: a number that grows with the transactions. */
  progress(name: Naming): string;
  /** All rows as they are after what `next` has told, by table and in the order of their keys. */
  rows(): ReadonlyMap<string, readonly RowNumbers[]>;
}

/** The statement that made the change. */
export const statementOf = ({ kind, table, row }: RowChange, columns: Workload['columns'], name: Naming = (same) => same): string => {
  const [key = '', ...others] = columns.get(table) ?? [];
  const valueOf = (column: string): string => String(row[column]);
  if (kind === 'insert') {
    const all = [key, ...others];
    return `INSERT INTO ${name(table)} (${all.join(', ')}) VALUES (${all.map(valueOf).join(', ')})`;
  }
  return `UPDATE ${name(table)} SET ${others.map((column) => `${column} = ${valueOf(column)}`).join(', ')} WHERE ${key} = ${valueOf(key)}`;
};
