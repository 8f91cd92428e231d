import { decimalBytes, decimalText, logicalNames, Struct, type Schema, type StructSchema } from '@headrace/connector-api';
import { RecordError } from '@headrace/foundation';
import { types } from 'node:util';
import { errors } from '../errors.ts';
import { doubleJson, ExactNumber, rawNumber } from './exact-json.ts';
import { malformed } from './json-schema.ts';

export interface PayloadOptions {
  /** Decimals as JSON numbers, not as base64 of their unscaled bytes. */
  readonly isDecimalNumeric: boolean;
  /** A null is written as the default of its schema, where there is one. */
  readonly isNullReplaced: boolean;
}

/** Connect values to what JSON.stringify takes, and back, by schema. */
export class PayloadCodec {
  readonly #options: PayloadOptions;

  constructor(options: PayloadOptions) {
    this.#options = options;
  }

  toJson(schema: Schema, value: unknown): unknown {
    if (value === null || value === undefined) return this.#nullToJson(schema);
    switch (schema.type) {
      case 'struct':
        return this.#structToJson(schema, value);
      case 'array':
        if (!Array.isArray(value)) throw unencodable(schema, value);
        return (value as readonly unknown[]).map((item) => this.toJson(schema.items, item));
      case 'map':
        return this.#mapToJson(schema, value);
      case 'bytes':
        return this.#bytesToJson(schema, value);
      case 'float32':
      case 'float64':
        if (typeof value !== 'number') throw unencodable(schema, value);
        return doubleJson(value, schema.type === 'float32');
      default:
        return scalarToJson(schema, value);
    }
  }

  #nullToJson(schema: Schema): unknown {
    const hasDefault = schema.defaultValue !== undefined && schema.defaultValue !== null;
    if (hasDefault && (this.#options.isNullReplaced || !schema.isOptional)) return this.toJson(schema, schema.defaultValue);
    if (schema.isOptional) return null;
    throw unencodable(schema, null);
  }

  #structToJson(schema: StructSchema, value: unknown): unknown {
    if (!(value instanceof Struct)) throw unencodable(schema, value);
    return Object.fromEntries(schema.fields.map((field) => [field.name, this.#fieldToJson(field.name, field.schema, value)]));
  }

  #fieldToJson(name: string, schema: Schema, struct: Struct): unknown {
    try {
      return this.toJson(schema, struct.get(name));
    } catch (error) {
      throw new RecordError(errors.unencodable_value.code, `Field "${name}": ${(error as Error).message}`, { cause: error });
    }
  }

  #mapToJson(schema: Schema & { readonly type: 'map' }, value: unknown): unknown {
    if (!types.isMap(value)) throw unencodable(schema, value);
    const entries = [...(value as ReadonlyMap<unknown, unknown>)].map(([key, item]) => [key, this.toJson(schema.values, item)] as const);
    if (schema.keys.type === 'string') return Object.fromEntries(entries.map(([key, item]) => [key as string, item]));
    return entries.map(([key, item]) => [this.toJson(schema.keys, key), item]);
  }

  #bytesToJson(schema: Schema, value: unknown): unknown {
    if (!types.isUint8Array(value)) throw unencodable(schema, value);
    if (this.#options.isDecimalNumeric && schema.name === logicalNames.decimal) return rawNumber(decimalText(value, scaleOf(schema)));
    return Buffer.from(value).toString('base64');
  }

  fromJson(schema: Schema, json: unknown): unknown {
    if (json === null || json === undefined) return this.#nullFromJson(schema);
    switch (schema.type) {
      case 'struct':
        return this.#structFromJson(schema, json);
      case 'array':
        if (!Array.isArray(json)) throw mismatch(schema);
        return (json as readonly unknown[]).map((item) => this.fromJson(schema.items, item));
      case 'map':
        return this.#mapFromJson(schema, json);
      case 'bytes':
        return bytesFromJson(schema, json);
      default:
        return scalarFromJson(schema, json);
    }
  }

  #nullFromJson(schema: Schema): unknown {
    const isReplaced = this.#options.isNullReplaced || !schema.isOptional;
    if (isReplaced && schema.defaultValue !== undefined && schema.defaultValue !== null) return schema.defaultValue;
    if (schema.isOptional) return null;
    throw malformed(`a required ${schema.type} is null`);
  }

