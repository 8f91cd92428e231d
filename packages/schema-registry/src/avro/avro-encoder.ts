import { types } from 'node:util';

import {
  Struct,
  type ArraySchema,
  type MapSchema,
  type PrimitiveSchema,
  type Schema,
  type StructSchema,
  type WriteValue,
} from '@headrace/connector-api';
import { hasCode, RecordError } from '@headrace/foundation';
import { enumSymbols, isEntryList, isNullLast, isUnion } from './avro-shape.ts';
import { errors } from '../errors.ts';

/**
 * A writer for values of `schema`, compiled once: a tree of closures, one per node of the schema, with unions, names and
 * types decided here and not per record. Throws RecordError `registry.unencodable_value` with the path of the field.
 *
 * A null is written as null wherever the schema is optional, also where it has a default: what the source holds is what
 * arrives (Confluent's converter would put the default unless `ignore.default.for.nullables` is set).
 */
export const compileAvroWriter = (schema: Schema, isEnhanced = false): WriteValue => {
  if (isUnion(schema)) return unionWriter(schema, isEnhanced);
  const write = requiredWriter(schema, isEnhanced);
  if (!schema.isOptional) return schema.defaultValue === undefined ? write : defaultingWriter(write, schema.defaultValue);
  const nullIndex = isNullLast(schema) ? 2 : 0;
  const valueIndex = 2 - nullIndex;
  return (output, value) => {
    if (value === null || value === undefined) {
      output.byte(nullIndex);
      return;
    }
    output.byte(valueIndex);
    write(output, value);
  };
};

const defaultingWriter =
  (write: WriteValue, defaultValue: unknown): WriteValue =>
  (output, value) => {
    write(output, value ?? defaultValue);
  };

const requiredWriter = (schema: Schema, isEnhanced: boolean): WriteValue => {
  switch (schema.type) {
    case 'struct':
      return structWriter(schema, isEnhanced);
    case 'array':
      return arrayWriter(schema, isEnhanced);
    case 'map':
      return isEntryList(schema) ? entryListWriter(schema, isEnhanced) : mapWriter(schema, isEnhanced);
    default:
      return primitiveWriter(schema, isEnhanced);
  }
};

const MIN_LONG = -(2n ** 63n);
const MAX_LONG = 2n ** 63n - 1n;

const integerWriter =
  (expected: string, min: number, max: number): WriteValue =>
  (output, value) => {
    if (typeof value !== 'number' || (value | 0) !== value || value < min || value > max) throw mismatch(expected, value);
    output.int(value);
  };

const primitiveWriters: Readonly<Record<PrimitiveSchema['type'], WriteValue>> = {
  int8: integerWriter('an integer of 8 bits', -0x80, 0x7f),
  int16: integerWriter('an integer of 16 bits', -0x8000, 0x7fff),
  int32: integerWriter('an integer of 32 bits', -0x8000_0000, 0x7fff_ffff),
  int64: (output, value) => {
    if (typeof value === 'number' && Number.isSafeInteger(value)) output.long(value);
    else if (typeof value === 'bigint' && value >= MIN_LONG && value <= MAX_LONG) output.bigLong(value);
    else throw mismatch('an integer of 64 bits', value);
  },
  float32: (output, value) => {
    if (typeof value !== 'number') throw mismatch('a number', value);
    output.float(value);
  },
  float64: (output, value) => {
    if (typeof value !== 'number') throw mismatch('a number', value);
    output.double(value);
  },
  boolean: (output, value) => {
    if (typeof value !== 'boolean') throw mismatch('a boolean', value);
    output.byte(value ? 1 : 0);
  },
  string: (output, value) => {
    if (typeof value !== 'string') throw mismatch('a string', value);
    output.string(value);
  },
  bytes: (output, value) => {
    if (!types.isUint8Array(value)) throw mismatch('bytes', value);
    output.bytes(value);
  },
};

const primitiveWriter = (schema: PrimitiveSchema, isEnhanced: boolean): WriteValue => {
  const symbols = isEnhanced ? enumSymbols(schema) : undefined;
  if (symbols === undefined) return primitiveWriters[schema.type];
  const indexes = new Map<unknown, number>(symbols.map((symbol, index) => [symbol, index]));
  return (output, value) => {
    const index = indexes.get(value);
    if (index === undefined) throw mismatch(`one of the symbols ${symbols.join(', ')}`, value);
    output.int(index);
  };
};

