import {
  arrayOf,
  decimalSchema,
  logicalNames,
  mapOf,
  primitive,
  withOptional,
  type PrimitiveSchema,
  type Schema,
} from '@headrace/connector-api';
import protobuf, { type Enum, type Field, type Type } from 'protobufjs';
import type { ProtobufMapping } from './protobuf-config.ts';
import { unsupported } from './protobuf-file.ts';
import { protobufNames, wellKnownTypes } from './protobuf-names.ts';
import { scalars, wrappers } from './protobuf-scalars.ts';

/** The schema of a message that is no well-known one. */
export type StructOf = (message: Type) => Schema;

/** The Connect schema of one field, its number in the parameters as Confluent's converter has it. */
export const fieldSchema = (field: Field, mapping: ProtobufMapping, structOf: StructOf): Schema => {
  const schema = shapeOf(field, mapping, structOf);
  const parameters = { ...schema.parameters, [protobufNames.tag]: String(field.id) };
  return { ...schema, isOptional: schema.isOptional || isMarkedOptional(field, mapping), parameters };
};

/** The message of the entries of a map, whether it is written as one or not. */
export const entryOf = (field: Field): { readonly key: Field; readonly value: Field } | undefined => {
  const { resolvedType, repeated } = field;
  if (!repeated || !(resolvedType instanceof protobuf.Type) || !resolvedType.name.endsWith('Entry')) return undefined;
  const [key, value] = resolvedType.fieldsArray;
  return resolvedType.fieldsArray.length === 2 && key?.name === 'key' && value?.name === 'value'
    ? { key: key.resolve(), value: value.resolve() }
    : undefined;
};

/** Whether to read null where a scalar is absent, not its zero. */
export const isAbsentNull = (field: Field, mapping: ProtobufMapping): boolean =>
  field.hasPresence && (isProto3Optional(field) || mapping.isProto2OptionalKept);

const isProto3Optional = (field: Field): boolean => field.partOf !== null && isSynthetic(field.partOf);

/** `optional` in proto3 is a oneof of one field. */
export const isSynthetic = (oneof: protobuf.OneOf): boolean =>
  (oneof as protobuf.OneOf & { readonly isProto3Optional: boolean }).isProto3Optional;

const isMarkedOptional = (field: Field, mapping: ProtobufMapping): boolean => {
  if (mapping.nullables === 'plain' || (field.partOf !== null && !isSynthetic(field.partOf))) return true;
  return !field.required && isAbsentNull(field, mapping);
};

const shapeOf = (field: Field, mapping: ProtobufMapping, structOf: StructOf): Schema => {
  const entry = entryOf(field);
  if (field instanceof protobuf.MapField) return mapOf(mapKey(field), elementSchema(field, mapping, structOf), { name: field.name });
  if (entry !== undefined) {
    const name = (field.resolvedType?.name ?? '')
      .slice(0, -'Entry'.length)
      .replace(/(?!^)[A-Z]/g, '_$&')
      .toLowerCase();
    return mapOf(fieldSchema(entry.key, mapping, structOf), fieldSchema(entry.value, mapping, structOf), { name });
  }
  const element = elementSchema(field, mapping, structOf);
  return field.repeated ? arrayOf(withOptional(element, true), { isOptional: true }) : element;
};

const mapKey = ({ keyType }: protobuf.MapField): Schema => primitive(scalars[keyType]?.type ?? 'string');

const elementSchema = (field: Field, mapping: ProtobufMapping, structOf: StructOf): Schema => {
  const { resolvedType } = field;
  if (resolvedType instanceof protobuf.Type) return messageSchema(field, resolvedType, mapping, structOf);
  if (resolvedType !== null) return enumSchema(resolvedType, mapping);
  const scalar = scalars[field.type];
  if (scalar === undefined) throw unsupported(`field "${field.name}" has the unknown type ${field.type}`);
  const narrow = metaOf(field)[protobufNames.connectType];
  return primitive(scalar.type === 'int32' && (narrow === 'int8' || narrow === 'int16') ? narrow : scalar.type);
};

const messageSchema = (field: Field, message: Type, mapping: ProtobufMapping, structOf: StructOf): Schema => {
  const fullName = message.fullName.slice(1);
  switch (fullName) {
    case wellKnownTypes.decimal.message:
      return decimalOf(metaOf(field));
    case wellKnownTypes.date.message:
      return logical('int32', logicalNames.date);
    case wellKnownTypes.time.message:
      return logical('int32', logicalNames.time);
    case wellKnownTypes.timestamp.message:
      return logical('int64', logicalNames.timestamp);
    default: {
      const wrapped = mapping.nullables === 'wrapper' ? wrappers[fullName] : undefined;
      if (wrapped === undefined) return withOptional(structOf(message), true);
      const narrow = metaOf(field)[protobufNames.connectType];
      return primitive(narrow === 'int8' || narrow === 'int16' ? narrow : (scalars[wrapped]?.type ?? 'string'), { isOptional: true });
    }
  }
};

const logical = (type: PrimitiveSchema['type'], name: string): Schema => primitive(type, { name, version: 1, isOptional: true });

const decimalOf = (meta: Readonly<Record<string, string>>): Schema => {
  const { precision, scale } = meta;
  const parameters: Readonly<Record<string, string>> = precision === undefined ? {} : { [protobufNames.decimalPrecision]: precision };
  return decimalSchema(Number(scale ?? 0), { parameters, isOptional: true });
};

const enumSchema = (type: Enum, { isFullyNamed }: ProtobufMapping): Schema => {
  const name = isFullyNamed ? type.fullName.slice(1) : type.name;
  const values = Object.entries(type.values).map(([symbol, number]) => [protobufNames.enumPrefix + symbol, String(number)]);
  const parameters = { [protobufNames.enumeration]: name, ...(Object.fromEntries(values) as Record<string, string>) };
  return primitive('string', { name, parameters, isOptional: true });
};

/** What the field's `confluent.field_meta` says. */
const metaOf = (field: Field): Readonly<Record<string, string>> => {
  const parsed = (field.parsedOptions ?? []) as readonly Readonly<Record<string, { readonly params?: unknown } | undefined>>[];
  const params = parsed.flatMap((option) => {
    const given = option[protobufNames.fieldMeta]?.params;
    return (Array.isArray(given) ? given : given === undefined ? [] : [given]) as readonly {
      readonly key: string;
      readonly value: string;
    }[];
  });
  return Object.fromEntries(params.map(({ key, value }) => [key, value]));
};
