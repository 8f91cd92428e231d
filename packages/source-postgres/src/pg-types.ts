/**
 * PostgreSQL type -> schema and decoder, by the name of the type. Families live in `types/`; domains count as their base
 * type. A type that is missing here has no column in the events, unless include.unknown.datatypes asks for its text.
 */
import { arrayType } from './types/arrays.ts';
import { bit, bytea, varbit } from './types/binaries.ts';
import type { ColumnType, PgType, TypeFactory, TypeSettings } from './types/column-type.ts';
import { geography, geometry, halfvec, point, sparsevec, vector } from './types/geometry.ts';
import { hstore } from './types/hstore.ts';
import { bool, float4, float8, int2, int4, int8, money, numeric } from './types/numbers.ts';
import { date, interval, time, timestamp, timestamptz, timetz } from './types/temporal.ts';
import { enumType, json, ltree, text, tsvector, unknownType, uuid, xml } from './types/texts.ts';

const factories: Readonly<Record<string, TypeFactory>> = {
  bool,
  int2,
  int4,
  int8,
  oid: int8,
  float4,
  float8,
  numeric,
  money,
  char: text,
  bpchar: text,
  varchar: text,
  text,
  name: text,
  citext: text,
  isbn: text,
  bytea,
  bit,
  varbit,
  date,
  time,
  timetz,
  timestamp,
  timestamptz,
  interval,
  json,
  jsonb: json,
  xml,
  uuid,
  ltree,
  tsvector,
  hstore,
  inet: text,
  cidr: text,
  macaddr: text,
  macaddr8: text,
  int4range: text,
  int8range: text,
  numrange: text,
  tsrange: text,
  tstzrange: text,
  daterange: text,
  point,
  geometry,
  geography,
  vector,
  halfvec,
  sparsevec,
};

/** Scalars that Debezium has no array of, not even as their text. */
const notInArrays: ReadonlySet<string> = new Set([
  'money',
  'name',
  'interval',
  'varbit',
  'bit',
  'xml',
  'point',
  'vector',
  'halfvec',
  'sparsevec',
]);

/** Types by id, as far as columns and their elements and base types need them. */
export type TypeMap = ReadonlyMap<number, PgType>;

/** The type of a column; undefined when it has no representation. */
export const columnType = (types: TypeMap, typeId: number, modifier: number, settings: TypeSettings): ColumnType | undefined => {
  const elementId = types.get(typeId)?.elementId ?? 0;
  const element = types.get(elementId);
  if (elementId === 0 || element === undefined) return knownType(types, typeId, modifier, settings) ?? textOfUnknown(modifier, settings);
  if (notInArrays.has(element.name)) return undefined;
  // Debezium looks through a domain, but not through one inside an array.
  const known = element.kind === 'd' ? undefined : knownType(types, element.id, modifier, settings);
  const type = known ?? textOfUnknown(modifier, settings);
  return type === undefined ? undefined : arrayType(type, element, settings);
};

const textOfUnknown = (modifier: number, settings: TypeSettings): ColumnType | undefined =>
  settings.includesUnknown ? unknownType(modifier, settings) : undefined;

const knownType = (types: TypeMap, typeId: number, modifier: number, settings: TypeSettings): ColumnType | undefined => {
  const type = types.get(typeId);
  if (type === undefined) return undefined;
  if (type.kind === 'd') return columnType(types, type.baseId, type.baseModifier, { ...settings, includesUnknown: false });
  return type.kind === 'e' ? enumType(type) : factories[type.name]?.(modifier, settings);
};
