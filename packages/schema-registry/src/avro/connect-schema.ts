import {
  arrayOf,
  decimalSchema,
  int64,
  logicalNames,
  mapOf,
  primitive,
  structOf,
  Struct,
  type Schema,
  type SchemaOptions,
} from '@headrace/connector-api';
import { TaskFailure } from '@headrace/foundation';
import { avroNames, DEFAULT_DECIMAL_PRECISION, splitName } from './avro-names.ts';
import type { AvroField, AvroProps, AvroRecord, AvroType } from './avro-type.ts';
import { errors } from '../errors.ts';

/**
 * The Connect schema of an Avro schema, after AvroData: `connect.*` properties win; without them names, logical types,
 * enums and unions become what Connect has for them (an enum is a string with its symbols in the parameters, a union of
 * several types a struct `io.confluent.connect.avro.Union` with one optional field per branch).
 */
export const connectSchema = (type: AvroType, isEnhanced = false): Schema => schemaOf(type, { isOptional: false, isEnhanced });

/** The two fields of a map that is written as an array of key/value records; undefined for any other array. */
export const mapEntryOf = (items: AvroType): { readonly key: AvroField; readonly value: AvroField } | undefined => {
  if (items.kind !== 'record') return undefined;
  const isEntry =
    items.fullName === `${avroNames.namespace}.${avroNames.mapEntry}` || items.props['connect.internal.type'] === avroNames.mapEntry;
  const [key, value] = items.fields;
  return isEntry && items.fields.length === 2 && key?.name === 'key' && value?.name === 'value' ? { key, value } : undefined;
};

/** The other branch of a union of null and one type; undefined for any other union. */
export const nullableBranch = (branches: readonly AvroType[]): AvroType | undefined => {
  if (branches.length !== 2 || !branches.some((branch) => branch.kind === 'null')) return undefined;
  return branches.find((branch) => branch.kind !== 'null');
};

interface Place {
  readonly isOptional: boolean;
  readonly isEnhanced: boolean;
  /** Default that the record's field declares, in Avro's JSON form. */
  readonly fieldDefault?: unknown;
}

const schemaOf = (type: AvroType, place: Place): Schema => {
  if (type.kind === 'union') return unionOf(type.branches, place);
  const bare = bareSchema(type, place);
  const annotated = { ...bare, ...annotations(type, bare), isOptional: place.isOptional };
  const declared = place.fieldDefault ?? type.props['connect.default'];
  if (declared === undefined || declared === null) return annotated;
  return { ...annotated, defaultValue: valueOfDefault(annotated, declared) };
};

const unionOf = (branches: readonly AvroType[], place: Place): Schema => {
  const single = nullableBranch(branches);
  if (single !== undefined) return schemaOf(single, { ...place, isOptional: true });
  const fields = branches
    .filter((branch) => branch.kind !== 'null')
    .map((branch) => [branchName(branch, place.isEnhanced), schemaOf(branch, { isOptional: true, isEnhanced: place.isEnhanced })] as const);
  return structOf(fields, { name: avroNames.union, isOptional: branches.some((branch) => branch.kind === 'null') });
};

const branchName = (branch: AvroType, isEnhanced: boolean): string => {
  if (branch.kind !== 'record' && branch.kind !== 'enum') return branch.kind;
  return isEnhanced ? branch.fullName : splitName(branch.fullName).name;
};

const narrowInts: Readonly<Record<string, 'int8' | 'int16'>> = { int8: 'int8', int16: 'int16' };

const bareSchema = (type: Exclude<AvroType, { kind: 'union' }>, place: Place): Schema => {
  const inner = (nested: AvroType): Schema => schemaOf(nested, { isOptional: false, isEnhanced: place.isEnhanced });
  switch (type.kind) {
    case 'array': {
      const entry = mapEntryOf(type.items);
      return entry === undefined ? arrayOf(inner(type.items)) : mapOf(inner(entry.key.type), inner(entry.value.type));
    }
    case 'map':
      return mapOf(primitive('string'), inner(type.values));
    case 'record':
      return recordSchema(type, place);
    case 'enum':
      return primitive('string', { name: type.fullName, parameters: enumParameters(type.fullName, type.symbols, type.props) });
    case 'fixed':
    case 'bytes':
      return type.props['logicalType'] === 'decimal' ? decimalOf(type.props) : primitive('bytes');
    case 'int':
      return integerOf(type.props);
    case 'long':
      return logical(type.props, { 'timestamp-millis': logicalNames.timestamp }, 'int64');
    default:
      return plainSchema(type.kind);
  }
};

