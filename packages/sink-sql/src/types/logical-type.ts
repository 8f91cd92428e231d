import { logicalNames, type Schema, type SchemaType } from '@headrace/connector-api';

/** Unit of a temporal value's number. */
export type TimeUnit = 'ms' | 'us' | 'ns';

/**
 * What a field means, whatever the database: Connect's and Debezium's schema names resolved once per schema. Values stay
 * physical (`connector-api/schema.ts`); `iso` forms are strings already.
 */
export type LogicalType =
  | { readonly kind: 'boolean' | 'variable-decimal' | 'date' | 'iso-date' | 'iso-time' | 'iso-timestamp' }
  | { readonly kind: 'zoned-timestamp' | 'zoned-time' | 'year' | 'micro-duration' | 'interval' }
  | { readonly kind: 'uuid' | 'json' | 'xml' | 'enum' | 'enum-set' | 'point' | 'geometry' }
  | { readonly kind: 'map'; readonly keys: LogicalType; readonly values: LogicalType }
  | { readonly kind: 'integer'; readonly bits: 8 | 16 | 32 | 64 }
  | { readonly kind: 'float'; readonly bits: 32 | 64 }
  /** `precision` where the source told it. */
  | { readonly kind: 'decimal'; readonly scale: number; readonly precision: number | undefined }
  /** `length` in characters (bytes for `bytes`) where the source told it. */
  | { readonly kind: 'string' | 'bytes'; readonly length: number | undefined }
  | { readonly kind: 'time' | 'timestamp'; readonly unit: TimeUnit }
  /** Little-endian bytes. `length` in bits; undefined: unlimited. */
  | { readonly kind: 'bits'; readonly length: number | undefined }
  | { readonly kind: 'array'; readonly items: LogicalType; readonly isVector: boolean };

export type LogicalKind = LogicalType['kind'];

type OfKind<K extends LogicalKind, T = LogicalType> = T extends { readonly kind: infer U } ? (K extends U ? T : never) : never;

/** Something for every kind of type: a kind that is forgotten does not compile. */
export type PerKind<R> = { readonly [K in LogicalKind]: (type: OfKind<K>) => R };

export const perKind = <R>(table: PerKind<R>, type: LogicalType): R => (table[type.kind] as (type: LogicalType) => R)(type);

const DEBEZIUM_TIME = 'io.debezium.time.';
const DEBEZIUM_DATA = 'io.debezium.data.';
const UNLIMITED_BITS = 2_147_483_647;

const integerParameter = (schema: Schema, name: string): number | undefined => {
  const text = schema.parameters?.[name];
  const value = text === undefined ? Number.NaN : Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
};

/** A propagated length counts only for types that are declared with one: PostgreSQL reports 2^31-1 for `text`. */
const sourceLength = (schema: Schema): number | undefined => {
  const type = schema.parameters?.['__debezium.source.column.type'];
  if (type === undefined || !/CHAR|BINARY/i.test(type)) return undefined;
  const length = integerParameter(schema, '__debezium.source.column.length');
  return length !== undefined && length > 0 && length <= 10_485_760 ? length : undefined;
};

const decimal = (schema: Schema): LogicalType => ({
  kind: 'decimal',
  scale: integerParameter(schema, 'scale') ?? 0,
  precision: integerParameter(schema, 'connect.decimal.precision'),
});

const bits = (schema: Schema): LogicalType => {
  const length = integerParameter(schema, 'length');
  return { kind: 'bits', length: length === UNLIMITED_BITS ? undefined : length };
};

