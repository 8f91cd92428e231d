/**
 * Columns as the log itself describes them. With binlog_row_metadata=FULL names, signedness, character sets, values of ENUM
 * and SET and the primary key are in every table map, so that a catalog read too late (after a later ALTER) cannot give
 * a row the wrong names. The catalog adds what the log lacks: defaults, comments, and types the wire does not tell apart.
 */
import { columnType, isCharacter, isEnumOrSet, isNumeric } from '../binlog/column-types.ts';
import type { TableMap } from '../binlog/table-map.ts';
import type { WireColumn } from '../binlog/wire-column.ts';
import { textDecode } from '../columns/charsets.ts';
import { columnTypeOf } from '../columns/column-type-of.ts';
import { bitsOf } from '../columns/integer-type.ts';
import type { SqlColumn, TypeOptions } from '../columns/sql-column.ts';

export interface DescribedTable {
  readonly columns: readonly SqlColumn[];
  readonly key: readonly string[];
}

const BINARY_COLLATION = 63;

/** Charsets by collation id. */
export type Collations = ReadonlyMap<number, string>;

/** The table at this place of the log; undefined when the log tells no names, so that only the catalog can. */
export const describeFromLog = (
  map: TableMap,
  catalog: DescribedTable | undefined,
  collations: Collations,
  types: TypeOptions,
): DescribedTable | undefined => {
  const { names, primaryKey } = map.optional;
  if (names?.length !== map.columns.length) return undefined;
  const columns = map.columns.map((wire, index): SqlColumn => {
    const name = names[index] ?? '';
    const known = catalog?.columns.find((column) => column.name === name);
    const fits = known !== undefined && columnTypeOf(known, types)?.logReader(wire) !== undefined;
    return corrected(fits ? known : plainColumn(name, wire, map, index), wire, { map, index, collations });
  });
  const catalogKey = catalog?.key.every((name) => names.includes(name)) === true ? catalog.key : [];
  return { columns, key: primaryKey === undefined ? catalogKey : primaryKey.map((index) => names[index] ?? '') };
};

/** One column of a table map. */
interface Place {
  readonly map: TableMap;
  readonly index: number;
  readonly collations: Collations;
}

/** What the log says counts more than what the catalog says now. */
const corrected = (column: SqlColumn, wire: WireColumn, place: Place): SqlColumn => {
  const charset = isCharacter(wire.type) || isEnumOrSet(wire.type) ? loggedCharset(column, place) : column.charset;
  const unsigned = isNumeric(wire.type) ? place.map.optional.unsigned?.[place.index] : undefined;
  return {
    ...column,
    isNullable: wire.isNullable,
    isUnsigned: unsigned ?? column.isUnsigned,
    charset,
    values: loggedValues(place, charset) ?? column.values,
  };
};

const loggedCharset = (column: SqlColumn, { map, index, collations }: Place): string | null => {
  const id = map.optional.collations?.[index];
  return id === undefined || id === BINARY_COLLATION ? column.charset : (collations.get(id) ?? column.charset);
};

const loggedValues = ({ map, index }: Place, charset: string | null): readonly string[] | undefined => {
  const decode = textDecode(charset ?? 'utf8mb4');
  return decode === undefined ? undefined : map.optional.values?.[index]?.map((bytes) => decode(bytes, 0, bytes.length));
};

const dataTypes = new Map<number, string>([
  [columnType.tiny, 'tinyint'],
  [columnType.short, 'smallint'],
  [columnType.int24, 'mediumint'],
  [columnType.long, 'int'],
  [columnType.longlong, 'bigint'],
  [columnType.float, 'float'],
  [columnType.double, 'double'],
  [columnType.newDecimal, 'decimal'],
  [columnType.year, 'year'],
  [columnType.date, 'date'],
  [columnType.time, 'time'],
  [columnType.time2, 'time'],
  [columnType.datetime, 'datetime'],
  [columnType.datetime2, 'datetime'],
  [columnType.timestamp, 'timestamp'],
  [columnType.timestamp2, 'timestamp'],
  [columnType.bit, 'bit'],
  [columnType.enum, 'enum'],
  [columnType.set, 'set'],
  [columnType.json, 'json'],
  [columnType.vector, 'vector'],
]);

const POINT = 1;

/** Types of text, and what they are called with the binary collation. */
const textTypes = new Map<number, { readonly text: string; readonly binary: string }>([
  [columnType.varchar, { text: 'varchar', binary: 'varbinary' }],
  [columnType.varString, { text: 'varchar', binary: 'varbinary' }],
  [columnType.string, { text: 'char', binary: 'binary' }],
  [columnType.blob, { text: 'text', binary: 'blob' }],
]);

const dataTypeOf = (wire: WireColumn, map: TableMap, index: number): string => {
  const text = textTypes.get(wire.type);
  if (text !== undefined) return map.optional.collations?.[index] === BINARY_COLLATION ? text.binary : text.text;
  if (wire.type === columnType.geometry) return map.optional.geometries?.[index] === POINT ? 'point' : 'geometry';
  return dataTypes.get(wire.type) ?? `wire type ${String(wire.type)}`;
};

const withFraction = new Set<number>([columnType.timestamp2, columnType.datetime2, columnType.time2]);

/** A column of which only the log knows. */
const plainColumn = (name: string, wire: WireColumn, map: TableMap, index: number): SqlColumn => {
  const { type, metadata } = wire;
  const isDecimal = type === columnType.newDecimal;
  return {
    name,
    dataType: dataTypeOf(wire, map, index),
    isUnsigned: false,
    isNullable: wire.isNullable,
    charset: null,
    length: type === columnType.bit ? bitsOf(metadata) : metadata,
    precision: isDecimal ? metadata & 0xff : 0,
    scale: isDecimal ? metadata >> 8 : -1,
    fraction: withFraction.has(type) ? metadata : 0,
    isZerofill: false,
    declared: isDecimal ? [metadata & 0xff, metadata >> 8] : withFraction.has(type) && metadata > 0 ? [metadata] : [],
    values: [],
    defaultText: null,
    comment: '',
  };
};
