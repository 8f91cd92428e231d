import type { Schema } from '@headrace/connector-api';
import {
  columnSchemas,
  dataTopic,
  Envelope,
  type CaptureFilter,
  type CdcConfig,
  type Column,
  type ColumnName,
  type ColumnRules,
  type EnvelopeOptions,
} from '@headrace/cdc';
import { TaskFailure, toError, type Logger } from '@headrace/foundation';
import { columnTypeOf } from '../columns/column-type-of.ts';
import type { OnUnconvertible } from '../columns/guarded-reader.ts';
import type { ColumnType, SqlColumn, TypeOptions } from '../columns/sql-column.ts';
import { errors } from '../errors.ts';
import type { TableName } from './catalog.ts';
import { maskedType, sourceType, type MaskPlace } from './masked-type.ts';

/** What all tables of a task share. */
export interface CaptureOptions {
  readonly config: CdcConfig;
  readonly filter: CaptureFilter;
  readonly rules: ColumnRules;
  readonly types: TypeOptions;
  readonly envelope: EnvelopeOptions;
  readonly log: Logger;
}

/** One version of a table that is captured: what its rows are made into. */
export interface CapturedTable extends TableName {
  /** `database.table`. */
  readonly path: string;
  /** Every column, in the table's order. */
  readonly columns: readonly SqlColumn[];
  /** Type of each column; undefined where the column is not captured. */
  readonly types: readonly (ColumnType | undefined)[];
  /** Position of each column in a captured row; -1 where the column is not captured. */
  readonly targets: readonly number[];
  /** The table's own key columns: not those of the records where `message.key.columns` names others. */
  readonly key: readonly string[];
  readonly envelope: Envelope;
  readonly onUnconvertible: OnUnconvertible;
}

export const pathOf = ({ database, table }: TableName): string => `${database}.${table}`;

/** Throws TaskFailure for a captured column that cannot be read. */
export const capturedTable = (
  name: TableName,
  columns: readonly SqlColumn[],
  key: readonly string[],
  options: CaptureOptions,
): CapturedTable => {
  const path = pathOf(name);
  const { filter } = options;
  const recordKey = filter.customKey(path) ?? key;
  const isCaptured = (column: SqlColumn): boolean => recordKey.includes(column.name) || filter.isColumnIncluded(path, column.name);
  const masks = columns.map((column) =>
    isCaptured(column) ? maskedType(typeOf(path, column, options), column, placeOf(name, column, recordKey, options)) : undefined,
  );
  const types = masks.map((mask) => mask?.type);
  let width = 0;
  const targets = types.map((type) => {
    if (type === undefined) return -1;
    width += 1;
    return width - 1;
  });
  const captured = columns.flatMap((column, index): Column[] => {
    const mask = masks[index];
    if (mask === undefined) return [];
    const schema = schemaOf(column, mask.type, options);
    const parameters = {
      ...mask.parameters,
      ...options.rules.sourceParameters(columnName(name, column), sourceType(column, options.config['include.schema.comments'])),
    };
    return [{ name: column.name, ...columnSchemas(schema, parameters) }];
  });
  const table = { catalog: name.database, name: name.table, columns: captured, key: recordKey };
  const envelope = new Envelope(table, dataTopic(options.config, name), options.envelope);
  const onUnconvertible: OnUnconvertible = (column, cause) => substituteFor(`${path}.${column}`, cause, options);
  return { database: name.database, table: name.table, path, columns, types, targets, key, envelope, onUnconvertible };
};

/** As event.converting.failure.handling.mode asks for it. */
const substituteFor = (column: string, cause: unknown, { config, log }: CaptureOptions): null => {
  const reason = toError(cause).message;
  if (config['event.converting.failure.handling.mode'].toLowerCase() === 'warn') {
    log.warn('A value does not fit the schema of its column and is written as null.', { column, reason });
    return null;
  }
  throw new TaskFailure(
    errors.value_unconvertible.code,
    `Column ${column} holds a value that its schema cannot express: ${reason} ${errors.value_unconvertible.hint}`,
    { cause },
  );
};

const columnName = (name: TableName, column: SqlColumn): ColumnName => ({
  database: name.database,
  path: pathOf(name),
  column: column.name,
});

const placeOf = (name: TableName, column: SqlColumn, key: readonly string[], { rules }: CaptureOptions): MaskPlace => {
  const place = columnName(name, column);
  return { name: place, mask: rules.maskOf(place), isKey: key.includes(column.name) };
};

const typeOf = (path: string, column: SqlColumn, options: CaptureOptions): ColumnType => {
  const type = columnTypeOf(column, options.types);
  if (type !== undefined) return type;
  const what = column.charset === null ? `type ${column.dataType}` : `type ${column.dataType} in character set ${column.charset}`;
  throw new TaskFailure(
    errors.type_unsupported.code,
    `Column ${path}.${column.name} has ${what}, which cannot be read. Leave it out with column.exclude.list.`,
  );
};

const schemaOf = (column: SqlColumn, type: ColumnType, options: CaptureOptions): Schema => {
  const value = column.defaultText === null ? undefined : type.fromDefault(column.defaultText);
  const withDoc = options.config['include.schema.comments'] && column.comment !== '';
  return {
    ...type.schema,
    isOptional: column.isNullable || type.schema.isOptional,
    ...(value === undefined ? {} : { defaultValue: value }),
    ...(withDoc ? { doc: column.comment } : {}),
  };
};
