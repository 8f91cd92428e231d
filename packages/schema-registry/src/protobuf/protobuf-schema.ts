import { logicalNames, type Field, type MapSchema, type Schema, type StructSchema } from '@headrace/connector-api';
import type { ProtobufMapping } from './protobuf-config.ts';
import { unsupported } from './protobuf-file.ts';
import { META_FILE, protobufNames, wellKnownTypes, WRAPPERS_FILE } from './protobuf-names.ts';
import { nameFor } from './protobuf-name.ts';

/** What stands in a message: a line of a field, or the lines of a nested definition. */
interface MessageBody {
  readonly fields: string[];
  readonly definitions: string[];
  /** Names defined in it, so that two fields of one enum share it. */
  readonly names: Set<string>;
  /** From the file down to this message. */
  readonly path: readonly string[];
  nextNumber: number;
}

/**
 * The .proto file of a Connect struct, as Confluent's ProtobufData maps it: one message for the struct, nested messages where a
 * named struct is met first, maps as repeated entries, unions as oneofs; what Protobuf cannot say is in `confluent.field_meta`.
 */
export const protobufSchemaText = (schema: Schema, mapping: ProtobufMapping): string => {
  if (schema.type !== 'struct') throw unsupported(`a ${schema.type} is not a message; only structs can be written`);
  return new ProtobufRendering(mapping).file(schema);
};

const scalarTypes: Readonly<Partial<Record<Schema['type'], string>>> = {
  int8: 'int32',
  int16: 'int32',
  int32: 'int32',
  int64: 'int64',
  float32: 'float',
  float64: 'double',
  boolean: 'bool',
  string: 'string',
  bytes: 'bytes',
};

const wrapperTypes: Readonly<Record<string, string>> = {
  int32: 'Int32Value',
  int64: 'Int64Value',
  float: 'FloatValue',
  double: 'DoubleValue',
  bool: 'BoolValue',
  string: 'StringValue',
  bytes: 'BytesValue',
};

class ProtobufRendering {
  readonly #mapping: ProtobufMapping;
  readonly #imports = new Set<string>();
  /** Where each named struct is defined. */
  readonly #paths = new Map<string, readonly string[]>();
  #unnamedCount = 0;

  constructor(mapping: ProtobufMapping) {
    this.#mapping = mapping;
  }

  file(schema: StructSchema): string {
    const fullName = schema.name ?? this.#defaultName();
    const dot = fullName.lastIndexOf('.');
    const name = this.#identifier(fullName.slice(dot + 1));
    this.#paths.set(fullName, [name]);
    const message = this.#message(schema, name, []);
    const head =
      dot < 0
        ? []
        : [
            `package ${fullName
              .slice(0, dot)
              .split('.')
              .map((part) => this.#identifier(part))
              .join('.')};`,
          ];
    const imports = [...this.#imports].toSorted().map((file) => `import "${file}";`);
    return ['syntax = "proto3";', ...head, '', ...imports, ...(imports.length > 0 ? [''] : []), ...message, ''].join('\n');
  }

  #message(schema: StructSchema, name: string, parents: readonly string[]): readonly string[] {
    const body: MessageBody = { fields: [], definitions: [], names: new Set(), path: [...parents, name], nextNumber: 1 };
    for (const field of schema.fields) this.#field(field, body);
    return [`message ${name} {`, ...[...body.fields, ...body.definitions].map((line) => `  ${line}`), '}'];
  }

  #field(field: Field, body: MessageBody): void {
    const { schema } = field;
    const name = this.#identifier(field.name);
    if (schema.type === 'struct' && schema.name?.startsWith(protobufNames.unionPrefix) === true) {
      const lines = schema.fields.map((member) => this.#line(this.#identifier(member.name), member.schema, '', body));
      const union = this.#identifier(schema.name.slice(protobufNames.unionPrefix.length));
      body.fields.push(`oneof ${union} {`, ...lines.map((line) => `  ${line}`), '}');
      return;
    }
    body.fields.push(this.#line(name, schema, this.#label(schema), body));
  }

  #label(schema: Schema): string {
    if (schema.type === 'array' || schema.type === 'map') return 'repeated ';
    const isMarked = this.#mapping.nullables === 'optional' && schema.isOptional && schema.type !== 'struct' && !isLogical(schema);
    return isMarked ? 'optional ' : '';
  }

