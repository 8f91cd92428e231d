import { Struct, structOf, type MapSchema, type Schema, type StructSchema } from '@headrace/connector-api';
import { RecordError, toError } from '@headrace/foundation';
import protobuf, { type Field, type OneOf, type Reader, type Type } from 'protobufjs';
import { errors } from '../errors.ts';
import type { ProtobufMapping } from './protobuf-config.ts';
import { entryOf, fieldSchema, isAbsentNull, isSynthetic } from './protobuf-fields.ts';
import { unsupported } from './protobuf-file.ts';
import { eachField, logicalMessages } from './protobuf-logical.ts';
import { protobufNames } from './protobuf-names.ts';
import { scalars, wrappers, type Scalar } from './protobuf-scalars.ts';

export interface MessageReader {
  readonly schema: StructSchema;
  /** Reads up to `end`. */
  readonly read: (reader: Reader, end: number) => Struct;
}

/** How one value is read after its tag, which was of the right wire type. */
interface ElementReader {
  readonly wireType: Scalar['wireType'];
  /** What stands for an absent one. */
  readonly absent: unknown;
  readonly read: (reader: Reader) => unknown;
}

/** Puts what was read into the values of the struct. */
type Place = (reader: Reader, wireType: number, values: unknown[]) => boolean;

/** Readers of messages, compiled once each; the mapping is Confluent's ProtobufData's. */
export class ProtobufReading {
  readonly #mapping: ProtobufMapping;
  readonly #readers = new Map<Type, MessageReader>();
  readonly #open = new Set<Type>();

  constructor(mapping: ProtobufMapping) {
    this.#mapping = mapping;
  }

  message(message: Type): MessageReader {
    let reader = this.#readers.get(message);
    if (reader === undefined) this.#readers.set(message, (reader = this.#compile(message)));
    return reader;
  }

