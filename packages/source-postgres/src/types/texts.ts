import { primitive } from '@headrace/connector-api';
import { binaryType, semantic, typeNames } from '@headrace/cdc';
import type { ColumnType, Decode, PgType, TypeFactory } from './column-type.ts';
import { withWriter } from './text-writers.ts';

const textDecode: Decode = withWriter(
  (row, start, end) => row.text(start, end),
  (output, { buffer }, start, end) => {
    output.text(buffer, start, end);
  },
);

const textType =
  (name?: string): TypeFactory =>
  (_modifier, { placeholder }) => ({
    schema: name === undefined ? primitive('string') : semantic('string', name),
    decode: textDecode,
    unavailable: placeholder.toString('utf8'),
  });

export const text: TypeFactory = textType();
export const json: TypeFactory = textType(typeNames.json);
export const xml: TypeFactory = textType(typeNames.xml);
export const uuid: TypeFactory = textType(typeNames.uuid);
export const ltree: TypeFactory = textType(typeNames.ltree);
export const tsvector: TypeFactory = textType(typeNames.tsvector);

/** An enum tells its labels in sort order. */
export const enumType = (type: PgType): ColumnType => ({
  schema: semantic('string', typeNames.enum, { parameters: { allowed: type.labels.join(',') } }),
  decode: textDecode,
  unavailable: null,
});

/** `include.unknown.datatypes`: the text of any type, in the form binary columns have. */
export const unknownType: TypeFactory = (_modifier, settings) => {
  const binary = binaryType(settings.binary);
  return {
    schema: binary.schema,
    decode: ({ buffer }, start, end) => binary.fromBytes(Buffer.from(buffer.subarray(start, end))),
    unavailable: null,
    isUnknown: true,
  };
};
