/** Property and schema names that Confluent's JSON Schema mapping puts into JSON Schemas and Connect parameters. */
const namespace = 'io.confluent.connect.json';

export const jsonNames = {
  namespace,
  union: `${namespace}.OneOf`,
  unionField: `${namespace}.OneOf.field.`,
  enumeration: `${namespace}.Enum`,
  type: 'connect.type',
  version: 'connect.version',
  parameters: 'connect.parameters',
  index: 'connect.index',
} as const;