  #compile(message: Type): MessageReader {
    if (this.#open.has(message)) throw unsupported(`message ${message.name} contains itself`);
    this.#open.add(message);
    const unions = message.oneofsArray.filter((oneof) => !isSynthetic(oneof));
    const plain = message.fieldsArray.map((field) => field.resolve()).filter(({ partOf }) => partOf === null || isSynthetic(partOf));
    const unionFields = unions.map((oneof, at) => [this.#unionName(oneof, at), this.#unionSchema(oneof)] as const);
    const fields = plain.map((field) => [field.name, this.#fieldSchema(field)] as const);
    const { isFullyNamed } = this.#mapping;
    const schema = structOf([...unionFields, ...fields], { name: isFullyNamed ? message.fullName.slice(1) : message.name });
    const places = new Map<number, Place>();
    for (const [at, [, union]] of unionFields.entries()) {
      for (const [member, field] of (unions[at]?.fieldsArray ?? []).entries()) {
        places.set(field.id, memberPlace(this.#element(field.resolve()), union, { at, member }));
      }
    }
    const absent = new Array<() => unknown>(unions.length).fill(() => null);
    for (const [at, field] of plain.entries()) {
      const index = unions.length + at;
      const { place, absent: otherwise } = this.#place(field, schema.fields[index]?.schema ?? schema, index);
      places.set(field.id, place);
      absent.push(otherwise);
    }
    this.#open.delete(message);
    return { schema, read: (reader, end) => readStruct(schema, absent, places, reader, end) };
  }

  #fieldSchema(field: Field): Schema {
    return fieldSchema(field, this.#mapping, (message) => this.message(message).schema);
  }

  #unionName(oneof: OneOf, index: number): string {
    return this.#mapping.isUnionNumbered ? `${oneof.name}_${String(index)}` : oneof.name;
  }

  #unionSchema(oneof: OneOf): StructSchema {
    const members = oneof.fieldsArray.map((field) => [field.name, this.#fieldSchema(field.resolve())] as const);
    return structOf(members, { name: protobufNames.unionPrefix + oneof.name, isOptional: true });
  }

  #place(field: Field, schema: Schema, index: number): { readonly place: Place; readonly absent: () => unknown } {
    if (schema.type === 'map') return this.#mapPlace(field, schema, index);
    const element = this.#element(field, schema.type === 'array' ? schema.items : schema);
    if (field.repeated) return { place: listPlace(element, index), absent: () => [] };
    const place: Place = (reader, wireType, values) => {
      if (wireType !== element.wireType) return false;
      values[index] = element.read(reader);
      return true;
    };
    const absent = isAbsentNull(field, this.#mapping) ? null : element.absent;
    return { place, absent: () => absent };
  }

  #mapPlace(field: Field, schema: MapSchema, index: number): { readonly place: Place; readonly absent: () => unknown } {
    const entry = entryOf(field);
    const key =
      entry === undefined
        ? scalarReader(field instanceof protobuf.MapField ? field.keyType : 'string')
        : this.#element(entry.key, schema.keys);
    const item = this.#element(entry === undefined ? field : entry.value, schema.values);
    const list = entry?.value.repeated === true ? listPlace(item, 0) : undefined;
    const place: Place = (reader, wireType, values) => {
      if (wireType !== 2) return false;
      let name = key.absent;
      const read: unknown[] = [list === undefined ? item.absent : []];
      eachField(reader, reader.uint32() + reader.pos, (number, inner) => {
        if (number === 1 && inner === key.wireType) name = key.read(reader);
        else if (number === 2 && list !== undefined) return list(reader, inner, read);
        else if (number === 2 && inner === item.wireType) read[0] = item.read(reader);
        else return false;
        return true;
      });
      (values[index] as Map<unknown, unknown>).set(name, read[0]);
      return true;
    };
    return { place, absent: () => new Map() };
  }

  #element(field: Field, schema: Schema = this.#fieldSchema(field)): ElementReader {
    const { resolvedType } = field;
    if (resolvedType === null) return withDeclaredDefault(scalarReader(field.type), field);
    if (!(resolvedType instanceof protobuf.Type)) return enumReader(resolvedType);
    const content = this.#content(resolvedType, schema);
    return { wireType: 2, absent: null, read: (reader) => content(reader, reader.uint32() + reader.pos) };
  }

  #content(message: Type, schema: Schema): (reader: Reader, end: number) => unknown {
    const fullName = message.fullName.slice(1);
    const logical = logicalMessages[fullName];
    if (logical !== undefined) return (reader, end) => logical.read(reader, end, schema);
    const wrapped = schema.type === 'struct' ? undefined : wrappers[fullName];
    if (wrapped === undefined) {
      const nested = this.message(message);
      return (reader, end) => nested.read(reader, end);
    }
    const scalar = scalarReader(wrapped);
    return (reader, end) => {
      let value = scalar.absent;
      eachField(reader, end, (number, wireType) => {
        if (number !== 1 || wireType !== scalar.wireType) return false;
        value = scalar.read(reader);
        return true;
      });
      return value;
    };
  }
}

/** Whatever the bytes make the library say is about the record. */
export const readMessage = ({ read }: MessageReader, reader: Reader): Struct => {
  try {
    return read(reader, reader.len);
  } catch (error) {
    if (error instanceof RecordError) throw error;
    throw new RecordError(errors.malformed_record.code, `Bytes are not what their Protobuf schema says: ${toError(error).message}.`);
  }
};

const readStruct = (
  schema: StructSchema,
  absent: readonly (() => unknown)[],
  places: ReadonlyMap<number, Place>,
  ...[reader, end]: [Reader, number]
): Struct => {
  const values = absent.map((otherwise) => otherwise());
  if (end > reader.len) throw new RangeError('they end too early');
  eachField(reader, end, (number, wireType) => places.get(number)?.(reader, wireType, values) ?? false);
  return new Struct(schema, values);
};

const memberPlace =
  (element: ElementReader, union: StructSchema, { at, member }: { readonly at: number; readonly member: number }): Place =>
  (reader, wireType, values) => {
    if (wireType !== element.wireType) return false;
    const set = new Array<unknown>(union.fields.length).fill(null);
    set[member] = element.read(reader);
    values[at] = new Struct(union, set);
    return true;
  };

/** Packed or one by one: readers must take both. */
const listPlace =
  (element: ElementReader, index: number): Place =>
  (reader, wireType, values) => {
    const list = values[index] as unknown[];
    if (wireType === element.wireType) list.push(element.read(reader));
    else if (wireType !== 2) return false;
    else for (const end = reader.uint32() + reader.pos; reader.pos < end;) list.push(element.read(reader));
    return true;
  };

const scalarReader = (type: string): ElementReader => {
  const scalar = scalars[type];
  if (scalar === undefined) throw unsupported(`there is no type ${type}`);
  return { wireType: scalar.wireType, absent: scalar.zero, read: scalar.read };
};

/** proto2 has defaults of its own. */
const withDeclaredDefault = (element: ElementReader, field: Field): ElementReader => {
  const declared: unknown = (field.options as Readonly<Record<string, unknown>> | undefined)?.['default'];
  return typeof declared === typeof element.absent && declared !== undefined ? { ...element, absent: declared } : element;
};

const enumReader = ({ name, values, valuesById }: protobuf.Enum): ElementReader => ({
  wireType: 0,
  absent: Object.keys(values)[0] ?? null,
  read: (reader) => {
    const number = reader.int32();
    return valuesById[number] ?? `UNKNOWN_ENUM_VALUE_${name}_${String(number)}`;
  },
});
