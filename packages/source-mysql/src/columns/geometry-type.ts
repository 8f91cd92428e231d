import { primitive, Struct, structOf, type StructSchema } from '@headrace/connector-api';
import { typeNames } from '@headrace/cdc';
import type { ByteCursor } from '../binlog/byte-cursor.ts';
import { columnType } from '../binlog/column-types.ts';
import type { ColumnType, SqlColumn } from './sql-column.ts';

/** Debezium's is optional whatever the column is; that of a point is not. */
const geometrySchema = structOf(
  [
    ['wkb', primitive('bytes')],
    ['srid', primitive('int32', { isOptional: true })],
  ],
  { name: typeNames.geometry, version: 1, doc: 'Geometry', isOptional: true },
);

const pointSchema = structOf(
  [
    ['x', primitive('float64')],
    ['y', primitive('float64')],
    ['wkb', primitive('bytes', { isOptional: true })],
    ['srid', primitive('int32', { isOptional: true })],
  ],
  { name: typeNames.point, version: 1, doc: 'Geometry (POINT)' },
);

const SRID_BYTES = 4;
/** Byte order (1) and type (4) of well-known binary. */
const WKB_HEADER_BYTES = 5;

const toGeometry = (bytes: Buffer): Struct => new Struct(geometrySchema, [bytes.subarray(SRID_BYTES), sridOf(bytes)]);

const toPoint = (bytes: Buffer): Struct => {
  const wkb = bytes.subarray(SRID_BYTES);
  const isLittleEndian = wkb[0] === 1;
  const double = (offset: number): number => (isLittleEndian ? wkb.readDoubleLE(offset) : wkb.readDoubleBE(offset));
  return new Struct(pointSchema, [double(WKB_HEADER_BYTES), double(WKB_HEADER_BYTES + 8), wkb, sridOf(bytes)]);
};

/** 0, "no reference system", is left out. */
const sridOf = (bytes: Buffer): number | null => {
  const srid = bytes.readUInt32LE(0);
  return srid === 0 ? null : srid;
};

/** The server's geometry: the reference system (4 bytes), then well-known binary. */
export const geometryType = (column: SqlColumn): ColumnType => {
  const isPoint = column.dataType === 'point';
  const schema: StructSchema = isPoint ? pointSchema : geometrySchema;
  const toStruct = isPoint ? toPoint : toGeometry;
  return {
    schema,
    logReader: (wire) => (wire.type === columnType.geometry ? (cursor) => toStruct(cursor.copy(cursor.uint(wire.metadata))) : undefined),
    resultReader: (cursor: ByteCursor) => toStruct(cursor.view(cursor.lengthEncoded())),
    fromDefault: () => undefined,
  };
};
