import { javaJson, logicalNames, type MapSchema, type Schema, type StructSchema } from '@headrace/connector-api';
import { TaskFailure } from '@headrace/foundation';
import { avroDefault } from './avro-default.ts';
import { avroNames, DEFAULT_DECIMAL_PRECISION, joinName, splitName, type AvroName } from './avro-names.ts';
import { enumSymbols, isEntryList, isNullLast, isUnion } from './avro-shape.ts';
import { errors } from '../errors.ts';
import { scrubbedName } from '../scrubbed-name.ts';
import { javaText, type JavaJson } from './java-json.ts';
import { isSameRecord, isSameSchema } from './same-schema.ts';

export interface AvroSchemaOptions {
  /** Write `connect.*` properties. Default true. */
  readonly isAnnotated?: boolean;
  /** Write strings that carry enum symbols in their parameters as Avro enums. Default false. */
  readonly isEnhanced?: boolean;
  /** Replace characters in names of records and fields that Avro does not allow. Default false. */
  readonly isScrubbed?: boolean;
}

/**
 * The Avro schema text of a Connect schema, equal byte for byte to what Confluent's AvroData registers (field sheet
 * debezium.md 1.11). Text, not objects: property order and Java's number forms are part of the result.
 *
 * Order on a type: its own keys, `connect.doc`, `.version`, `.parameters`, `.default`, `.name`, `.type`, `logicalType`.
 * optional without default: `["null", T]`; with one: `[T, "null"]`. A name used again is a reference.
 */
export const avroSchemaText = (schema: Schema, options: AvroSchemaOptions = {}): string =>
  new AvroRendering({ isAnnotated: true, isEnhanced: false, isScrubbed: false, ...options }).type(schema, undefined);

const primitives = {
  int8: 'int',
  int16: 'int',
  int32: 'int',
  int64: 'long',
  float32: 'float',
  float64: 'double',
  boolean: 'boolean',
  string: 'string',
  bytes: 'bytes',
} as const;

const logicalTypes: Readonly<Record<string, string>> = {
  [logicalNames.date]: 'date',
  [logicalNames.time]: 'time-millis',
  [logicalNames.timestamp]: 'timestamp-millis',
};

type Property = readonly [name: string, text: string];

/** One rendering: remembers the names it has defined. `space` is the namespace a type is printed in. */
class AvroRendering {
  readonly #isAnnotated: boolean;
  readonly #isEnhanced: boolean;
  readonly #isScrubbed: boolean;
  readonly #named = new Map<string, Schema>();
  readonly #unnamed: { readonly schema: Schema; readonly name: AvroName }[] = [];

  constructor({ isAnnotated, isEnhanced, isScrubbed }: Required<AvroSchemaOptions>) {
    this.#isAnnotated = isAnnotated;
    this.#isEnhanced = isEnhanced;
    this.#isScrubbed = isScrubbed;
  }

  /** The type with its null branch where the schema is optional. */
  type(schema: Schema, space: string | undefined): string {
    if (isUnion(schema)) return this.#union(schema, space);
    const base = this.#base(schema, space);
    if (!schema.isOptional) return base;
    return isNullLast(schema) ? `[${base},"null"]` : `["null",${base}]`;
  }

  #base(schema: Schema, space: string | undefined): string {
    if (schema.type === 'struct') return this.#record(schema, space);
    if (schema.type === 'array')
      return object([['type', '"array"'], ['items', this.type(schema.items, space)], ...this.#annotations(schema)]);
    if (schema.type === 'map') return this.#map(schema, space);
    const symbols = this.#isEnhanced ? enumSymbols(schema) : undefined;
    if (symbols !== undefined) return this.#enumeration(schema, symbols, space);
    const type = javaJson(primitives[schema.type]);
    const properties = [...this.#decimalProperties(schema), ...this.#annotations(schema)];
    return properties.length === 0 ? type : object([['type', type], ...properties]);
  }

  #union(schema: StructSchema, space: string | undefined): string {
    const members = schema.fields.map((field) => this.#base(field.schema, space));
    return `[${[...(schema.isOptional ? ['"null"'] : []), ...members].join(',')}]`;
  }

  #record(schema: StructSchema, space: string | undefined): string {
    const name = this.#nameOf(schema);
    const reference = this.#reference(name, schema, space);
    if (reference !== undefined) return reference;
    const doc = schema.parameters?.[avroNames.recordDoc];
    const fields = schema.fields.map((field) =>
      this.#field(this.#scrubbed(field.name), field.schema, name.namespace, schema.parameters?.[avroNames.fieldDoc + field.name]),
    );
    return object([
      ['type', '"record"'],
      ...nameProperties(name, space),
      ...(doc === undefined ? [] : [['doc', javaJson(doc)] as const]),
      ['fields', `[${fields.join(',')}]`],
      ...this.#annotations(schema),
    ]);
  }

  #field(name: string, schema: Schema, space: string | undefined, doc: string | undefined): string {
    const hasDefault = schema.defaultValue !== undefined && schema.defaultValue !== null;
    const properties: Property[] = [
      ['name', javaJson(name)],
      ['type', this.type(schema, space)],
    ];
    if (doc !== undefined) properties.push(['doc', javaJson(doc)]);
    if (hasDefault || schema.isOptional)
      properties.push(['default', hasDefault ? javaText(avroDefault(schema, schema.defaultValue)) : 'null']);
    return object(properties);
  }

