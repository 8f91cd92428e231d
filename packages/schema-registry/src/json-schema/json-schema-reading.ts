import {
  arrayOf,
  mapOf,
  type PayloadCodec,
  primitive,
  structOf,
  type PrimitiveSchema,
  type Schema,
  type SchemaOptions,
} from '@headrace/connector-api';
import { TaskFailure } from '@headrace/foundation';
import { errors } from '../errors.ts';
import { jsonNames } from './json-names.ts';
import type { JsonPointers } from './json-pointers.ts';

type Json = Readonly<Record<string, unknown>>;

export interface JsonSchemaReadingOptions {
  /** Whether properties that are not required become optional fields. */
  readonly isNonRequiredOptional: boolean;
  /** Reads defaults. */
  readonly codec: PayloadCodec;
}

/**
 * The Connect schema of a JSON Schema, after JsonSchemaData: `connect.*` properties win; without them an integer is int64, a number
 * float64, an enum a string with its symbols in the parameters, and a choice of several types a struct with one optional field
 * per branch. TaskFailure `registry.unsupported_schema` for what Connect has no word for, schemas that contain themselves included.
 */
export class JsonSchemaReading {
  readonly #pointers: JsonPointers;
  readonly #options: JsonSchemaReadingOptions;
  /** References that are being followed: to meet one again is to be inside of itself. */
  readonly #open = new Set<string>();

  constructor(pointers: JsonPointers, options: JsonSchemaReadingOptions) {
    this.#pointers = pointers;
    this.#options = options;
  }

  schema(json: unknown, isOptional: boolean): Schema {
    const node = asNode(json);
    const reference = node['$ref'];
    if (typeof reference === 'string') return this.#referred(reference, isOptional);
    const choice = node['oneOf'] ?? node['anyOf'];
    if (Array.isArray(choice)) return this.#choice(choice, node, isOptional);
    if (Array.isArray(node['allOf'])) return this.schema(merged(node, node['allOf']), isOptional);
    if (Array.isArray(node['type'])) return this.#choice(typesOf(node, node['type']), {}, isOptional);
    return this.#annotated(node, this.#bare(node), isOptional);
  }

  #referred(reference: string, isOptional: boolean): Schema {
    if (this.#open.has(reference)) throw unsupported(`the schema "${reference}" contains itself`);
    this.#open.add(reference);
    const schema = this.#pointers.within(reference, (target) => this.schema(target, isOptional));
    this.#open.delete(reference);
    return schema;
  }

  #choice(branches: readonly unknown[], node: Json, isOptional: boolean): Schema {
    const present = branches.filter((branch) => asNode(branch)['type'] !== 'null');
    const isNullable = present.length < branches.length;
    const [only] = present;
    if (present.length === 1) return this.schema(only, isOptional || isNullable);
    const fields = present.map((branch, index) => [`${jsonNames.unionField}${String(index)}`, this.schema(branch, true)] as const);
    const union = structOf(fields, { name: jsonNames.union });
    return this.#annotated({ ...node, title: node['title'] ?? jsonNames.union }, union, isOptional || isNullable);
  }

  #bare(node: Json): Schema {
    if (node['enum'] !== undefined) return primitive('string', { parameters: enumParameters(node['enum'] as readonly unknown[]) });
    const type = node['type'] ?? (node['properties'] === undefined ? undefined : 'object');
    switch (type) {
      case 'boolean':
        return primitive('boolean');
      case 'string':
        return primitive(node[jsonNames.type] === 'bytes' ? 'bytes' : 'string');
      case 'integer':
        return primitive(numberType(node[jsonNames.type], 'int64'));
      case 'number':
        return primitive(numberType(node[jsonNames.type], 'float64'));
      case 'array':
        return this.#array(node);
      case 'object':
        return this.#object(node);
      default:
        throw unsupported(`a schema has ${type === undefined ? 'no type' : `the type ${JSON.stringify(type)}`}`);
    }
  }

  #array(node: Json): Schema {
    const items = node['items'];
    if (items === undefined || Array.isArray(items)) throw unsupported('an array does not say the one type of its items');
    if (node[jsonNames.type] !== 'map') return arrayOf(this.schema(items, false));
    const { key, value } = asNode(asNode(items)['properties']);
    return mapOf(this.schema(key, false), this.schema(value, false));
  }

  #object(node: Json): Schema {
    if (node[jsonNames.type] === 'map') return mapOf(primitive('string'), this.schema(node['additionalProperties'], false));
    const required = new Set(Array.isArray(node['required']) ? (node['required'] as readonly string[]) : []);
    const fields = inOrder(Object.entries(asNode(node['properties'] ?? {}))).map(
      ([name, property]) => [name, this.schema(property, this.#options.isNonRequiredOptional && !required.has(name))] as const,
    );
    return structOf(fields);
  }

  #annotated(node: Json, bare: Schema, isOptional: boolean): Schema {
    const schema = { ...bare, ...annotations(node, bare), isOptional };
    const declared = node['default'];
    return declared === undefined || declared === null
      ? schema
      : { ...schema, defaultValue: this.#options.codec.fromJson(schema, declared) };
  }
}