const plainSchema = (kind: 'null' | 'float' | 'double' | 'boolean' | 'string'): Schema => {
  if (kind !== 'null') return primitive(({ float: 'float32', double: 'float64', boolean: 'boolean', string: 'string' } as const)[kind]);
  throw new TaskFailure(
    errors.unsupported_schema.code,
    'The Avro schema has the type null outside of a union, which Connect does not know.',
  );
};

const integerOf = (props: AvroProps): Schema => {
  const width = narrowInts[String(props['connect.type'])] ?? 'int32';
  return logical(props, { date: logicalNames.date, 'time-millis': logicalNames.time }, width);
};

const logical = (props: AvroProps, names: Readonly<Record<string, string>>, type: 'int8' | 'int16' | 'int32' | 'int64'): Schema => {
  const name = names[String(props['logicalType'])];
  return name === undefined ? primitive(type) : primitive(type, { name, version: 1 });
};

const decimalOf = (props: AvroProps): Schema => {
  const precision = props['precision'];
  const parameters: Record<string, string> =
    typeof precision === 'number' && precision !== DEFAULT_DECIMAL_PRECISION ? { [avroNames.decimalPrecision]: String(precision) } : {};
  return decimalSchema(Number(props['scale'] ?? 0), { parameters });
};

const recordSchema = (type: AvroRecord, place: Place): Schema => {
  const parameters: Record<string, string> = {};
  if (typeof type.props['doc'] === 'string') parameters[avroNames.recordDoc] = type.props['doc'];
  const fields = type.fields.map((field) => {
    if (field.doc !== undefined) parameters[avroNames.fieldDoc + field.name] = field.doc;
    const schema = schemaOf(field.type, { isOptional: false, isEnhanced: place.isEnhanced, fieldDefault: field.defaultValue });
    return [field.name, schema] as const;
  });
  const isNamed = !type.fullName.startsWith(`${avroNames.namespace}.${avroNames.defaultRecord}`);
  return structOf(fields, { ...(isNamed ? { name: type.fullName } : {}), ...(Object.keys(parameters).length > 0 ? { parameters } : {}) });
};

const enumParameters = (fullName: string, symbols: readonly string[], props: AvroProps): Record<string, string> => {
  const shortName = splitName(fullName).name;
  const parameters: Record<string, string> = {};
  if (typeof props['doc'] === 'string') parameters[avroNames.enumDoc + shortName] = props['doc'];
  if (typeof props['default'] === 'string') parameters[avroNames.enumDefault + shortName] = props['default'];
  parameters[avroNames.enumeration] = fullName;
  for (const symbol of symbols) parameters[`${avroNames.enumeration}.${symbol}`] = symbol;
  return parameters;
};

const annotations = ({ props }: AvroType, bare: Schema): SchemaOptions => {
  const name = props['connect.name'];
  const version = props['connect.version'];
  const doc = props['connect.doc'];
  const parameters = props['connect.parameters'];
  return {
    ...(typeof name === 'string' ? { name } : {}),
    ...(typeof version === 'number' ? { version } : {}),
    ...(typeof doc === 'string' ? { doc } : {}),
    ...(typeof parameters === 'object' && parameters !== null
      ? { parameters: { ...bare.parameters, ...(parameters as Record<string, string>) } }
      : {}),
  };
};

/** A default from Avro's JSON form, as a physical value. */
const valueOfDefault = (schema: Schema, json: unknown): unknown => {
  if (json === null || json === undefined) return null;
  switch (schema.type) {
    case 'int64':
      return typeof json === 'number' ? json : int64(BigInt(json as string));
    case 'bytes':
      return new Uint8Array(Buffer.from(json as string, 'latin1'));
    case 'array':
      return (json as readonly unknown[]).map((item) => valueOfDefault(schema.items, item));
    case 'map': {
      const entries = Array.isArray(json) ? (json as [unknown, unknown][]) : Object.entries(json);
      return new Map(entries.map(([key, item]) => [valueOfDefault(schema.keys, key), valueOfDefault(schema.values, item)]));
    }
    case 'struct': {
      const values = json as AvroProps;
      return new Struct(
        schema,
        schema.fields.map((field) => valueOfDefault(field.schema, values[field.name])),
      );
    }
    default:
      return json;
  }
};
