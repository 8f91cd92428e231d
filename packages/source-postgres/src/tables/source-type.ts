import type { SourceType } from '@headrace/cdc';
import type { TypeMap } from '../pg-types.ts';

/** A column by its type, as pg_attribute has it. */
interface TypedColumn {
  readonly typeId: number;
  /** -1: none. */
  readonly typeModifier: number;
  readonly defaultExpression: string | null;
  readonly comment: string | null;
}

/**
 * Who describes the table: the catalog before a snapshot, a Relation message in the log. Debezium asks two sources, and they
 * differ: only the catalog knows serials, and only the log tells digits and scale of an unlimited numeric.
 */
export type Describer = 'catalog' | 'log';

type Size = Pick<SourceType, 'length' | 'scale'>;

/** Of types without limit, as PostgreSQL's JDBC driver says it. */
const UNLIMITED = 2_147_483_647;
const UNLIMITED_NUMERIC = 131_089;
const INTERVAL_LENGTH = 49;
/** The modifier counts the header of the value. */
const HEADER = 4;

const serials: Readonly<Record<string, string>> = { int2: 'smallserial', int4: 'serial', int8: 'bigserial' };

const lengths: Readonly<Record<string, number>> = {
  bool: 1,
  char: 1,
  int2: 5,
  int4: 10,
  oid: 10,
  int8: 19,
  float4: 8,
  float8: 17,
  date: 13,
  interval: INTERVAL_LENGTH,
};

/** Characters of a time without its seconds' fraction. */
const timeLengths: Readonly<Record<string, number>> = { time: 8, timetz: 14, timestamp: 22, timestamptz: 28 };

/** Name, length and scale of a column's type as PostgreSQL's JDBC driver tells them, which is what consumers know from Debezium. */
export const sourceType = (types: TypeMap, column: TypedColumn, describer: Describer): SourceType => {
  const name = types.get(column.typeId)?.name ?? String(column.typeId);
  const isSerial = describer === 'catalog' && column.defaultExpression?.includes('nextval(') === true;
  return {
    name: (isSerial ? serials[name] : undefined) ?? name,
    ...sizeOf(types, column, describer),
    comment: column.comment,
  };
};

const sizeOf = (types: TypeMap, { typeId, typeModifier }: TypedColumn, describer: Describer): Size => {
  const isUnlimitedNumeric = types.get(typeId)?.name === 'numeric' && typeModifier < 0;
  if (isUnlimitedNumeric && describer === 'catalog') return { length: 0, scale: null };
  return typeModifier < 0 ? ownSize(types, typeId) : limitedSize(types, typeId, typeModifier);
};

/** Of a type without a modifier of the column: a domain has what stands in its definition. */
const ownSize = (types: TypeMap, typeId: number): Size => {
  const type = types.get(typeId);
  if (type?.kind !== 'd') return limitedSize(types, typeId, -1);
  return type.baseModifier < 0 ? ownSize(types, type.baseId) : limitedSize(types, type.baseId, type.baseModifier);
};

/** Arrays have the size of their elements. */
const limitedSize = (types: TypeMap, typeId: number, modifier: number): Size => {
  const type = types.get(typeId);
  const element = types.get(type?.elementId ?? 0);
  const name = (element ?? type)?.name ?? '';
  return { length: lengthOf(name, modifier), scale: scaleOf(name, modifier) };
};

const lengthOf = (name: string, modifier: number): number => {
  const known = lengths[name];
  if (known !== undefined) return known;
  const time = timeLengths[name];
  if (time !== undefined) return time + fractionLength(modifier);
  if (name === 'numeric') return modifier < 0 ? UNLIMITED_NUMERIC : ((modifier - HEADER) >> 16) & 0xffff;
  if (modifier < 0) return UNLIMITED;
  if (name === 'varchar' || name === 'bpchar') return modifier - HEADER;
  return name === 'bit' || name === 'varbit' ? modifier : UNLIMITED;
};

/** The point and the digits behind it; six digits unless the type says otherwise. */
const fractionLength = (modifier: number): number => {
  if (modifier < 0) return 7;
  return modifier === 0 ? 0 : Math.max(modifier, 2) + 1;
};

const scaleOf = (name: string, modifier: number): number => {
  if (name === 'float4') return 8;
  if (name === 'float8') return 17;
  if (name === 'numeric') return modifier < 0 ? 0 : (modifier - HEADER) & 0xffff;
  if (name === 'interval') return modifier < 0 ? 6 : modifier & 0xffff;
  if (name in timeLengths) return modifier < 0 ? 6 : modifier;
  return 0;
};