const structWriter = (schema: StructSchema, isEnhanced: boolean): WriteValue => {
  const { fields } = schema;
  const writers = fields.map((field) => compileAvroWriter(field.schema, isEnhanced));
  const count = writers.length;
  return (output, value) => {
    if (!(value instanceof Struct)) throw mismatch(`a struct ${schema.name ?? ''}`, value);
    const values = value.schema.fields === fields ? value.values : valuesByName(schema, value);
    let index = 0;
    try {
      for (; index < count; index += 1) writers[index]?.(output, values[index]);
    } catch (error) {
      throw within(fields[index]?.name ?? '', error);
    }
  };
};

/** For a struct built with an equal schema object that is not this one: its fields by name. */
const valuesByName = (schema: StructSchema, value: Struct): readonly unknown[] =>
  schema.fields.map((field) => {
    const item = value.get(field.name);
    if (item === undefined && !value.schema.indexByName.has(field.name)) {
      throw within(field.name, mismatch('a field of the struct', 'missing field'));
    }
    return item;
  });

const arrayWriter = (schema: ArraySchema, isEnhanced: boolean): WriteValue => {
  const write = compileAvroWriter(schema.items, isEnhanced);
  return (output, value) => {
    if (!Array.isArray(value)) throw mismatch('an array', value);
    const items = value as readonly unknown[];
    let index = 0;
    try {
      if (items.length > 0) output.int(items.length);
      for (; index < items.length; index += 1) write(output, items[index]);
    } catch (error) {
      throw within(`[${String(index)}]`, error);
    }
    output.byte(0);
  };
};

const mapWriter = (schema: MapSchema, isEnhanced: boolean): WriteValue =>
  entriesWriter(primitiveWriters.string, compileAvroWriter(schema.values, isEnhanced));

const entryListWriter = (schema: MapSchema, isEnhanced: boolean): WriteValue =>
  entriesWriter(compileAvroWriter(schema.keys, isEnhanced), compileAvroWriter(schema.values, isEnhanced));

/** Avro's map and AvroData's list of key/value records have the same bytes: one block of pairs, then 0. */
const entriesWriter =
  (writeKey: WriteValue, writeValue: WriteValue): WriteValue =>
  (output, value) => {
    if (!types.isMap(value)) throw mismatch('a map', value);
    if (value.size > 0) output.int(value.size);
    for (const [key, item] of value as ReadonlyMap<unknown, unknown>) {
      try {
        writeKey(output, key);
        writeValue(output, item);
      } catch (error) {
        throw within(`{${String(key)}}`, error);
      }
    }
    output.byte(0);
  };

/** AvroData's form of a union: a struct with one optional field per branch, of which one is set. */
const unionWriter = (schema: StructSchema, isEnhanced: boolean): WriteValue => {
  const offset = schema.isOptional ? 1 : 0;
  const writers = schema.fields.map((field) => requiredWriter(field.schema, isEnhanced));
  return (output, value) => {
    if ((value === null || value === undefined) && schema.isOptional) {
      output.byte(0);
      return;
    }
    if (!(value instanceof Struct)) throw mismatch('a union', value);
    const index = value.values.findIndex((item) => item !== null && item !== undefined);
    const write = writers[index];
    if (write === undefined) throw mismatch('a union with one branch set', null);
    output.int(index + offset);
    write(output, value.values[index]);
  };
};

const mismatch = (expected: string, value: unknown): RecordError =>
  new RecordError(errors.unencodable_value.code, `Value is ${kindOf(value)}, its schema wants ${expected.trim()}.`);

/** What a value is, never what it holds. */
const kindOf = (value: unknown): string => {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'object') return value.constructor.name;
  return typeof value === 'number' ? (Number.isInteger(value) ? 'an integer' : 'a fraction') : typeof value;
};

/** Puts the name of the field before the path that the error has gathered so far. */
const within = (name: string, error: unknown): unknown => {
  if (!hasCode(error, errors.unencodable_value.code)) return error;
  const inner = error.fields['path'];
  const path = inner === undefined ? name : `${name}${String(inner).startsWith('[') ? '' : '.'}${String(inner)}`;
  const reason = inner === undefined ? error.message : error.message.slice(error.message.indexOf(': ') + 2);
  return new RecordError(error.code, `Field "${path}" cannot be written as Avro: ${reason}`, { cause: error.cause, fields: { path } });
};
