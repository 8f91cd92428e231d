import type { Schema, StructSchema } from '@headrace/connector-api';

/** Equal in everything that is rendered, whether the top is optional or not: two such schemas may share one name in Avro. */
export const isSameSchema = (a: Schema, b: Schema): boolean => a === b || (hasSameProperties(a, b) && hasSameParts(a, b));

/**
 * Whether the second can be told by the name of the first: records may differ in their own parameters, of which those of the
 * first count, as they do with Java's converters.
 */
export const isSameRecord = (a: Schema, b: Schema): boolean =>
  isSameSchema(a, b) || (a.type === 'struct' && b.type === 'struct' && isSameSchema(bare(a), bare(b)));

const bare = ({ parameters: _own, ...schema }: StructSchema): StructSchema => schema;

const hasSameProperties = (a: Schema, b: Schema): boolean =>
  a.type === b.type &&
  a.name === b.name &&
  a.version === b.version &&
  a.doc === b.doc &&
  a.defaultValue === b.defaultValue &&
  hasSameParameters(a.parameters ?? {}, b.parameters ?? {});

const hasSameParts = (a: Schema, b: Schema): boolean => {
  if (a.type === 'struct' && b.type === 'struct') {
    if (a.fields === b.fields) return true;
    if (a.fields.length !== b.fields.length) return false;
    return a.fields.every((field, index) => {
      const other = b.fields[index];
      return field.name === other?.name && isSameNested(field.schema, other.schema);
    });
  }
  if (a.type === 'array' && b.type === 'array') return isSameNested(a.items, b.items);
  if (a.type === 'map' && b.type === 'map') return isSameNested(a.keys, b.keys) && isSameNested(a.values, b.values);
  return true;
};

const isSameNested = (a: Schema, b: Schema): boolean => a.isOptional === b.isOptional && isSameSchema(a, b);

const hasSameParameters = (a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean => {
  const entries = Object.entries(a);
  return entries.length === Object.keys(b).length && entries.every(([key, value]) => b[key] === value);
};
