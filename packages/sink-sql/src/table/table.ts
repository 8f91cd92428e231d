import type { LogicalType } from '../types/logical-type.ts';
import type { EncodeValue } from '../types/plain-text.ts';

/** A table by its exact name: never folded, always quoted. */
export interface TableId {
  /** Schema in PostgreSQL, database in MySQL. */
  readonly schema: string;
  readonly name: string;
}

/** A column as a record's schema wants it. */
export interface RowColumn {
  readonly name: string;
  readonly type: LogicalType;
  readonly isKey: boolean;
  readonly isOptional: boolean;
  /** Physical default value of the field; undefined: none. */
  readonly defaultValue: unknown;
  /** Type name at the source, where the source propagates it (upper case). */
  readonly sourceType: string | undefined;
}

/** A column as the target has it. */
export interface CatalogColumn {
  readonly name: string;
  /** PostgreSQL: without modifiers, fit for a cast. MySQL: the whole type. */
  readonly type: string;
  readonly isNullable: boolean;
  readonly hasDefault: boolean;
  /** Computed by the server: nothing may be written to it. */
  readonly isGenerated: boolean;
  /** Text that is compared without regard to case or accents. */
  readonly isFolded: boolean;
}

export interface CatalogTable {
  readonly id: TableId;
  /** By the dialect's `columnKey`. */
  readonly columns: ReadonlyMap<string, CatalogColumn>;
  /** Column names of every unique index over plain columns, the primary key included. */
  readonly uniqueKeys: readonly (readonly string[])[];
  readonly foreignKeys: readonly ForeignKey[];
  /** Deletes of its rows, or changes of their keys, change rows of other tables (ON DELETE CASCADE and the like). */
  readonly isCascading: boolean;
}

/** Columns whose values must be found in another table. */
export interface ForeignKey {
  readonly columns: readonly string[];
  readonly table: TableId;
  readonly references: readonly string[];
}

/** A key or a unique value of a table, by which rows of different transactions meet. */
export interface RowResource {
  /** Table and columns. */
  readonly name: string;
  /** Where a row's values have it. */
  readonly indexes: readonly number[];
}

/** A column to be written in DDL. */
export interface ColumnPlan {
  readonly column: RowColumn;
  /** Number of text or bytes columns in the key, which share the room of an index. */
  readonly keyShare: number;
}

/** A table to be created. The key comes in the order of its columns here. */
export interface TablePlan {
  readonly id: TableId;
  readonly columns: readonly ColumnPlan[];
}

/** A column that values are written to. */
export interface TargetColumn {
  readonly name: string;
  /** The name at the target, quoted. */
  readonly quoted: string;
  readonly type: LogicalType;
  /** As in the catalog. */
  readonly columnType: string;
  readonly isFolded: boolean;
  readonly encode: EncodeValue;
}

/** A table that rows are written to; always the same object for the same table. */
export interface TargetTable {
  readonly id: TableId;
  /** Schema and name, quoted. */
  readonly quoted: string;
}

/** Columns of one record schema in one table: the key first. Shared by all records of that schema. */
export interface RowShape {
  readonly table: TargetTable;
  readonly keyCount: number;
  readonly columns: readonly TargetColumn[];
  /** The table has a unique index besides the key, so that a row may collide with another row. */
  readonly hasOtherUniqueKeys: boolean;
  /** Names of the key's columns: rows with another signature cannot be told apart from each other. */
  readonly keySignature: string;
  /** Its key and its unique values. */
  readonly resources: readonly RowResource[];
  /** Keys of other rows that it needs. */
  readonly references: readonly RowResource[];
  readonly isCascading: boolean;
}
