/**
 * Connect's data model. Values are always in their *physical* form: a Decimal is the bytes of its unscaled value, a Date
 * the days since the epoch, whatever the schema's name says. `logical-types.ts` turns them into something to read.
 *
 * | type            | value in memory                                                                        |
 * |-----------------|----------------------------------------------------------------------------------------|
 * | int8..int32     | number                                                                                 |
 * | int64           | number where it is a safe integer, otherwise bigint: one form per value, so `===` works |
 * | float32/float64 | number                                                                                 |
 * | boolean, string | boolean, string                                                                        |
 * | bytes           | Uint8Array                                                                             |
 * | array           | readonly array                                                                         |
 * | map             | Map                                                                                    |
 * | struct          | Struct                                                                                 |
 */
export type SchemaType =
  'int8' | 'int16' | 'int32' | 'int64' | 'float32' | 'float64' | 'boolean' | 'string' | 'bytes' | 'array' | 'map' | 'struct';

interface SchemaCommon {
  readonly isOptional: boolean;
  /** Semantic or full name (`io.debezium.time.Date`, `shop.public.orders.Value`). */
  readonly name?: string;
  readonly version?: number;
  readonly doc?: string;
  readonly parameters?: Readonly<Record<string, string>>;
  /** Physical value used where the writer sent none. Left out: no default. */
  readonly defaultValue?: unknown;
}

export interface PrimitiveSchema extends SchemaCommon {
  readonly type: Exclude<SchemaType, 'array' | 'map' | 'struct'>;
}

export interface ArraySchema extends SchemaCommon {
  readonly type: 'array';
  readonly items: Schema;
}

export interface MapSchema extends SchemaCommon {
  readonly type: 'map';
  readonly keys: Schema;
  readonly values: Schema;
}

export interface Field {
  readonly name: string;
  readonly index: number;
  readonly schema: Schema;
}

export interface StructSchema extends SchemaCommon {
  readonly type: 'struct';
  readonly fields: readonly Field[];
  /** Position of each field by name. */
  readonly indexByName: ReadonlyMap<string, number>;
}

/**
 * Immutable, and cached by identity everywhere (converters, statements): build one object per table version and keep it,
 * never one per record.
 */
export type Schema = PrimitiveSchema | ArraySchema | MapSchema | StructSchema;

/** What every builder below accepts besides the type. */
export type SchemaOptions = Partial<Omit<SchemaCommon, 'isOptional'>> & { readonly isOptional?: boolean };

const common = (options: SchemaOptions): SchemaCommon => ({ ...options, isOptional: options.isOptional ?? false });

export const primitive = (type: PrimitiveSchema['type'], options: SchemaOptions = {}): PrimitiveSchema => ({ type, ...common(options) });

export const arrayOf = (items: Schema, options: SchemaOptions = {}): ArraySchema => ({ type: 'array', items, ...common(options) });

export const mapOf = (keys: Schema, values: Schema, options: SchemaOptions = {}): MapSchema => ({
  type: 'map',
  keys,
  values,
  ...common(options),
});

/** Fields in order, as [name, schema] pairs. Throws TypeError on a name given twice. */
export const structOf = (fields: readonly (readonly [string, Schema])[], options: SchemaOptions = {}): StructSchema => {
  const indexByName = new Map(fields.map(([name], index) => [name, index]));
  if (indexByName.size !== fields.length) throw new TypeError('A struct schema has two fields of one name.');
  return { type: 'struct', fields: fields.map(([name, schema], index) => ({ name, index, schema })), indexByName, ...common(options) };
};

/** The same schema, optional or not. */
export const withOptional = <S extends Schema>(schema: S, isOptional: boolean): S =>
  schema.isOptional === isOptional ? schema : { ...schema, isOptional };

/** The canonical form of a 64-bit integer. */
export const int64 = (value: bigint): number | bigint =>
  value >= -9_007_199_254_740_991n && value <= 9_007_199_254_740_991n ? Number(value) : value;
