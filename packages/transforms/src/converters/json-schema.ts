import {
  arrayOf,
  mapOf,
  primitive,
  structOf,
  type PayloadErrors,
  type Schema,
  type SchemaOptions,
  type SchemaType,
} from '@headrace/connector-api';
import { RecordError } from '@headrace/foundation';
import { errors } from '../errors.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** How a converter renders and reads the default of a schema. */
export interface DefaultCodec {
  toJson(schema: Schema, value: unknown): unknown;
  fromJson(schema: Schema, json: unknown): unknown;
}

const jsonNames: Readonly<Partial<Record<SchemaType, string>>> = { float32: 'float', float64: 'double' };
const typeNames: Readonly<Record<string, SchemaType>> = { float: 'float32', double: 'float64' };
const primitives: ReadonlySet<string> = new Set(['int8', 'int16', 'int32', 'int64', 'float32', 'float64', 'boolean', 'string', 'bytes']);

/** A schema in JsonConverter's form: `type`, its parts, `optional`, then what is set; a field's name comes last. */
export const schemaToJson = (schema: Schema, codec: DefaultCodec): JsonObject => {
  const { name, version, doc, parameters, defaultValue } = schema;
  return {
    type: jsonNames[schema.type] ?? schema.type,
    ...parts(schema, codec),
    optional: schema.isOptional,
    ...(name === undefined ? {} : { name }),
    ...(version === undefined ? {} : { version }),
    ...(doc === undefined ? {} : { doc }),
    ...(parameters === undefined ? {} : { parameters }),
    ...(defaultValue === undefined || defaultValue === null ? {} : { default: codec.toJson(schema, defaultValue) }),
  };
};

const parts = (schema: Schema, codec: DefaultCodec): JsonObject => {
  if (schema.type === 'array') return { items: schemaToJson(schema.items, codec) };
  if (schema.type === 'map') return { keys: schemaToJson(schema.keys, codec), values: schemaToJson(schema.values, codec) };
  if (schema.type !== 'struct') return {};
  return { fields: schema.fields.map((field) => ({ ...schemaToJson(field.schema, codec), field: field.name })) };
};

/** null stands for no schema. RecordError when it is not a schema. */
export const schemaFromJson = (json: unknown, codec: DefaultCodec): Schema | null => (json === null ? null : required(json, codec));

const required = (json: unknown, codec: DefaultCodec): Schema => {
  if (typeof json !== 'object' || json === null) throw malformed('a schema is not an object');
  const node = json as JsonObject;
  const bare = bareSchema(node, codec);
  if (node['default'] === undefined || node['default'] === null) return bare;
  return { ...bare, defaultValue: codec.fromJson(bare, node['default']) };
};

const bareSchema = (node: JsonObject, codec: DefaultCodec): Schema => {
  const type = typeNames[String(node['type'])] ?? String(node['type']);
  const options = optionsOf(node);
  if (primitives.has(type)) return primitive(type as Parameters<typeof primitive>[0], options);
  if (type === 'array') return arrayOf(required(node['items'], codec), options);
  if (type === 'map') return mapOf(required(node['keys'], codec), required(node['values'], codec), options);
  const fields = node['fields'];
  if (type !== 'struct' || !Array.isArray(fields)) throw malformed(`a schema has the unknown type "${type}"`);
  return structOf(
    (fields as readonly JsonObject[]).map((field) => [String(field['field']), required(field, codec)]),
    options,
  );
};

const optionsOf = ({ optional, name, version, doc, parameters }: JsonObject): SchemaOptions => ({
  isOptional: optional === true,
  ...(typeof name === 'string' ? { name } : {}),
  ...(typeof version === 'number' ? { version } : {}),
  ...(typeof doc === 'string' ? { doc } : {}),
  ...(typeof parameters === 'object' && parameters !== null ? { parameters: parameters as Record<string, string> } : {}),
});

export const malformed = (reason: string): RecordError =>
  new RecordError(errors.malformed_record.code, `Bytes are not JSON as JsonConverter writes it: ${reason}.`);

export const payloadErrors: PayloadErrors = {
  malformed,
  unencodable: (reason, cause) => new RecordError(errors.unencodable_value.code, `${reason}.`, { cause }),
};
