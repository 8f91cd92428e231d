import type { Schema } from '@headrace/connector-api';

/** A captured column as its consumers see it. */
export interface Column {
  readonly name: string;
  /** With optionality, default and semantic name, as in the Value struct. */
  readonly schema: Schema;
  /** In the Key, where that says less than the Value; left out: the same. */
  readonly keySchema?: Schema;
}

/**
 * A column's schemas, where the field in Values says `parameters` beyond its type: masks and source types, of which keys say
 * nothing, as Debezium's.
 */
export const columnSchemas = (schema: Schema, parameters: Readonly<Record<string, string>>): Pick<Column, 'schema' | 'keySchema'> =>
  Object.keys(parameters).length === 0
    ? { schema }
    : { schema: { ...schema, parameters: { ...schema.parameters, ...parameters } }, keySchema: schema };

/** A table in one of its versions: a changed column makes a new object. */
export interface TableSchema {
  readonly catalog?: string;
  readonly schema?: string;
  readonly name: string;
  /** Captured columns in table order; rows are arrays of values in this order. */
  readonly columns: readonly Column[];
  /** Names of the key columns, in key order; empty: records have no key. */
  readonly key: readonly string[];
}

/** `public.orders`, or `shop.orders` where a database has no schemas: what filters and topics are made of. */
export const tablePath = (table: Pick<TableSchema, 'catalog' | 'schema' | 'name'>): string => {
  const parent = table.schema ?? table.catalog;
  return parent === undefined ? table.name : `${parent}.${table.name}`;
};
