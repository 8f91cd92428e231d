import { logicalNames, type PayloadCodec, type MapSchema, type Schema, type StructSchema } from '@headrace/connector-api';
import { jsonNames } from './json-names.ts';

type Json = Readonly<Record<string, unknown>>;

export interface JsonSchemaTextOptions {
  /** Whether structs may have properties that are not named. */
  readonly isOpen: boolean;
  /** Renders defaults. */
  readonly codec: PayloadCodec;
}

/**
 * The JSON Schema of a Connect schema, as Confluent's JsonSchemaData maps it: what JSON cannot say is in `connect.*`, an optional
 * schema is `oneOf` null and itself, and `connect.index` keeps the order of fields.
 */
export const jsonSchemaText = (schema: Schema, options: JsonSchemaTextOptions): string =>
  JSON.stringify(new JsonSchemaRendering(options).schema(schema, undefined));

const scalarTypes: Readonly<Record<string, string>> = {
  int8: 'integer',
  int16: 'integer',
  int32: 'integer',
  int64: 'integer',
  float32: 'number',
  float64: 'number',
  boolean: 'boolean',
  string: 'string',
  bytes: 'string',
};

class JsonSchemaRendering {
  readonly #options: JsonSchemaTextOptions;

  constructor(options: JsonSchemaTextOptions) {
    this.#options = options;
  }

  /** `index`: the place of a field in its struct, or of a branch in its union. */
  schema(schema: Schema, index: number | undefined): Json {
    const isUnion = schema.type === 'struct' && schema.name === jsonNames.union;
    const bare = isUnion ? this.#union(schema) : this.#bare(schema);
    const place = index === undefined ? {} : { [jsonNames.index]: index };
    return schema.isOptional && !isUnion ? { oneOf: [{ type: 'null' }, bare], ...place } : { ...bare, ...place };
  }

  #union(schema: StructSchema): Json {
    const branches = schema.fields.map((field) => ({ ...this.#bare(field.schema), [jsonNames.index]: field.index }));
    return { oneOf: [...(schema.isOptional ? [{ type: 'null' }] : []), ...branches] };
  }

  #bare(schema: Schema): Json {
    const { name, doc, defaultValue } = schema;
    return {
      ...this.#shape(schema),
      ...(name === undefined ? {} : { title: name }),
      ...(doc === undefined ? {} : { description: doc }),
      ...(defaultValue === undefined || defaultValue === null ? {} : { default: this.#options.codec.toJson(schema, defaultValue) }),
      ...annotations(schema),
    };
  }

  #shape(schema: Schema): Json {
    switch (schema.type) {
      case 'struct':
        return this.#object(schema);
      case 'array':
        return { type: 'array', items: this.schema(schema.items, undefined) };
      case 'map':
        return this.#map(schema);
      case 'string': {
        const symbols = enumSymbols(schema);
        return symbols === undefined ? { type: 'string' } : { enum: symbols };
      }
      default:
        // A decimal is called a number whichever way it is written: that is what the original registers.
        return { type: schema.name === logicalNames.decimal ? 'number' : scalarTypes[schema.type] };
    }
  }

  #object(schema: StructSchema): Json {
    return {
      type: 'object',
      properties: Object.fromEntries(schema.fields.map((field) => [field.name, this.schema(field.schema, field.index)])),
      ...(this.#options.isOpen ? {} : { additionalProperties: false }),
    };
  }

  #map(schema: MapSchema): Json {
    if (schema.keys.type === 'string' && !schema.keys.isOptional) {
      return { type: 'object', additionalProperties: this.schema(schema.values, undefined) };
    }
    const properties = { key: this.schema(schema.keys, 0), value: this.schema(schema.values, 1) };
    return { type: 'array', items: { type: 'object', properties } };
  }
}

const enumSymbols = ({ parameters = {} }: Schema): readonly string[] | undefined => {
  if (parameters[jsonNames.enumeration] === undefined) return undefined;
  const prefix = `${jsonNames.enumeration}.`;
  return Object.entries(parameters)
    .filter(([key]) => key.startsWith(prefix))
    .map(([, symbol]) => symbol);
};

const annotations = (schema: Schema): Json => {
  const { type, version } = schema;
  const parameters = Object.entries(schema.parameters ?? {}).filter(([key]) => !key.startsWith(jsonNames.namespace));
  const isTyped = type !== 'struct' && type !== 'array' && type !== 'boolean' && type !== 'string';
  return {
    ...(isTyped ? { [jsonNames.type]: type } : {}),
    ...(version === undefined ? {} : { [jsonNames.version]: version }),
    ...(parameters.length === 0 ? {} : { [jsonNames.parameters]: Object.fromEntries(parameters) }),
  };
};
