/**
 * Records of the topic of schema changes (`include.schema.changes`), in the shape that Debezium gives them: the statement, and
 * each table as it is after it.
 */
import { arrayOf, primitive, Struct, structOf, type Header, type SourceRecord, type StructSchema } from '@headrace/connector-api';
import type { Dialect } from '../dialect.ts';
import type { TableName } from '../tables/catalog.ts';
import type { ColumnDescription, TableDescription } from './table-description.ts';

const text = primitive('string');
const optionalText = primitive('string', { isOptional: true });
const int = primitive('int32');
const optionalInt = primitive('int32', { isOptional: true });
const optionalFlag = primitive('boolean', { isOptional: true });

const columnSchema = structOf(
  [
    ['name', text],
    ['jdbcType', int],
    ['nativeType', optionalInt],
    ['typeName', text],
    ['typeExpression', optionalText],
    ['charsetName', optionalText],
    ['length', optionalInt],
    ['scale', optionalInt],
    ['position', int],
    ['optional', optionalFlag],
    ['autoIncremented', optionalFlag],
    ['generated', optionalFlag],
    ['comment', optionalText],
    ['defaultValueExpression', optionalText],
    ['enumValues', arrayOf(text, { isOptional: true })],
  ],
  { name: 'io.debezium.connector.schema.Column', version: 1 },
);

const tableSchema = structOf(
  [
    ['defaultCharsetName', optionalText],
    ['primaryKeyColumnNames', arrayOf(text, { isOptional: true })],
    ['columns', arrayOf(columnSchema)],
    ['comment', optionalText],
  ],
  { name: 'io.debezium.connector.schema.Table', version: 1, isOptional: true },
);

const changeSchema = structOf(
  [
    ['type', text],
    ['id', text],
    ['table', tableSchema],
  ],
  { name: 'io.debezium.connector.schema.Change', version: 1 },
);

/** What a statement made of one table. */
export interface DescribedChange {
  readonly type: 'CREATE' | 'ALTER' | 'DROP';
  readonly name: TableName;
  /** undefined: it is gone. */
  readonly table: TableDescription | undefined;
}

export interface SchemaChange {
  readonly database: string;
  readonly ddl: string;
  readonly changes: readonly DescribedChange[];
  readonly source: Struct;
  readonly ms: number;
}

export class SchemaChangeRecords {
  readonly #topic: string;
  readonly #headers: readonly Header[];
  readonly #key: StructSchema;
  readonly #value: StructSchema;

  constructor(dialect: Dialect, topic: string, headers: readonly Header[]) {
    const name = (part: string): string => `io.debezium.connector.${dialect.name}.SchemaChange${part}`;
    this.#topic = topic;
    this.#headers = headers;
    this.#key = structOf([['databaseName', text]], { name: name('Key'), version: 1 });
    this.#value = structOf(
      [
        ['source', dialect.source],
        ['ts_ms', primitive('int64')],
        ['databaseName', optionalText],
        ['schemaName', optionalText],
        ['ddl', optionalText],
        ['tableChanges', arrayOf(changeSchema)],
      ],
      { name: name('Value'), version: 1 },
    );
  }

  record({ database, ddl, changes, source, ms }: SchemaChange): SourceRecord {
    return {
      topic: this.#topic,
      partition: 0,
      keySchema: this.#key,
      key: new Struct(this.#key, [database]),
      valueSchema: this.#value,
      value: new Struct(this.#value, [source, ms, database, null, ddl, changes.map(changeStruct)]),
      headers: this.#headers,
      timestamp: undefined,
    };
  }
}

const changeStruct = ({ type, name, table }: DescribedChange): Struct =>
  new Struct(changeSchema, [type, `"${name.database}"."${name.table}"`, table === undefined ? null : tableStruct(table)]);

const tableStruct = ({ charset, key, columns, comment }: TableDescription): Struct =>
  new Struct(tableSchema, [charset, key, columns.map(columnStruct), comment]);

const columnStruct = (column: ColumnDescription): Struct =>
  new Struct(columnSchema, [
    column.name,
    column.jdbcType,
    null,
    column.typeName,
    column.typeName,
    column.charset,
    column.length,
    column.scale,
    column.position,
    column.isOptional,
    column.isAutoIncremented,
    column.isGenerated,
    column.comment,
    column.defaultExpression,
    column.values,
  ]);
