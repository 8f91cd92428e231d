import { arrayOf, primitive, Struct, structOf, type PrimitiveSchema, type Schema, type StructSchema } from '@headrace/connector-api';
import { skewed, type Random } from './random.ts';

/** Makes the values of one schema. */
export interface Generator<S extends Schema = Schema> {
  readonly schema: S;
  make(random: Random, iteration: number): unknown;
}

type Json = Readonly<Record<string, unknown>>;

const types: Readonly<Record<string, PrimitiveSchema['type']>> = {
  int: 'int32',
  long: 'int64',
  float: 'float32',
  double: 'float64',
  boolean: 'boolean',
  string: 'string',
  bytes: 'bytes',
};

/** A field of which some values are to come more often than others. */
export interface FavouredField {
  readonly field: string | undefined;
  readonly skew: number;
}

/** The generator of an Avro record schema. Throws SyntaxError with a sentence when it is none that can be generated. */
export const recordGenerator = (schema: unknown, favoured?: FavouredField): Generator<StructSchema> => {
  const { type, name, namespace, fields } = asObject(schema, 'The schema');
  if (type !== 'record' || !Array.isArray(fields)) throw new SyntaxError('The schema must be an Avro record.');
  const generators = fields.map((item) => {
    const { name: fieldName, type: fieldType } = asObject(item, 'A field');
    return [String(fieldName), generatorOf(fieldType, String(fieldName))] as const;
  });
  const fullName = typeof namespace === 'string' ? `${namespace}.${String(name)}` : String(name);
  const struct = structOf(
    generators.map(([fieldName, generator]) => [fieldName, generator.schema]),
    { name: fullName },
  );
  return {
    schema: struct,
    make: (random, iteration) =>
      new Struct(
        struct,
        generators.map(([fieldName, generator]) =>
          generator.make(fieldName === favoured?.field ? skewed(random, favoured.skew) : random, iteration),
        ),
      ),
  };
};

const asObject = (json: unknown, what: string): Json => {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as Json;
  throw new SyntaxError(`${what} must be a JSON object.`);
};

const generatorOf = (type: unknown, field: string): Generator => {
  if (typeof type === 'string') return primitiveGenerator(type, {}, field);
  const node = asObject(type, `The type of field "${field}"`);
  const properties = asObject(node['arg.properties'] ?? {}, `arg.properties of field "${field}"`);
  if (node['type'] === 'record') return recordGenerator(node);
  if (node['type'] === 'array') return arrayGenerator(node, properties, field);
  if (node['type'] === 'enum' && Array.isArray(node['symbols']))
    return { schema: primitive('string'), make: (random) => pick(node['symbols'] as unknown[], random) };
  return primitiveGenerator(String(node['type']), properties, field);
};

const arrayGenerator = (node: Json, properties: Json, field: string): Generator => {
  const items = generatorOf(node['items'], field);
  const length = lengthOf(properties);
  return {
    schema: arrayOf(items.schema),
    make: (random, iteration) => Array.from({ length: length(random) }, () => items.make(random, iteration)),
  };
};

const known: ReadonlySet<string> = new Set(['options', 'range', 'iteration', 'length', 'odds']);

const primitiveGenerator = (type: string, properties: Json, field: string): Generator => {
  const connectType = types[type];
  const unknown = Object.keys(properties).find((name) => !known.has(name));
  if (connectType === undefined) throw new SyntaxError(`Field "${field}" is of type ${type}, which cannot be generated.`);
  if (unknown !== undefined) throw new SyntaxError(`Field "${field}" has ${unknown}; there are ${[...known].join(', ')}.`);
  const schema = primitive(connectType);
  const { options, range, iteration } = properties;
  if (Array.isArray(options) && options.length > 0) return { schema, make: (random) => pick(options, random) };
  if (iteration !== undefined) return { schema, make: counter(asObject(iteration, 'iteration'), connectType) };
  if (range !== undefined) return { schema, make: ranged(asObject(range, 'range'), connectType) };
  return { schema, make: anything(connectType, properties) };
};

const pick = (options: readonly unknown[], random: Random): unknown => options[Math.floor(random() * options.length)];

const isWhole = (type: PrimitiveSchema['type']): boolean => type === 'int32' || type === 'int64';

/** start, start + step, ... and again from start at `restart`. */
const counter = ({ start = 0, step = 1, restart }: Json, type: PrimitiveSchema['type']) => {
  const rounds = restart === undefined ? Number.MAX_SAFE_INTEGER : Math.max(1, Math.ceil((Number(restart) - Number(start)) / Number(step)));
  return (_random: Random, iteration: number): unknown => {
    const value = Number(start) + (iteration % rounds) * Number(step);
    return type === 'string' ? String(value) : value;
  };
};

/** From `min` on and below `max`. */
const ranged = ({ min = 0, max }: Json, type: PrimitiveSchema['type']) => {
  const low = Number(min);
  const high = max === undefined ? 2_147_483_647 : Number(max);
  return (random: Random): unknown => {
    const value = low + random() * (high - low);
    if (type === 'string') return String(Math.floor(value));
    return isWhole(type) ? Math.floor(value) : type === 'float32' ? Math.fround(value) : value;
  };
};

const LETTERS = Array.from('abcdefghijklmnopqrstuvwxyz');

const lengthOf = ({ length }: Json): ((random: Random) => number) => {
  if (typeof length === 'number') return () => length;
  const { min = 1, max = 16 } = length === undefined ? {} : asObject(length, 'length');
  return (random) => Number(min) + Math.floor(random() * (Number(max) - Number(min)));
};

const anything = (type: PrimitiveSchema['type'], properties: Json) => {
  const length = lengthOf(properties);
  const odds = typeof properties['odds'] === 'number' ? properties['odds'] : 0.5;
  return (random: Random): unknown => {
    if (type === 'boolean') return random() < odds;
    if (type === 'string') return Array.from({ length: length(random) }, () => pick(LETTERS, random)).join('');
    if (type === 'bytes') return Uint8Array.from({ length: length(random) }, () => Math.floor(random() * 256));
    return ranged({}, type)(random);
  };
};