  #line(name: string, schema: Schema, label: string, body: MessageBody): string {
    const element = schema.type === 'array' ? schema.items : schema;
    const given = schema.parameters?.[protobufNames.tag];
    const number = given === undefined ? body.nextNumber : Number(given);
    body.nextNumber = Math.max(body.nextNumber, number + 1);
    return `${label}${this.#typeOf(name, element, body)} ${name} = ${String(number)}${this.#options(element)};`;
  }

  #typeOf(fieldName: string, schema: Schema, body: MessageBody): string {
    const known = wellKnownOf(schema);
    if (known !== undefined) {
      this.#imports.add(known.file);
      return known.message;
    }
    if (schema.type === 'array') throw unsupported(`field "${fieldName}" is an array of arrays`);
    if (schema.type === 'struct') return this.#structType(fieldName, schema, body);
    if (schema.type === 'map') return this.#entryType(fieldName, schema, body);
    if (schema.type === 'string' && schema.parameters?.[protobufNames.enumeration] !== undefined) return this.#enumType(schema, body);
    const scalar = scalarTypes[schema.type] ?? '';
    if (this.#mapping.nullables !== 'wrapper' || !schema.isOptional) return scalar;
    this.#imports.add(WRAPPERS_FILE);
    return `google.protobuf.${wrapperTypes[scalar] ?? ''}`;
  }

  #structType(fieldName: string, schema: StructSchema, body: MessageBody): string {
    const fullName = schema.name ?? this.#defaultName();
    const known = this.#paths.get(fullName);
    if (known !== undefined) return reference(known, body.path);
    const simple = this.#identifier(fullName.slice(fullName.lastIndexOf('.') + 1));
    // A message and a field of one name do not go together.
    const name = simple === fieldName ? `${simple}Message` : simple;
    if (body.names.has(name)) throw unsupported(`two different structs in "${body.path.join('.')}" are named "${name}"`);
    body.names.add(name);
    this.#paths.set(fullName, [...body.path, name]);
    body.definitions.push(...this.#message(schema, name, body.path));
    return name;
  }

  #entryType(fieldName: string, schema: MapSchema, body: MessageBody): string {
    const base = schema.name === undefined ? fieldName : schema.name.slice(schema.name.lastIndexOf('.') + 1);
    const camel = this.#identifier(base).replace(/(?:^|_)([a-z])/g, (_match, letter: string) => letter.toUpperCase());
    const name = body.names.has(`${camel}Entry`) ? `${camel}${String(body.names.size)}Entry` : `${camel}Entry`;
    body.names.add(name);
    const entry: MessageBody = { fields: [], definitions: [], names: new Set(), path: [...body.path, name], nextNumber: 1 };
    entry.fields.push(this.#line('key', schema.keys, this.#label(schema.keys), entry));
    entry.nextNumber = 2;
    entry.fields.push(this.#line('value', schema.values, this.#label(schema.values), entry));
    body.definitions.push(`message ${name} {`, ...[...entry.fields, ...entry.definitions].map((line) => `  ${line}`), '}');
    return name;
  }

  #enumType(schema: Schema, body: MessageBody): string {
    const parameters = schema.parameters ?? {};
    const fullName = parameters[protobufNames.enumeration] ?? '';
    const name = this.#identifier(fullName.slice(fullName.lastIndexOf('.') + 1));
    if (body.names.has(name)) return name;
    body.names.add(name);
    const values = Object.entries(parameters)
      .filter(([key]) => key.startsWith(protobufNames.enumPrefix))
      .map(([key, number]) => `  ${this.#identifier(key.slice(protobufNames.enumPrefix.length))} = ${number};`);
    body.definitions.push(`enum ${name} {`, ...values, '}');
    return name;
  }

  #options(schema: Schema): string {
    const meta = metaOf(schema);
    if (meta.length === 0) return '';
    this.#imports.add(META_FILE);
    const params = meta.map(([key, value]) => `{ key: ${JSON.stringify(key)}, value: ${JSON.stringify(value)} }`);
    return ` [${protobufNames.fieldMeta} = { params: [${params.join(', ')}] }]`;
  }

  #identifier(name: string): string {
    return nameFor(name, this.#mapping.isScrubbed);
  }

  #defaultName(): string {
    this.#unnamedCount += 1;
    return `${protobufNames.defaultMessage}${String(this.#unnamedCount)}`;
  }
}

const wellKnownOf = (schema: Schema): { readonly message: string; readonly file: string } | undefined => {
  switch (schema.name) {
    case logicalNames.decimal:
      return wellKnownTypes.decimal;
    case logicalNames.date:
      return wellKnownTypes.date;
    case logicalNames.time:
      return wellKnownTypes.time;
    case logicalNames.timestamp:
      return wellKnownTypes.timestamp;
    default:
      return undefined;
  }
};

const isLogical = (schema: Schema): boolean => wellKnownOf(schema) !== undefined;

const metaOf = (schema: Schema): readonly (readonly [string, string])[] => {
  if (schema.type === 'int8' || schema.type === 'int16') return [[protobufNames.connectType, schema.type]];
  if (schema.name !== logicalNames.decimal) return [];
  const precision = schema.parameters?.[protobufNames.decimalPrecision];
  const scale = schema.parameters?.['scale'];
  return [
    ...(precision === undefined ? [] : [['precision', precision] as const]),
    ...(scale === undefined ? [] : [['scale', scale] as const]),
  ];
};

/** The simple name where the definition is in sight, the path from the outermost message otherwise. */
const reference = (definition: readonly string[], from: readonly string[]): string => {
  const scope = definition.slice(0, -1);
  const isInSight = scope.every((name, index) => from[index] === name);
  return isInSight ? (definition.at(-1) ?? '') : definition.join('.');
};
