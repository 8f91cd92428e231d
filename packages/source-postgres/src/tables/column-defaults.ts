import { Struct, type Schema, type StructSchema } from '@headrace/connector-api';
import { typeNames } from '@headrace/cdc';
import type { ColumnType, PgType } from '../types/column-type.ts';
import { emptyGeometry, pointOf } from '../types/geometry.ts';
import { RowBytes } from '../types/row-bytes.ts';

/**
 * What stands for a required value nobody knows, by schema: zero, false, empty, the epoch. It fills old rows beyond the
 * replica identity.
 */
export const fallbackValue = (schema: Schema): unknown => {
  switch (schema.type) {
    case 'boolean':
      return false;
    case 'string':
      return fallbackTexts[schema.name ?? ''] ?? '';
    case 'bytes':
      return schema.name === 'org.apache.kafka.connect.data.Decimal' ? Buffer.alloc(1) : Buffer.alloc(0);
    case 'array':
      return [];
    case 'map':
      return new Map();
    case 'struct':
      return fallbackStruct(schema);
    default:
      return 0;
  }
};

const fallbackStruct = (schema: StructSchema): Struct => {
  switch (schema.name) {
    case typeNames.point:
      return pointOf(0, 0);
    case typeNames.variableScaleDecimal:
      return new Struct(schema, [0, Buffer.alloc(1)]);
    case typeNames.geometry:
    case typeNames.geography:
      return emptyGeometry(schema);
    default:
      return new Struct(
        schema,
        schema.fields.map((field) => (field.schema.isOptional ? null : fallbackValue(field.schema))),
      );
  }
};

const fallbackTexts: Readonly<Record<string, string>> = {
  [typeNames.zonedTimestamp]: '1970-01-01T00:00:00Z',
  [typeNames.zonedTime]: '00:00:00Z',
  [typeNames.isoDate]: '1970-01-01Z',
  [typeNames.isoTime]: '00:00:00Z',
  [typeNames.isoTimestamp]: '1970-01-01T00:00:00Z',
  [typeNames.interval]: 'P0Y0M0DT0H0M0S',
};

/**
 * The types whose defaults stand in schemas, with the text that stands for a default the server computes (nextval, now):
 * a serial key is `default 0`.
 */
const computedTexts: Readonly<Record<string, string>> = {
  bit: '0',
  varbit: '0',
  bool: 'f',
  bpchar: '',
  varchar: '',
  text: '',
  numeric: '0.0',
  float4: '0.0',
  float8: '0.0',
  int2: '0',
  int4: '0',
  int8: '0',
  json: '{}',
  jsonb: '{}',
  xml: '',
  uuid: '00000000-0000-0000-0000-000000000000',
  date: '1970-01-01',
  time: '00:00:00',
  timestamp: '1970-01-01 00:00:00',
  timestamptz: '1970-01-01 00:00:00+00',
  interval: 'PT0S',
};

/** A call, or one of the words that need no parentheses. */
const COMPUTED = /^(?:\(?[\w.]+\(.*\)|current_(?:timestamp|time|date)|localtime|localtimestamp)/is;

/** Literals as pg_get_expr prints them: `'it''s'::text`, `(-1)`, `1.5`, `true`, `B'101'::"bit"`, all maybe with a cast. */
const LITERAL = /^\(?(?:B?'((?:[^']|'')*)'|(-?[\d.]+)|(true|false))\)?(?:::.*)?$/s;

const texts: ReadonlySet<string> = new Set(['bpchar', 'varchar', 'text']);

/** The schema default of a column; undefined where there is none: another type, another expression, a struct. */
export const schemaDefault = (type: ColumnType, pgType: PgType, expression: string | null): unknown => {
  const computed = pgType.kind === 'e' ? '' : computedTexts[pgType.name];
  if (expression === null || computed === undefined || type.schema.type === 'struct') return undefined;
  const text = COMPUTED.test(expression) ? computed : literalText(expression, pgType.name);
  if (text === undefined) return undefined;
  const bytes = Buffer.from(text);
  try {
    return scaled(type.decode(new RowBytes(bytes), 0, bytes.length), type);
  } catch {
    return undefined;
  }
};

/** A decimal as text has as many digits behind the point as its column, as the server writes it. */
const scaled = (value: unknown, { fallback }: ColumnType): unknown => {
  if (typeof value !== 'string' || typeof fallback !== 'string' || !fallback.startsWith('0')) return value;
  const digits = (text: string): number => text.split('.')[1]?.length ?? 0;
  const missing = digits(fallback) - digits(value);
  return missing <= 0 ? value : `${value}${value.includes('.') ? '' : '.'}${'0'.repeat(missing)}`;
};

/** What else a text column has for a default (CURRENT_USER) is its own text, to Debezium. */
const literalText = (expression: string, type: string): string | undefined => {
  const literal = LITERAL.exec(expression);
  if (literal === null) return texts.has(type) && !expression.includes("'") && !expression.startsWith('NULL::') ? expression : undefined;
  const [, quoted, number, truth] = literal;
  return quoted?.replaceAll("''", "'") ?? number ?? (truth === 'true' ? 't' : 'f');
};
