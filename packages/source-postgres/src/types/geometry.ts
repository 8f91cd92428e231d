import { arrayOf, mapOf, primitive, Struct, structOf, type StructSchema } from '@headrace/connector-api';
import { typeNames } from '@headrace/cdc';
import type { TypeFactory } from './column-type.ts';

const optionalInt = primitive('int32', { isOptional: true });

const pointSchema = structOf(
  [
    ['x', primitive('float64')],
    ['y', primitive('float64')],
    ['wkb', primitive('bytes', { isOptional: true })],
    ['srid', optionalInt],
  ],
  { name: typeNames.point, version: 1, doc: 'Geometry (POINT)' },
);

/** Well-known binary of a point: byte order 1 (little-endian), type 1, x, y. */
const pointWkb = (x: number, y: number): Buffer => {
  const bytes = Buffer.alloc(21);
  bytes[0] = 1;
  bytes.writeUInt32LE(1, 1);
  bytes.writeDoubleLE(x, 5);
  bytes.writeDoubleLE(y, 13);
  return bytes;
};

export const pointOf = (x: number, y: number): Struct => new Struct(pointSchema, [x, y, pointWkb(x, y), null]);

/** `(1.5,-2)`. */
export const point: TypeFactory = () => ({
  schema: pointSchema,
  decode: (row, start, end) => {
    const [x = NaN, y = NaN] = row
      .text(start + 1, end - 1)
      .split(',')
      .map(Number);
    return pointOf(x, y);
  },
  unavailable: null,
});

/** The flag of extended well-known binary that says: a reference system follows the type. */
const HAS_SRID = 0x2000_0000;

/** A collection of no shapes. */
const EMPTY_WKB = Buffer.from('010700000000000000', 'hex');

export const emptyGeometry = (schema: StructSchema): Struct => new Struct(schema, [EMPTY_WKB, null]);

/** Debezium's schemas of these are optional whatever the column is. PostGIS prints extended well-known binary as upper-case digits; bytes are handed on as stored. */
const postgis = (name: string, doc: string): TypeFactory => {
  const schema = structOf(
    [
      ['wkb', primitive('bytes')],
      ['srid', optionalInt],
    ],
    { name, version: 1, doc, isOptional: true },
  );
  return () => ({
    schema,
    decode: (row, start, end) => {
      const wkb = Buffer.from(row.text(start, end), 'hex');
      const isLittle = wkb[0] === 1;
      const type = isLittle ? wkb.readUInt32LE(1) : wkb.readUInt32BE(1);
      const srid = isLittle ? wkb.readInt32LE(5) : wkb.readInt32BE(5);
      return new Struct(schema, [wkb, (type & HAS_SRID) === 0 ? null : srid]);
    },
    unavailable: null,
  });
};

export const geometry: TypeFactory = postgis(typeNames.geometry, 'Geometry');
export const geography: TypeFactory = postgis(typeNames.geography, 'Geography');

/** pgvector's `[1,2.5]`. */
const vectorType =
  (type: 'float32' | 'float64', name: string): TypeFactory =>
  () => ({
    schema: arrayOf(primitive(type), { name, version: 1 }),
    decode: (row, start, end) =>
      row
        .text(start + 1, end - 1)
        .split(',')
        .map(type === 'float64' ? Number : (item) => Math.fround(Number(item))),
    unavailable: null,
  });

export const vector: TypeFactory = vectorType('float64', 'io.debezium.data.DoubleVector');
export const halfvec: TypeFactory = vectorType('float32', 'io.debezium.data.FloatVector');

const sparseSchema = structOf(
  [
    ['dimensions', primitive('int16')],
    ['vector', mapOf(primitive('int16'), primitive('float64'))],
  ],
  { name: 'io.debezium.data.SparseDoubleVector', version: 1, doc: 'Sparse double vector' },
);

/** pgvector's `{1:1.5,3:-2}/5`. */
export const sparsevec: TypeFactory = () => ({
  schema: sparseSchema,
  decode: (row, start, end) => {
    const [entries = '', dimensions] = row.text(start + 1, end).split('}/');
    const vector = entries.split(',').filter((entry) => entry !== '');
    return new Struct(sparseSchema, [Number(dimensions), new Map(vector.map((entry) => entry.split(':').map(Number) as [number, number]))]);
  },
  unavailable: null,
});