const numberTypes = ['int8', 'int16', 'int32', 'int64', 'float32', 'float64', 'bytes'] as const;

/** `bytes` is the decimal. */
const numberType = (given: unknown, otherwise: PrimitiveSchema['type']): PrimitiveSchema['type'] =>
  numberTypes.find((type) => type === given) ?? otherwise;

const annotations = (node: Json, bare: Schema): SchemaOptions => {
  const { title, description } = node;
  const version = node[jsonNames.version];
  const parameters = node[jsonNames.parameters];
  return {
    ...(typeof title === 'string' ? { name: title } : {}),
    ...(typeof version === 'number' ? { version } : {}),
    ...(typeof description === 'string' ? { doc: description } : {}),
    ...(typeof parameters === 'object' && parameters !== null
      ? { parameters: { ...bare.parameters, ...(parameters as Record<string, string>) } }
      : {}),
  };
};

const enumParameters = (symbols: readonly unknown[]): Readonly<Record<string, string>> => ({
  // Enums of JSON Schema have no name.
  [jsonNames.enumeration]: '',
  ...Object.fromEntries(symbols.map((symbol) => [`${jsonNames.enumeration}.${String(symbol)}`, String(symbol)])),
});

/** By `connect.index` where it is given, otherwise where a property stands. */
const inOrder = (properties: readonly (readonly [string, unknown])[]): readonly (readonly [string, unknown])[] =>
  properties
    .map((property, at) => ({ property, index: asNode(property[1])[jsonNames.index] ?? at }))
    .toSorted((a, b) => Number(a.index) - Number(b.index))
    .map(({ property }) => property);

/** One schema that says what all of them say: `allOf` of a type and its enum or constraints, or of objects. */
const merged = (node: Json, parts: readonly unknown[]): Json => {
  const { allOf: _, ...own } = node;
  const nodes = [own, ...parts.map(asNode)];
  if (nodes.some((part) => part['$ref'] !== undefined)) {
    if (parts.length === 1) return { ...own, ...asNode(parts[0]) };
    throw unsupported('allOf joins schemas by reference');
  }
  const properties = nodes.flatMap((part) => Object.entries(asNode(part['properties'] ?? {})));
  const required = nodes.flatMap((part) => (Array.isArray(part['required']) ? (part['required'] as readonly string[]) : []));
  const joined = Object.fromEntries(nodes.flatMap((part) => Object.entries(part)));
  if (properties.length > 0) joined['properties'] = Object.fromEntries(properties);
  if (required.length > 0) joined['required'] = required;
  return joined;
};

/** `"type": ["string", "null"]` is a choice of the same schema with each type. */
const typesOf = (node: Json, types: readonly unknown[]): readonly Json[] => types.map((type) => ({ ...node, type }));

const asNode = (json: unknown): Json => {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as Json;
  throw unsupported(`a schema is ${json === undefined ? 'missing' : JSON.stringify(json)}`);
};

const unsupported = (reason: string): TaskFailure =>
  new TaskFailure(errors.unsupported_schema.code, `A JSON Schema has no form in Connect: ${reason}. ${errors.unsupported_schema.hint}`);
