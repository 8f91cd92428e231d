import type { MapSchema, Schema, StructSchema } from '@headrace/connector-api';
import { avroNames } from './avro-names.ts';

/** True where the null branch comes second: AvroData puts the branch of the default first. Structs never do that. */
export const isNullLast = (schema: Schema): boolean =>
  schema.type !== 'struct' && schema.defaultValue !== undefined && schema.defaultValue !== null;

/** True for maps that Avro cannot hold as maps; they become arrays of key/value records. */
export const isEntryList = (schema: MapSchema): boolean => schema.keys.type !== 'string' || schema.keys.isOptional;

export const isUnion = (schema: Schema): schema is StructSchema => schema.type === 'struct' && schema.name === avroNames.union;

/** Symbols of a Connect string that stands for an Avro enum, in order; undefined for any other schema. */
export const enumSymbols = (schema: Schema): readonly string[] | undefined => {
  if (schema.type !== 'string' || schema.parameters?.[avroNames.enumeration] === undefined) return undefined;
  const prefix = `${avroNames.enumeration}.`;
  return Object.entries(schema.parameters)
    .filter(([key]) => key.startsWith(prefix))
    .map(([, symbol]) => symbol);
};
