import { primitive, structOf, withOptional, type Schema, type StructSchema } from '@headrace/connector-api';
import { nameAdjustment } from './event/name-adjustment.ts';
import { transactionBlockSchema } from './event/transaction-metadata.ts';
import type { TableSchema } from './table-schema.ts';

/** Schemas of one table version: one object each, for the life of the version. */
export interface EnvelopeSchemas {
  /** null: the table has no key, records have none either. */
  readonly key: StructSchema | null;
  /** The row: `before` and `after`. */
  readonly row: StructSchema;
  readonly envelope: StructSchema;
}

export interface EnvelopeNaming {
  readonly schemaNameAdjustment: string;
  readonly fieldNameAdjustment: string;
}

const optionalTransaction = withOptional(transactionBlockSchema, true);
const optionalLong = primitive('int64', { isOptional: true });
const text = primitive('string');

/** What stands behind the source block, in this order and in every envelope alike. */
export const envelopeEnd = {
  transaction: optionalTransaction,
  op: text,
  ts_ms: optionalLong,
  ts_us: optionalLong,
  ts_ns: optionalLong,
} as const satisfies Readonly<Record<string, Schema>>;

/**
 * Builds `<topic>.Key`, `<topic>.Value` and `<topic>.Envelope` (version 2). Field order is Debezium's, `transaction`
 * before `op`. `source` is the connector's source block.
 */
export const envelopeSchemas = (table: TableSchema, topic: string, source: StructSchema, naming: EnvelopeNaming): EnvelopeSchemas => {
  const schemaName = nameAdjustment(naming.schemaNameAdjustment, 'schema');
  const fieldName = nameAdjustment(naming.fieldNameAdjustment, 'field');
  const field = (name: string): readonly [string, Schema] => {
    const column = table.columns.find((candidate) => candidate.name === name);
    if (column === undefined) throw new TypeError(`Key column ${name} is no column of table ${table.name}.`);
    return [fieldName(name), column.keySchema ?? column.schema];
  };
  const row = structOf(
    table.columns.map((column) => [fieldName(column.name), column.schema] as const),
    { name: schemaName(`${topic}.Value`), isOptional: true },
  );
  return {
    key: table.key.length === 0 ? null : structOf(table.key.map(field), { name: schemaName(`${topic}.Key`) }),
    row,
    envelope: structOf([['before', row], ['after', row], ['source', source], ...Object.entries(envelopeEnd)], {
      name: schemaName(`${topic}.Envelope`),
      version: 2,
    }),
  };
};
