import type { RecordError } from '@headrace/foundation';
import { types } from 'node:util';
import { decimalBytes, decimalText, logicalNames } from '../logical-types.ts';
import type { MapSchema, Schema, StructSchema } from '../schema.ts';
import { Struct } from '../struct.ts';
import { doubleJson, ExactNumber, rawNumber } from './exact-json.ts';
import { isOfSchema } from './json-union.ts';

export interface PayloadOptions {
  /** Decimals as JSON numbers, not as base64 of their unscaled bytes. */
  readonly isDecimalNumeric: boolean;
  /** A null is written as the default of its schema, where there is one. */
  readonly isNullReplaced: boolean;
  /** Maps whose keys are no strings as lists of `{key, value}`; left out: of `[key, value]`. */
  readonly hasNamedEntries?: boolean;
  /** Name of structs that stand for one of several types: only the field that is set is written, bare. */
  readonly unionName?: string;
  /** Errors of whoever asks, in its own code; the reason is a sentence's end without a full stop. */
  readonly errors: PayloadErrors;
}

export interface PayloadErrors {
  /** A value does not fit its schema. */
  unencodable(reason: string, cause?: unknown): RecordError;
  /** JSON does not fit the schema it is read by. */
  malformed(reason: string): RecordError;
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
        if (!Array.isArray(value)) throw this.#unencodable(schema, value);
        return (value as readonly unknown[]).map((item) => this.toJson(schema.items, item));
      case 'map':
        return this.#mapToJson(schema, value);
      case 'bytes':
        return this.#bytesToJson(schema, value);
      case 'float32':
      case 'float64':
        if (typeof value !== 'number') throw this.#unencodable(schema, value);
        return doubleJson(value, schema.type === 'float32');
      default:
        return this.#scalarToJson(schema, value);
    }
  }

  #nullToJson(schema: Schema): unknown {
    const hasDefault = schema.defaultValue !== undefined && schema.defaultValue !== null;
    if (hasDefault && (this.#options.isNullReplaced || !schema.isOptional)) return this.toJson(schema, schema.defaultValue);
    if (schema.isOptional) return null;
    throw this.#unencodable(schema, null);
  }

  #structToJson(schema: StructSchema, value: unknown): unknown {
    if (!(value instanceof Struct)) throw this.#unencodable(schema, value);
    if (this.#isUnion(schema)) return this.#unionToJson(schema, value);
    return Object.fromEntries(schema.fields.map((field) => [field.name, this.#fieldToJson(field.name, field.schema, value)]));
  }

  #fieldToJson(name: string, schema: Schema, struct: Struct): unknown {
    try {
      return this.toJson(schema, struct.get(name));
    } catch (error) {
      throw this.#options.errors.unencodable(`Field "${name}": ${(error as Error).message.replace(/\.$/, '')}`, error);
    }
  }

  #isUnion(schema: StructSchema): boolean {
    return this.#options.unionName !== undefined && schema.name === this.#options.unionName;
  }

  #unionToJson(schema: StructSchema, struct: Struct): unknown {
    const field = schema.fields.find(({ index }) => struct.values[index] !== null && struct.values[index] !== undefined);
    return field === undefined ? this.#nullToJson(schema) : this.toJson(field.schema, struct.values[field.index]);
  }

  #mapToJson(schema: MapSchema, value: unknown): unknown {
    if (!types.isMap(value)) throw this.#unencodable(schema, value);
    const entries = [...(value as ReadonlyMap<unknown, unknown>)].map(([key, item]) => [key, this.toJson(schema.values, item)] as const);
    if (this.#isObject(schema)) return Object.fromEntries(entries.map(([key, item]) => [key as string, item]));
    const pairs = entries.map(([key, item]) => [this.toJson(schema.keys, key), item]);
    return this.#options.hasNamedEntries === true ? pairs.map(([key, item]) => ({ key, value: item })) : pairs;
  }

  #isObject({ keys }: MapSchema): boolean {
    return keys.type === 'string' && !(this.#options.hasNamedEntries === true && keys.isOptional);
  }

  #bytesToJson(schema: Schema, value: unknown): unknown {
    if (!types.isUint8Array(value)) throw this.#unencodable(schema, value);
    if (this.#options.isDecimalNumeric && schema.name === logicalNames.decimal) return rawNumber(decimalText(value, scaleOf(schema)));
    return Buffer.from(value).toString('base64');
  }

  fromJson(schema: Schema, json: unknown): unknown {
    if (json === null || json === undefined) return this.#nullFromJson(schema);
    switch (schema.type) {
      case 'struct':
        return this.#structFromJson(schema, json);
      case 'array':
        if (!Array.isArray(json)) throw this.#mismatch(schema);
        return (json as readonly unknown[]).map((item) => this.fromJson(schema.items, item));
      case 'map':
        return this.#mapFromJson(schema, json);
      case 'bytes':
        return this.#bytesFromJson(schema, json);
      default:
        return this.#scalarFromJson(schema, json);
    }
  }

  #nullFromJson(schema: Schema): unknown {
    const isReplaced = this.#options.isNullReplaced || !schema.isOptional;
    if (isReplaced && schema.defaultValue !== undefined && schema.defaultValue !== null) return schema.defaultValue;
    if (schema.isOptional) return null;
    throw this.#options.errors.malformed(`a required ${schema.type} is null`);
  }

  #structFromJson(schema: StructSchema, json: unknown): Struct {
    if (this.#isUnion(schema)) return this.#unionFromJson(schema, json);
    if (typeof json !== 'object' || Array.isArray(json)) throw this.#mismatch(schema);
    const object = json as Readonly<Record<string, unknown>>;
    return new Struct(
      schema,
      schema.fields.map((field) => this.fromJson(field.schema, object[field.name])),
    );
  }

  #unionFromJson(schema: StructSchema, json: unknown): Struct {
    const chosen = schema.fields.find((field) => isOfSchema(field.schema, json));
    if (chosen === undefined) throw this.#options.errors.malformed('a payload is none of the types that its schema allows');
    return new Struct(
      schema,
      schema.fields.map((field) => (field === chosen ? this.fromJson(field.schema, json) : null)),
    );
  }

  #mapFromJson(schema: MapSchema, json: unknown): unknown {
    if (Array.isArray(json)) {
      const entries = json.map((entry) => (this.#options.hasNamedEntries === true ? namedEntry(entry) : (entry as [unknown, unknown])));
      return new Map(entries.map(([key, item]) => [this.fromJson(schema.keys, key), this.fromJson(schema.values, item)]));
    }
    if (typeof json !== 'object' || json === null) throw this.#mismatch(schema);
    return new Map(Object.entries(json).map(([key, item]) => [key, this.fromJson(schema.values, item)]));
  }

  #scalarToJson(schema: Schema, value: unknown): unknown {
    const expected = schema.type === 'boolean' || schema.type === 'string' ? schema.type : 'number';
    if (typeof value === 'bigint' && schema.type === 'int64') return rawNumber(String(value));
    if (typeof value !== expected) throw this.#unencodable(schema, value);
    return value;
  }

  #bytesFromJson(schema: Schema, json: unknown): Uint8Array {
    if (typeof json === 'string') return Buffer.from(json, 'base64');
    if (schema.name !== logicalNames.decimal || !isNumber(json)) throw this.#mismatch(schema);
    return decimalBytes(json instanceof ExactNumber ? json.text : String(json), scaleOf(schema));
  }

  #scalarFromJson(schema: Schema, json: unknown): unknown {
    if (schema.type === 'string' || schema.type === 'boolean') {
      if (typeof json !== schema.type) throw this.#mismatch(schema);
      return json;
    }
    const number = (schema.type === 'float32' || schema.type === 'float64') && typeof json === 'string' ? notFinite[json] : json;
    if (!isNumber(number)) throw this.#mismatch(schema);
    if (schema.type === 'float32') return Math.fround(Number(number instanceof ExactNumber ? number.text : number));
    if (schema.type === 'float64') return Number(number instanceof ExactNumber ? number.text : number);
    return this.#wholeFromJson(schema, number);
  }

  #wholeFromJson(schema: Schema, json: number | bigint | ExactNumber): number | bigint {
    const limit = limits[schema.type] ?? 0n;
    if (json instanceof ExactNumber || (typeof json === 'number' && !Number.isInteger(json))) throw this.#mismatch(schema);
    if (json >= limit || json < -limit) throw this.#mismatch(schema);
    return json;
  }

  #mismatch(schema: Schema): RecordError {
    return this.#options.errors.malformed(`a payload is not the ${schema.type} that its schema says`);
  }

  #unencodable({ type, name }: Schema, value: unknown): RecordError {
    const given = value === null ? 'null' : typeof value;
    return this.#options.errors.unencodable(
      `Value of type ${given} does not fit its schema, which is ${type}${name === undefined ? '' : ` ${name}`}`,
    );
  }
}

const scaleOf = (schema: Schema): number => Number(schema.parameters?.['scale'] ?? 0);

const isNumber = (json: unknown): json is number | bigint | ExactNumber =>
  typeof json === 'number' || typeof json === 'bigint' || json instanceof ExactNumber;

const namedEntry = (entry: unknown): [unknown, unknown] => {
  const { key, value } = (entry ?? {}) as { readonly key?: unknown; readonly value?: unknown };
  return [key, value];
};

/** JSON has no numbers for these; they are written as texts. */
const notFinite: Readonly<Record<string, number>> = { NaN, Infinity, '-Infinity': -Infinity };

const limits: Readonly<Partial<Record<Schema['type'], bigint>>> = { int8: 2n ** 7n, int16: 2n ** 15n, int32: 2n ** 31n, int64: 2n ** 63n };

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
