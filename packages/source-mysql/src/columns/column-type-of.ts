import { bitType, integerType, yearType } from './integer-type.ts';
import { geometryType } from './geometry-type.ts';
import { jsonType } from './json-type.ts';
import { decimalColumnType, floatType } from './number-types.ts';
import type { ColumnType, SqlColumn, TypeOptions } from './sql-column.ts';
import { dateColumnType, datetimeColumnType, timeColumnType, timestampColumnType } from './temporal-types.ts';
import { bytesType, enumType, setType, textType } from './text-types.ts';
import { inet4Type, inet6Type, uuidType, vectorType } from './mariadb-types.ts';

type TypeFactory = (column: SqlColumn, options: TypeOptions) => ColumnType | undefined;

const factories = new Map<string, TypeFactory>([
  ['year', () => yearType],
  ['bit', bitType],
  ['float', floatType],
  ['double', floatType],
  ['decimal', decimalColumnType],
  ['date', dateColumnType],
  ['time', timeColumnType],
  ['datetime', datetimeColumnType],
  ['timestamp', timestampColumnType],
  ['enum', enumType],
  ['set', setType],
  ['json', () => jsonType],
  ['vector', () => vectorType],
  ['uuid', () => uuidType],
  ['inet4', () => inet4Type],
  ['inet6', () => inet6Type],
]);

const add = (names: readonly string[], factory: TypeFactory): void => {
  for (const name of names) factories.set(name, factory);
};

add(['tinyint', 'smallint', 'mediumint', 'int', 'bigint'], integerType);
add(['char', 'varchar', 'tinytext', 'text', 'mediumtext', 'longtext'], textType);
add(['binary', 'varbinary', 'tinyblob', 'blob', 'mediumblob', 'longblob'], bytesType);
add(
  ['geometry', 'point', 'linestring', 'polygon', 'multipoint', 'multilinestring', 'multipolygon', 'geometrycollection', 'geomcollection'],
  geometryType,
);

/** How a column is read and represented; undefined for a type or character set that cannot be read. */
export const columnTypeOf = (column: SqlColumn, options: TypeOptions): ColumnType | undefined =>
  factories.get(column.dataType)?.(column, options);