const byName: Readonly<Record<string, (schema: Schema) => LogicalType>> = {
  [logicalNames.decimal]: decimal,
  [logicalNames.date]: () => ({ kind: 'date' }),
  [logicalNames.time]: () => ({ kind: 'time', unit: 'ms' }),
  [logicalNames.timestamp]: () => ({ kind: 'timestamp', unit: 'ms' }),
  [`${DEBEZIUM_TIME}Date`]: () => ({ kind: 'date' }),
  [`${DEBEZIUM_TIME}Time`]: () => ({ kind: 'time', unit: 'ms' }),
  [`${DEBEZIUM_TIME}MicroTime`]: () => ({ kind: 'time', unit: 'us' }),
  [`${DEBEZIUM_TIME}NanoTime`]: () => ({ kind: 'time', unit: 'ns' }),
  [`${DEBEZIUM_TIME}Timestamp`]: () => ({ kind: 'timestamp', unit: 'ms' }),
  [`${DEBEZIUM_TIME}MicroTimestamp`]: () => ({ kind: 'timestamp', unit: 'us' }),
  [`${DEBEZIUM_TIME}NanoTimestamp`]: () => ({ kind: 'timestamp', unit: 'ns' }),
  [`${DEBEZIUM_TIME}ZonedTimestamp`]: () => ({ kind: 'zoned-timestamp' }),
  [`${DEBEZIUM_TIME}ZonedTime`]: () => ({ kind: 'zoned-time' }),
  [`${DEBEZIUM_TIME}IsoDate`]: () => ({ kind: 'iso-date' }),
  [`${DEBEZIUM_TIME}IsoTime`]: () => ({ kind: 'iso-time' }),
  [`${DEBEZIUM_TIME}IsoTimestamp`]: () => ({ kind: 'iso-timestamp' }),
  [`${DEBEZIUM_TIME}Year`]: () => ({ kind: 'year' }),
  [`${DEBEZIUM_TIME}MicroDuration`]: () => ({ kind: 'micro-duration' }),
  [`${DEBEZIUM_TIME}Interval`]: () => ({ kind: 'interval' }),
  [`${DEBEZIUM_DATA}VariableScaleDecimal`]: () => ({ kind: 'variable-decimal' }),
  [`${DEBEZIUM_DATA}Uuid`]: () => ({ kind: 'uuid' }),
  [`${DEBEZIUM_DATA}Json`]: () => ({ kind: 'json' }),
  [`${DEBEZIUM_DATA}Xml`]: () => ({ kind: 'xml' }),
  [`${DEBEZIUM_DATA}Enum`]: () => ({ kind: 'enum' }),
  [`${DEBEZIUM_DATA}EnumSet`]: () => ({ kind: 'enum-set' }),
  [`${DEBEZIUM_DATA}Bits`]: bits,
  [`${DEBEZIUM_DATA}geometry.Point`]: () => ({ kind: 'point' }),
  [`${DEBEZIUM_DATA}geometry.Geometry`]: () => ({ kind: 'geometry' }),
  [`${DEBEZIUM_DATA}geometry.Geography`]: () => ({ kind: 'geometry' }),
  [`${DEBEZIUM_DATA}DoubleVector`]: () => ({ kind: 'array', items: { kind: 'float', bits: 64 }, isVector: true }),
  [`${DEBEZIUM_DATA}FloatVector`]: () => ({ kind: 'array', items: { kind: 'float', bits: 32 }, isVector: true }),
};

/** Schemas without a name that counts. Undefined: no column holds such a value. */
const byType: Readonly<Record<SchemaType, (schema: Schema) => LogicalType | undefined>> = {
  boolean: () => ({ kind: 'boolean' }),
  int8: () => ({ kind: 'integer', bits: 8 }),
  int16: () => ({ kind: 'integer', bits: 16 }),
  int32: () => ({ kind: 'integer', bits: 32 }),
  int64: () => ({ kind: 'integer', bits: 64 }),
  float32: () => ({ kind: 'float', bits: 32 }),
  float64: () => ({ kind: 'float', bits: 64 }),
  string: (schema) => ({ kind: 'string', length: sourceLength(schema) }),
  bytes: (schema) => ({ kind: 'bytes', length: sourceLength(schema) }),
  array: (schema) => {
    const items = schema.type === 'array' ? logicalTypeOf(schema.items) : undefined;
    return items === undefined ? undefined : { kind: 'array', items, isVector: false };
  },
  map: (schema) => {
    const keys = schema.type === 'map' ? logicalTypeOf(schema.keys) : undefined;
    const values = schema.type === 'map' ? logicalTypeOf(schema.values) : undefined;
    return keys === undefined || values === undefined ? undefined : { kind: 'map', keys, values };
  },
  struct: () => undefined,
};

/** Undefined for a struct that is none of the known ones: no column holds it. A name nobody knows counts as its plain type. */
export const logicalTypeOf = (schema: Schema): LogicalType | undefined =>
  (schema.name === undefined ? undefined : byName[schema.name]?.(schema)) ?? byType[schema.type](schema);