  #structFromJson(schema: StructSchema, json: unknown): Struct {
    if (typeof json !== 'object' || Array.isArray(json)) throw mismatch(schema);
    const object = json as Readonly<Record<string, unknown>>;
    return new Struct(
      schema,
      schema.fields.map((field) => this.fromJson(field.schema, object[field.name])),
    );
  }

  #mapFromJson(schema: Schema & { readonly type: 'map' }, json: unknown): unknown {
    if (Array.isArray(json)) {
      return new Map(
        (json as readonly [unknown, unknown][]).map(([key, item]) => [this.fromJson(schema.keys, key), this.fromJson(schema.values, item)]),
      );
    }
    if (typeof json !== 'object' || json === null) throw mismatch(schema);
    return new Map(Object.entries(json).map(([key, item]) => [key, this.fromJson(schema.values, item)]));
  }
}

const scaleOf = (schema: Schema): number => Number(schema.parameters?.['scale'] ?? 0);

const scalarToJson = (schema: Schema, value: unknown): unknown => {
  const expected = schema.type === 'boolean' || schema.type === 'string' ? schema.type : 'number';
  if (typeof value === 'bigint' && schema.type === 'int64') return rawNumber(String(value));
  if (typeof value !== expected) throw unencodable(schema, value);
  return value;
};

const bytesFromJson = (schema: Schema, json: unknown): Uint8Array => {
  if (typeof json === 'string') return Buffer.from(json, 'base64');
  if (schema.name !== logicalNames.decimal || !isNumber(json)) throw mismatch(schema);
  return decimalBytes(json instanceof ExactNumber ? json.text : String(json), scaleOf(schema));
};

const isNumber = (json: unknown): json is number | bigint | ExactNumber =>
  typeof json === 'number' || typeof json === 'bigint' || json instanceof ExactNumber;

const scalarFromJson = (schema: Schema, json: unknown): unknown => {
  if (schema.type === 'string' || schema.type === 'boolean') {
    if (typeof json !== schema.type) throw mismatch(schema);
    return json;
  }
  if (!isNumber(json)) throw mismatch(schema);
  if (schema.type === 'float32') return Math.fround(Number(json instanceof ExactNumber ? json.text : json));
  if (schema.type === 'float64') return Number(json instanceof ExactNumber ? json.text : json);
  return wholeFromJson(schema, json);
};

const limits: Readonly<Partial<Record<Schema['type'], bigint>>> = { int8: 2n ** 7n, int16: 2n ** 15n, int32: 2n ** 31n, int64: 2n ** 63n };

const wholeFromJson = (schema: Schema, json: number | bigint | ExactNumber): number | bigint => {
  const limit = limits[schema.type] ?? 0n;
  if (json instanceof ExactNumber || (typeof json === 'number' && !Number.isInteger(json))) throw mismatch(schema);
  if (json >= limit || json < -limit) throw mismatch(schema);
  return json;
};

/** Plain JSON as Connect data without a schema: objects are Maps, whole numbers int64, others float64. */
export const plainFromJson = (json: unknown): unknown => {
  if (json instanceof ExactNumber) return Number(json.text);
  if (Array.isArray(json)) return json.map(plainFromJson);
  if (typeof json === 'object' && json !== null) return new Map(Object.entries(json).map(([key, item]) => [key, plainFromJson(item)]));
  return json;
};

/** Connect data without a schema as plain JSON. */
export const plainToJson = (value: unknown): unknown => {
  if (typeof value === 'bigint') return rawNumber(String(value));
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (types.isUint8Array(value)) return Buffer.from(value).toString('base64');
  if (types.isMap(value)) return Object.fromEntries([...value].map(([key, item]) => [String(key), plainToJson(item)]));
  if (Array.isArray(value)) return value.map(plainToJson);
  if (value instanceof Struct)
    return Object.fromEntries(value.schema.fields.map((field) => [field.name, plainToJson(value.values[field.index])]));
  return value;
};

const mismatch = (schema: Schema): RecordError => malformed(`a payload is not the ${schema.type} that its schema says`);

const unencodable = (schema: Schema, value: unknown): RecordError =>
  new RecordError(
    errors.unencodable_value.code,
    `Value of type ${value === null ? 'null' : typeof value} does not fit its schema, which is ${schema.type}${schema.name === undefined ? '' : ` ${schema.name}`}.`,
  );