  #map(schema: MapSchema, space: string | undefined): string {
    if (!isEntryList(schema)) {
      return object([['type', '"map"'], ['values', this.type(schema.values, space)], ...this.#annotations(schema)]);
    }
    const isNamed = schema.name !== undefined;
    const name = isNamed ? this.#split(schema.name) : { namespace: avroNames.namespace, name: avroNames.mapEntry };
    const entry =
      this.#reference(name, schema, space) ??
      object([
        ['type', '"record"'],
        ...nameProperties(name, space),
        [
          'fields',
          `[${this.#field('key', schema.keys, name.namespace, undefined)},${this.#field('value', schema.values, name.namespace, undefined)}]`,
        ],
        ...(isNamed ? [['connect.internal.type', javaJson(avroNames.mapEntry)] as const] : []),
      ]);
    return object([['type', '"array"'], ['items', entry], ...this.#annotations(schema)]);
  }

  #enumeration(schema: Schema, symbols: readonly string[], space: string | undefined): string {
    const parameters = schema.parameters ?? {};
    const name = this.#split(parameters[avroNames.enumeration] ?? '');
    const reference = this.#reference(name, schema, space);
    if (reference !== undefined) return reference;
    const shortName = splitName(schema.name ?? avroNames.defaultRecord).name;
    const doc = parameters[avroNames.enumDoc + shortName];
    const fallback = parameters[avroNames.enumDefault + shortName];
    return object([
      ['type', '"enum"'],
      ...nameProperties(name, space),
      ...(doc === undefined ? [] : [['doc', javaJson(doc)] as const]),
      ['symbols', javaText(symbols)],
      ...(fallback === undefined ? [] : [['default', javaJson(fallback)] as const]),
      ...this.#annotations(schema),
    ]);
  }

  /** A schema's name; unnamed ones are ConnectDefault, ConnectDefault2 and so on, equal ones sharing theirs. */
  #nameOf(schema: StructSchema): AvroName {
    if (schema.name !== undefined) return this.#split(schema.name);
    const known = this.#unnamed.find((entry) => isSameSchema(entry.schema, schema));
    if (known !== undefined) return known.name;
    const count = this.#unnamed.length + 1;
    const name = { namespace: avroNames.namespace, name: avroNames.defaultRecord + (count > 1 ? String(count) : '') };
    this.#unnamed.push({ schema, name });
    return name;
  }

  #split(fullName: string): AvroName {
    return splitName(
      this.#isScrubbed
        ? fullName
            .split('.')
            .map((part) => this.#scrubbed(part))
            .join('.')
        : fullName,
    );
  }

  #scrubbed(name: string): string {
    return this.#isScrubbed && !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? scrubbedName(name, /^[A-Za-z_]/) : name;
  }

  /** How to refer to a name that is defined already; takes note of it otherwise. */
  #reference(name: AvroName, schema: Schema, space: string | undefined): string | undefined {
    const fullName = joinName(name);
    const known = this.#named.get(fullName);
    if (known === undefined) {
      this.#named.set(fullName, schema);
      return undefined;
    }
    if (!isSameRecord(known, schema)) {
      throw new TaskFailure(
        errors.unsupported_schema.code,
        `Two different schemas have the name "${fullName}", which Avro does not allow. Rename one of them.`,
      );
    }
    return javaJson(name.namespace === space ? name.name : fullName);
  }

  #decimalProperties(schema: Schema): Property[] {
    if (schema.type !== 'bytes' || schema.name !== logicalNames.decimal) return [];
    return [
      ['scale', String(decimalScale(schema))],
      ['precision', String(decimalPrecision(schema))],
    ];
  }

  #annotations(schema: Schema): Property[] {
    const properties = this.#isAnnotated ? annotations(schema) : [];
    const logicalType = logicalTypeOf(schema);
    if (logicalType !== undefined) properties.push(['logicalType', javaJson(logicalType)]);
    return properties;
  }
}

const annotations = (schema: Schema): Property[] => {
  const properties: Property[] = [];
  if (schema.doc !== undefined) properties.push(['connect.doc', javaJson(schema.doc)]);
  if (schema.version !== undefined) properties.push(['connect.version', String(schema.version)]);
  const { [avroNames.fieldDefault]: fieldDefault, ...parameters } = schema.parameters ?? {};
  if (Object.keys(parameters).length > 0) {
    properties.push(['connect.parameters', javaText(new Map<string, JavaJson>(Object.entries(parameters)))]);
  }
  if (schema.defaultValue !== undefined && schema.defaultValue !== null && fieldDefault === undefined) {
    properties.push(['connect.default', javaText(avroDefault(schema, schema.defaultValue))]);
  }
  if (schema.name !== undefined) properties.push(['connect.name', javaJson(schema.name)]);
  if (schema.type === 'int8' || schema.type === 'int16') properties.push(['connect.type', javaJson(schema.type)]);
  return properties;
};

const decimalScale = (schema: Schema): number => Number(schema.parameters?.['scale'] ?? 0);

const decimalPrecision = (schema: Schema): number => Number(schema.parameters?.[avroNames.decimalPrecision] ?? DEFAULT_DECIMAL_PRECISION);

/**
 * Avro's own rule wants 0 <= scale <= precision. AvroData names a decimal outside of it `decimal` all the same; readers that
 * check ignore the annotation.
 */
const logicalTypeOf = (schema: Schema): string | undefined => {
  if (schema.name === undefined) return undefined;
  return schema.name === logicalNames.decimal ? 'decimal' : logicalTypes[schema.name];
};

const nameProperties = (name: AvroName, space: string | undefined): Property[] => {
  if (name.namespace === space) return [['name', javaJson(name.name)]];
  return [
    ['name', javaJson(name.name)],
    ['namespace', javaJson(name.namespace ?? '')],
  ];
};

const object = (properties: readonly Property[]): string => `{${properties.map(([name, text]) => `${javaJson(name)}:${text}`).join(',')}}`;
