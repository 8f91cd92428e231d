import { Struct, type MapSchema, type Schema, type StructSchema } from '@headrace/connector-api';
import { RecordError } from '@headrace/foundation';
import protobuf, { type Field, type Type, type Writer } from 'protobufjs';
import { types } from 'node:util';
import { errors } from '../errors.ts';
import { logicalMessages } from './protobuf-logical.ts';
import { protobufNames } from './protobuf-names.ts';
import { isZero, scalars, wrappers, type Scalar } from './protobuf-scalars.ts';

type WriteValue = (writer: Writer, value: unknown) => void;

/** A value without its tag. */
interface Element {
  readonly wireType: Scalar['wireType'];
  readonly write: WriteValue;
  /** Whether a field without presence leaves it out. */
  readonly isZero: (value: unknown) => boolean;
}

interface FieldWriter {
  readonly number: number;
  readonly index: number;
  readonly write: WriteValue;
}

/** Names of a Connect schema as the message has them. */
export type NameOf = (name: string) => string;

/** Writes structs of `schema` as `message`, compiled once: fields in the order of their numbers, as Google's writers do. */
export const compileMessageWriter = (message: Type, schema: StructSchema, nameOf: NameOf): WriteValue => {
  const fields = schema.fields.flatMap((field): readonly FieldWriter[] => {
    const { index } = field;
    if (field.schema.type === 'struct' && field.schema.name?.startsWith(protobufNames.unionPrefix) === true) {
      return compileMembers(message, field.schema, nameOf).map((member) => ({ ...member, index }));
    }
    const target = fieldOf(message, nameOf(field.name));
    const write = fieldWriter(target, field.schema, nameOf);
    return [{ number: target.id, index, write: named(field.name, field.schema, write) }];
  });
  const ordered = fields.toSorted((a, b) => a.number - b.number);
  return (writer, value) => {
    if (!(value instanceof Struct)) throw unencodable('a struct', value);
    for (const { index, write } of ordered) write(writer, value.values[index]);
  };
};

/** A union is a struct with one field set; each of its members writes itself when it is the one. */
const compileMembers = (message: Type, union: StructSchema, nameOf: NameOf): readonly Omit<FieldWriter, 'index'>[] =>
  union.fields.map((member) => {
    const target = fieldOf(message, nameOf(member.name));
    const write = fieldWriter(target, member.schema, nameOf);
    return {
      number: target.id,
      write: (writer, value) => {
        const item = value instanceof Struct ? value.values[member.index] : null;
        if (item !== null && item !== undefined) write(writer, item);
      },
    };
  });

const fieldOf = (message: Type, name: string): Field => {
  const field = message.fields[name];
  if (field === undefined) throw new TypeError(`Message ${message.name} has no field ${name}.`);
  return field.resolve();
};

const named =
  (name: string, schema: Schema, write: WriteValue): WriteValue =>
  (writer, value) => {
    if (value === null || value === undefined) {
      if (schema.isOptional) return;
      throw new RecordError(errors.unencodable_value.code, `Field "${name}" is required and null.`);
    }
    try {
      write(writer, value);
    } catch (error) {
      throw new RecordError(errors.unencodable_value.code, `Field "${name}": ${(error as Error).message}`, { cause: error });
    }
  };

const fieldWriter = (field: Field, schema: Schema, nameOf: NameOf): WriteValue => {
  if (schema.type === 'map') return mapWriter(field, schema, nameOf);
  if (schema.type === 'array') return listWriter(field, elementOf(field, schema.items, nameOf));
  const { wireType, write, isZero: isLeftOut } = elementOf(field, schema, nameOf);
  const tag = (field.id << 3) | wireType;
  const { hasPresence } = field;
  return (writer, value) => {
    if (hasPresence || !isLeftOut(value)) write(writer.uint32(tag >>> 0), value);
  };
};

const listWriter = (field: Field, { wireType, write }: Element): WriteValue => {
  const isPacked = field.packed && wireType !== 2;
  const tag = ((field.id << 3) | (isPacked ? 2 : wireType)) >>> 0;
  return (writer, value) => {
    if (!Array.isArray(value)) throw unencodable('an array', value);
    if (value.length === 0) return;
    if (isPacked) writer.uint32(tag).fork();
    for (const item of value as readonly unknown[]) write(isPacked ? writer : writer.uint32(tag), item);
    if (isPacked) writer.ldelim();
  };
};

/** Entries are messages of a key and a value. */
const mapWriter = (field: Field, schema: MapSchema, nameOf: NameOf): WriteValue => {
  const entry = field.resolvedType;
  if (!(entry instanceof protobuf.Type)) throw new TypeError(`Field ${field.name} has no entries.`);
  const tag = ((field.id << 3) | 2) >>> 0;
  const writeKey = named('key', schema.keys, fieldWriter(fieldOf(entry, 'key'), schema.keys, nameOf));
  const writeItem = named('value', schema.values, fieldWriter(fieldOf(entry, 'value'), schema.values, nameOf));
  return (writer, value) => {
    if (!types.isMap(value)) throw unencodable('a map', value);
    for (const [key, item] of value) {
      writer.uint32(tag).fork();
      writeKey(writer, key);
      writeItem(writer, item);
      writer.ldelim();
    }
  };
};

const never = (): boolean => false;

const elementOf = (field: Field, schema: Schema, nameOf: NameOf): Element => {
  const { resolvedType } = field;
  if (resolvedType instanceof protobuf.Type) {
    const write = messageContent(resolvedType, schema, nameOf);
    return {
      wireType: 2,
      isZero: never,
      write: (writer, value) => {
        if (value === null || value === undefined) throw unencodable('a message', value);
        writer.fork();
        write(writer, value);
        writer.ldelim();
      },
    };
  }
  return resolvedType === null ? scalarElement(field.type) : enumElement(resolvedType.values);
};

const messageContent = (message: Type, schema: Schema, nameOf: NameOf): WriteValue => {
  const fullName = message.fullName.slice(1);
  const logical = logicalMessages[fullName];
  if (logical !== undefined) {
    return (writer, value) => {
      logical.write(writer, value, schema);
    };
  }
  const wrapped = wrappers[fullName];
  if (wrapped === undefined) return compileMessageWriter(message, schema as StructSchema, nameOf);
  const { wireType, write, isZero: isLeftOut } = scalarElement(wrapped);
  return (writer, value) => {
    if (!isLeftOut(value)) write(writer.uint32((1 << 3) | wireType), value);
  };
};

const scalarElement = (type: string): Element => {
  const scalar = scalars[type];
  if (scalar === undefined) throw new TypeError(`Protobuf has no type ${type}.`);
  return {
    wireType: scalar.wireType,
    isZero: (value) => isZero(scalar, value),
    write: (writer, value) => {
      if (!scalar.fits(value)) throw unencodable(`a ${type}`, value);
      scalar.write(writer, value);
    },
  };
};

const enumElement = (values: Readonly<Record<string, number>>): Element => ({
  wireType: 0,
  isZero: (value) => values[value as string] === 0,
  write: (writer, value) => {
    const number = values[value as string];
    if (number === undefined) throw unencodable(`one of ${Object.keys(values).join(', ')}`, value);
    writer.int32(number);
  },
});

const unencodable = (expected: string, value: unknown): RecordError =>
  new RecordError(errors.unencodable_value.code, `A value of type ${value === null ? 'null' : typeof value} is not ${expected}.`);
