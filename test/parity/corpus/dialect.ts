/** What random histories are made of, whatever kind of database they are played to. */
import type fc from 'fast-check';

/** A column type, and SQL expressions of its values. */
export interface GeneratedType {
  readonly sql: string;
  readonly value: fc.Arbitrary<string>;
}

/** A key column, and the SQL expression of its value in a row of this number. */
export interface GeneratedKey {
  readonly sql: string;
  readonly of: (row: number) => string;
}

export interface GeneratedColumn {
  readonly type: GeneratedType;
  readonly isRequired: boolean;
}

export interface GeneratedTable {
  readonly name: string;
  readonly key: GeneratedKey;
  /** Another column stands before the one that changes. */
  readonly hasTwoKeys: boolean;
  /** Of PostgreSQL's replicas. */
  readonly identity: 'DEFAULT' | 'FULL' | 'INDEX';
  readonly columns: readonly GeneratedColumn[];
  /** Made when the connectors stream already. */
  readonly isLate: boolean;
}

/** The words of a kind of database. Every statement is valid whatever came before. */
export interface Dialect {
  readonly types: readonly GeneratedType[];
  /** Values that do not stand in their row. */
  readonly longType: GeneratedType;
  readonly keys: readonly GeneratedKey[];
  /** Types whose columns may always be null. */
  readonly neverRequired: ReadonlySet<string>;
  /** Before there are tables. */
  readonly setUp: readonly string[];
  /** With all that belongs to it. */
  createTable(table: GeneratedTable): readonly string[];
  /** The end of an INSERT: a row that is there takes the values of these columns. */
  onConflict(table: GeneratedTable, columns: readonly string[]): string;
  /** Gives a row another key, unless there is a row of that key. */
  changeKey(table: GeneratedTable, from: string, to: string): string;
  truncate(tables: readonly GeneratedTable[]): string;
  /** A truncate can be a part of a transaction, and be rolled back. */
  readonly truncatesInTransactions: boolean;
  /** What is told besides rows. */
  readonly messages: readonly fc.Arbitrary<string>[];
  /** Each as the chapters that have to be told one after the other; every row is touched in each. `number`: of the alteration. */
  alterations(table: GeneratedTable, number: number): readonly fc.Arbitrary<readonly (readonly string[])[]>[];
}

/** The columns by name, in the order of a table's values. */
export const columnName = (index: number): string => `c${String(index)}`;

export const keyColumns = ({ hasTwoKeys }: GeneratedTable): string => (hasTwoKeys ? 'k, id' : 'id');

/** `CREATE TABLE` as every kind of database takes it; `optional` stands behind the type of a column that may be null. */
export const plainTable = (table: GeneratedTable, optional: string): string => {
  const { name, key, columns, hasTwoKeys } = table;
  const defined = columns.map(({ type, isRequired }, at) => `${columnName(at)} ${type.sql}${isRequired ? ' NOT NULL' : optional}`);
  const first = [`id ${key.sql}`, 'n int', ...(hasTwoKeys ? ['k int DEFAULT 1'] : [])];
  return `CREATE TABLE ${name} (${[...first, ...defined, `PRIMARY KEY (${keyColumns(table)})`].join(', ')})`;
};

/** The log tells nothing of what stands in rows that nobody touches. */
export const touchAll = (table: string): string => `UPDATE ${table} SET n = coalesce(n, 0) + 1`;

export const awaySuffix = '_away';

/** A name that a table has for one chapter: the rows that its topic tells of then go back with it, which nobody tells. */
export const awayName = ({ name }: GeneratedTable): string => name + awaySuffix;
